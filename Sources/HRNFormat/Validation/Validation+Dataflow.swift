/// When each tensor is written and last read, in steps of execution.
struct Dataflow {
  /// By tensor: the node that writes it; −1 for the graph's inputs and for constants.
  var written: [Int]
  /// By tensor: the last node that reads it, or the node that writes it; the number of nodes for outputs.
  var lastUse: [Int]
}

extension GraphRules {
  /// Tensors exist, are what their reader takes them for, and are written once, before they are read.
  func dataflow() throws(FormatError) -> Dataflow {
    let unwritten = graph.nodes.count
    var flow = Dataflow(
      written: graph.tensors.map { $0.weights == nil ? unwritten : -1 },
      lastUse: [Int](repeating: -1, count: graph.tensors.count))
    for index in graph.inputs {
      try checkIndex(index, at: .graph)
      let tensor = graph.tensors[index]
      guard tensor.weights == nil else { throw .invalid(.graph, .dataflow(.notAnActivation(tensor.name))) }
      flow.written[index] = -1
    }
    for (step, node) in graph.nodes.enumerated() {
      let place = Place.node(step, node.name)
      for index in node.inputs + node.parameters + node.outputs { try checkIndex(index, at: place) }
      for index in node.inputs {
        let tensor = graph.tensors[index]
        guard tensor.weights == nil else { throw .invalid(place, .dataflow(.notAnActivation(tensor.name))) }
        guard flow.written[index] < step else { throw .invalid(place, .dataflow(.readBeforeWritten(tensor.name))) }
        flow.lastUse[index] = step
      }
      for index in node.parameters where graph.tensors[index].weights == nil {
        throw .invalid(place, .dataflow(.notAConstant(graph.tensors[index].name)))
      }
      for index in node.outputs {
        let tensor = graph.tensors[index]
        guard tensor.weights == nil else { throw .invalid(place, .dataflow(.notAnActivation(tensor.name))) }
        guard flow.written[index] != -1 else { throw .invalid(place, .dataflow(.writesInput(tensor.name))) }
        guard flow.written[index] == unwritten else { throw .invalid(place, .dataflow(.writtenTwice(tensor.name))) }
        flow.written[index] = step
        flow.lastUse[index] = step
      }
    }
    for (index, step) in flow.written.enumerated() where step == unwritten {
      throw .invalid(place(tensor: index), .dataflow(.neverWritten))
    }
    for (index, output) in graph.outputs.enumerated() {
      let place = Place.output(index, output.name)
      try checkIndex(output.tensor, at: place)
      guard flow.written[output.tensor] >= 0 else {
        throw .invalid(place, .dataflow(.notAnActivation(graph.tensors[output.tensor].name)))
      }
      flow.lastUse[output.tensor] = graph.nodes.count
    }
    return flow
  }

  private func checkIndex(_ index: Int, at place: Place) throws(FormatError) {
    guard graph.tensors.indices.contains(index) else {
      throw .invalid(place, .dataflow(.index(found: index, count: graph.tensors.count)))
    }
  }

  /// Every node accepts the shapes it reads and gives the shape it writes.
  func checkShapes() throws(FormatError) {
    for (step, node) in graph.nodes.enumerated() {
      let place = Place.node(step, node.name)
      let shape: [Int]
      do throws(ShapeError) {
        shape = try node.operation.outputShape(
          inputs: node.inputs.map { graph.tensors[$0].shape },
          parameters: node.parameters.map { graph.tensors[$0].shape }
        )
      } catch {
        throw .invalid(place, .shape(error))
      }
      let output = graph.tensors[node.outputs[0]]
      guard output.shape == shape else {
        throw .invalid(place, .node(.resultShape(tensor: output.name, found: output.shape, expected: shape)))
      }
    }
  }
}
