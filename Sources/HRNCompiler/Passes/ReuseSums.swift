import HRNFormat
import HRNGraph

/// Lets a sum start from another sum that is computed anyway.
struct ReuseSums: Pass {
  static let name = "reuse-sums"
  static let summary = """
    Lets a sum of vectors start from another sum that is computed anyway: an HRN's sums written in full.

      Given:   %3 = add(%1, %0)                   Result:   %3 = add(%1, %0)
               %4 = add(%2, %1, %0)                         %4 = add(%2, %3)

    Sums of sums count as one sum of all their terms. Keeps sums of maps, which belong to their convolutions, and sums
    with an activation inside.
    """

  func rewrite(_ node: Node, in graph: Graph) -> Patch? {
    guard case .add = node.operation, graph.shape(of: node.output).count == 2 else { return nil }
    guard let terms = graph.terms(of: node) else { return nil }
    let sums = graph.nodes.filter { $0.outputs != node.outputs && $0.isPlainSum }
    let inner = sums.filter { graph.isOnly($0, for: node) }
    let known = sums.compactMap { sum -> (sum: Int, terms: [Int])? in
      guard !inner.contains(sum), let own = graph.terms(of: sum), own.count < terms.count,
        terms.subtracting(own) != nil
      else { return nil }
      return (sum.output, own)
    }
    guard let most = known.map(\.terms.count).max() else { return nil }
    let best = known.filter { $0.terms.count == most }
    guard !best.contains(where: { node.inputs.contains($0.sum) }), let rest = terms.subtracting(best[0].terms) else {
      return nil
    }
    var patch = Patch(of: graph)
    var rewritten = node
    rewritten.inputs = rest + [best[0].sum]
    patch.replace(node, with: rewritten)
    for sum in inner { patch.remove(sum) }
    return patch
  }
}

extension Node {
  /// Whether the node is a sum and nothing else.
  fileprivate var isPlainSum: Bool {
    if case .add(let add) = operation { add.activation == nil } else { false }
  }
}

extension Graph {
  /// Whether a sum is computed for another one only, and so goes when that one is written otherwise.
  fileprivate func isOnly(_ sum: Node, for other: Node) -> Bool {
    var reader = soleReader(of: sum.output)
    while let next = reader, next.outputs != other.outputs, next.isPlainSum { reader = soleReader(of: next.output) }
    return reader?.outputs == other.outputs
  }

  /// The terms of a sum, sums among them replaced by their own terms; nil when they are more than a hierarchy has, so
  /// that no graph makes this slow.
  fileprivate func terms(of sum: Node) -> [Int]? {
    var terms: [Int] = []
    var pending = Array(sum.inputs.reversed())
    while let tensor = pending.popLast() {
      if let producer = producer(of: tensor), producer.isPlainSum {
        pending += producer.inputs.reversed()
      } else {
        terms.append(tensor)
      }
      guard terms.count + pending.count <= 64 else { return nil }
    }
    return terms
  }
}

extension [Int] {
  /// These numbers without others, each taken away once; nil when one of them is not there.
  fileprivate func subtracting(_ others: [Int]) -> [Int]? {
    var rest = self
    for other in others {
      guard let index = rest.firstIndex(of: other) else { return nil }
      rest.remove(at: index)
    }
    return rest
  }
}
