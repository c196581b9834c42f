import HRNFormat

/// An edit of a graph, as a value: new tensors, nodes in the place of others, tensors read instead of others.
///
/// A patch is made for one graph and applied to that graph, `graph.applying(patch)`; the indices it gives to new
/// tensors are those that they will have.
package struct Patch: Sendable {
  private(set) var firstTensor: Int
  private(set) var tensors: [Tensor] = []
  private(set) var constants: [Int: Constant] = [:]
  /// By the output of the node that goes.
  private(set) var replacements: [Int: [Node]] = [:]
  private(set) var redirections: [Int: Int] = [:]

  /// An edit of `graph` that changes nothing yet.
  package init(of graph: Graph) { firstTensor = graph.tensors.count }

  /// Adds an activation and returns its index.
  package mutating func addTensor(_ tensor: Tensor) -> Int {
    tensors.append(tensor)
    return firstTensor + tensors.count - 1
  }

  /// Adds a float32 activation and returns its index.
  package mutating func addTensor(_ name: String, shape: [Int]) -> Int {
    addTensor(Tensor(name: name, elementType: .float32, shape: shape))
  }

  /// Adds a constant and returns its index.
  package mutating func addConstant(_ name: String, shape: [Int], _ constant: Constant) -> Int {
    precondition(shape.reduce(1, *) == constant.count, "constant \(name) has \(constant.count) elements, not \(shape)")
    let index = addTensor(Tensor(name: name, elementType: constant.elementType, shape: shape))
    constants[index] = constant
    return index
  }

  /// Puts nodes in the place of one. They may write its output, or new tensors.
  package mutating func replace(_ node: Node, with nodes: Node...) { replacements[node.output] = nodes }

  /// Puts nodes in the place of one.
  package mutating func replace(_ node: Node, with nodes: [Node]) { replacements[node.output] = nodes }

  /// Takes nodes out.
  package mutating func remove(_ nodes: Node...) {
    for node in nodes { replacements[node.output] = [] }
  }

  /// Lets everything that reads one tensor, the graph's outputs among them, read another. Nodes that this patch brings
  /// are left as they are.
  package mutating func redirect(_ tensor: Int, to other: Int) { redirections[tensor] = other }
}

extension Graph {
  /// This graph with an edit made; nodes are brought into an order in which writers precede readers.
  package func applying(_ patch: Patch) -> Graph {
    precondition(patch.firstTensor == tensors.count, "the patch was made for another graph")
    var result = self
    result.tensors += patch.tensors
    result.constants.merge(patch.constants) { _, new in new }
    result.nodes = nodes.flatMap { node in
      if let replacement = patch.replacements[node.output] { return replacement }
      var kept = node
      kept.inputs = node.inputs.map { patch.redirections[$0] ?? $0 }
      kept.parameters = node.parameters.map { patch.redirections[$0] ?? $0 }
      return [kept]
    }
    for index in outputs.indices {
      result.outputs[index].tensor = patch.redirections[outputs[index].tensor] ?? outputs[index].tensor
    }
    result.nodes = result.inExecutionOrder()
    result.dropConstants(of: nodes.filter { patch.replacements[$0.output] != nil })
    return result
  }

  /// Lets go of the constants that only these nodes, which are gone, have read.
  private mutating func dropConstants(of gone: [Node]) {
    let candidates = Set(gone.flatMap { $0.parameters + $0.inputs }.filter { isConstant($0) })
    guard !candidates.isEmpty else { return }
    let read = Set(nodes.flatMap { $0.parameters + $0.inputs } + outputs.map(\.tensor))
    for constant in candidates where !read.contains(constant) { constants[constant] = nil }
  }
}
