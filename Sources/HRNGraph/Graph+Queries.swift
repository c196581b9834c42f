import HRNFormat

extension Node {
  /// The tensor this node writes. Every operation writes exactly one; it also serves as the node's identity.
  package var output: Int {
    precondition(outputs.count == 1, "node \(name) writes \(outputs.count) tensors; an operation writes one")
    return outputs[0]
  }

  /// Names of the source graph's nodes that this node stands for: its own name until something was fused into it.
  package var origins: [String] { sources.isEmpty ? [name] : sources }
}

extension Graph {
  /// Whether a tensor's elements are known before anything runs.
  package func isConstant(_ tensor: Int) -> Bool { constants[tensor] != nil }

  /// The elements of a float32 constant; nil for every other tensor.
  package func floats(of tensor: Int) -> [Float]? { constants[tensor]?.floats }

  package func shape(of tensor: Int) -> [Int] { tensors[tensor].shape }

  /// Whether a tensor is a result of the network.
  package func isOutput(_ tensor: Int) -> Bool { outputs.contains { $0.tensor == tensor } }

  /// The node that writes a tensor; nil for constants and the graph's inputs.
  package func producer(of tensor: Int) -> Node? { nodes.first { $0.outputs.contains(tensor) } }

  /// The nodes that read a tensor, as an input or as a parameter, in execution order, each once.
  package func readers(of tensor: Int) -> [Node] {
    nodes.filter { $0.inputs.contains(tensor) || $0.parameters.contains(tensor) }
  }

  /// The one node that reads a tensor, and reads it once; nil when there is another reader, or when the tensor is a
  /// result of the network.
  package func soleReader(of tensor: Int) -> Node? {
    let readers = readers(of: tensor)
    guard readers.count == 1, !isOutput(tensor) else { return nil }
    let uses = (readers[0].inputs + readers[0].parameters).count { $0 == tensor }
    return uses == 1 ? readers[0] : nil
  }

  /// The node that writes a tensor which has one reader only, so that the two may become one; nil otherwise.
  package func soleProducer(of tensor: Int) -> Node? {
    soleReader(of: tensor) == nil ? nil : producer(of: tensor)
  }

  /// The node of this name.
  package func node(named name: String) -> Node? { nodes.first { $0.name == name } }

  /// The place of a node in the order of execution.
  package func position(of node: Node) -> Int {
    guard let position = nodes.firstIndex(where: { $0.outputs == node.outputs }) else {
      preconditionFailure("node \(node.name) is not of this graph")
    }
    return position
  }
}
