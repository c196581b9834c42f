import HRNFormat

extension Graph {
  /// The same network in canonical form: without the nodes that no output depends on and the tensors nobody names,
  /// with tensors numbered in the order of their first mention: inputs, then each node's parameters and output.
  package func compacted() -> Graph {
    var read = Set(outputs.map(\.tensor))
    var kept: [Node] = []
    for node in nodes.reversed() where node.outputs.contains(where: read.contains) {
      read.formUnion(node.inputs)
      kept.append(node)
    }
    kept.reverse()

    var numbering = TensorNumbering()
    var result = self
    result.inputs = inputs.map { numbering[$0] }
    result.nodes = kept.map { node in
      var renumbered = node
      renumbered.inputs = node.inputs.map { numbering[$0] }
      renumbered.parameters = node.parameters.map { numbering[$0] }
      renumbered.outputs = node.outputs.map { numbering[$0] }
      return renumbered
    }
    for index in outputs.indices { result.outputs[index].tensor = numbering[outputs[index].tensor] }
    result.tensors = numbering.order.map { tensors[$0] }
    result.constants = [:]
    for (new, old) in numbering.order.enumerated() { result.constants[new] = constants[old] }
    return result
  }

  /// The nodes in an order in which every tensor is written before it is read, as close to the present order as can be.
  ///
  /// A node moves only to precede a node that reads its output. (A cycle stays one, for `verify()` to find.)
  package func inExecutionOrder() -> [Node] {
    var positions: [Int: Int] = [:]
    for (position, node) in nodes.enumerated() {
      for output in node.outputs { positions[output] = position }
    }
    var order: [Node] = []
    var visited = [Bool](repeating: false, count: nodes.count)
    for start in nodes.indices where !visited[start] {
      var pending = [start]
      visited[start] = true
      while let position = pending.last {
        let needed = nodes[position].inputs.compactMap { positions[$0] }.first { !visited[$0] }
        if let needed {
          visited[needed] = true
          pending.append(needed)
        } else {
          order.append(nodes[position])
          pending.removeLast()
        }
      }
    }
    return order
  }
}

/// New numbers for tensors, given in the order in which they are asked for.
private struct TensorNumbering {
  private var numbers: [Int: Int] = [:]
  private(set) var order: [Int] = []

  subscript(tensor: Int) -> Int {
    mutating get {
      if let number = numbers[tensor] { return number }
      numbers[tensor] = order.count
      order.append(tensor)
      return order.count - 1
    }
  }
}
