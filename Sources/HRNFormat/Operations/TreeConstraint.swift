/// Which way scores are passed along a tree.
package enum ConstraintKind: Int32, Sendable {
  /// Upwards, the larger one: no node scores less than what is below it.
  case max = 1
  /// Downwards, the smaller one: no node scores more than what is above it.
  case min = 2
}

/// Makes the scores of a forest's nodes agree, `[N, F]` with a number per node.
///
/// - `.max`: `mᵢ = max(xᵢ, m of the children of i)`.
/// - `.min`: `yᵢ = min(xᵢ, y of the parent of i)`.
package struct TreeConstraint: Equatable, Sendable {
  package var kind: ConstraintKind
  /// By node: its parent, a node before it; nil for a root.
  package var parents: [Int?]

  package init(_ kind: ConstraintKind, parents: [Int?]) {
    self.kind = kind
    self.parents = parents
  }

  /// The name that people read.
  package var name: String { kind == .max ? "tree-max" : "tree-min" }

  /// The shape of the result, which is the input's; throws what does not fit.
  package func outputShape(inputs: [[Int]], parameters: [[Int]]) throws(ShapeError) -> [Int] {
    try expectCounts(inputs: inputs, 1...1, parameters: parameters, 0...0)
    let input = inputs[0]
    guard input.count == 2 else { throw .shape(.input(0), found: input, expected: "[N, F]") }
    guard input[1] == parents.count else {
      throw .shape(.input(0), found: input, expected: "[\(input[0]), \(parents.count)] for the nodes of its tree")
    }
    for (node, parent) in parents.enumerated() {
      guard let parent else { continue }
      guard 0..<node ~= parent else {
        throw .attribute("the parent of tree node \(node)", found: parent, expected: "a node before it")
      }
    }
    return input
  }
}
