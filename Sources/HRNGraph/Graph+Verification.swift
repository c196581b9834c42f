import HRNFormat

extension Graph {
  /// Checks everything that holds for every graph: names, writers before readers, constants that fit their tensors,
  /// shapes that follow from the operations, outputs that fit the label tree. Throws the first thing that does not.
  package func verify() throws(GraphError) {
    try verifyTensors()
    try verifyInterface()
    try verifyNodes()
    try verifyGoldens()
  }

  private func verifyTensors() throws(GraphError) {
    for tensor in tensors {
      guard elementCount(of: tensor.shape) != nil else { throw .extent(tensor: tensor.name, shape: tensor.shape) }
    }
    for index in constants.keys.sorted() {
      guard tensors.indices.contains(index), let constant = constants[index] else {
        throw .noSuchTensor(place: "a constant", index: index, count: tensors.count)
      }
      let tensor = tensors[index]
      guard constant.elementType == tensor.elementType, constant.count == elementCount(of: tensor.shape) else {
        throw .constant(
          tensor: tensor.name, found: "\(constant.count) elements of \(constant.elementType.name)",
          expected: "\(tensor.elementType.name) \(describe(tensor.shape))")
      }
    }
  }

  private func elementCount(of shape: [Int]) -> Int? {
    var count = 1
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard extent > 0, !overflow else { return nil }
      count = product
    }
    return count
  }

  private func verifyInterface() throws(GraphError) {
    var seen = Set<Int>()
    for input in inputs {
      try verifyIndex(input, "an input of the graph")
      guard !isConstant(input), seen.insert(input).inserted else { throw .input(tensor: tensors[input].name) }
    }
    var names = Set<String>()
    var decided = Set<Int>()
    for output in outputs {
      try verifyIndex(output.tensor, "output '\(output.name)'")
      guard names.insert(output.name).inserted else { throw .duplicateName(kind: "output", name: output.name) }
      guard let level = output.level else { continue }
      if output.decides, !decided.insert(level).inserted { throw .decidesTwice(output: output.name, level: level) }
      try verifyLevel(level, of: output)
    }
  }

  private func verifyLevel(_ level: Int, of output: Output) throws(GraphError) {
    guard let tree else { return }
    guard tree.levels.indices.contains(level) else {
      throw .level(output: output.name, found: "level \(level)", expected: "less than \(tree.levels.count)")
    }
    let labels = tree.levels[level].labels.count
    let shape = tensors[output.tensor].shape
    guard output.kind == .feature || shape.dropFirst().elementsEqual([labels]) else {
      throw .level(
        output: output.name, found: "shape \(describe(shape))",
        expected: "[N, \(labels)] for the labels of level '\(tree.levels[level].name)'")
    }
  }

  private func verifyIndex(_ index: Int, _ place: @autoclosure () -> String) throws(GraphError) {
    guard tensors.indices.contains(index) else {
      throw .noSuchTensor(place: place(), index: index, count: tensors.count)
    }
  }

  private func verifyNodes() throws(GraphError) {
    var written = Set(inputs)
    var names = Set<String>()
    for node in nodes {
      guard names.insert(node.name).inserted else { throw .duplicateName(kind: "node", name: node.name) }
      guard node.outputs.count == 1 else { throw .outputCount(node: node.name, found: node.outputs.count) }
      for index in node.inputs + node.parameters + node.outputs { try verifyIndex(index, "node '\(node.name)'") }
      for input in node.inputs where !written.contains(input) && !isConstant(input) {
        throw .readBeforeWritten(tensor: tensors[input].name, node: node.name)
      }
      for parameter in node.parameters where !isConstant(parameter) {
        throw .parameterNotConstant(tensor: tensors[parameter].name, node: node.name)
      }
      guard !isConstant(node.output), written.insert(node.output).inserted else {
        throw .writtenTwice(tensor: tensors[node.output].name, node: node.name)
      }
      let expected: [Int]
      do throws(ShapeError) {
        expected = try node.operation.outputShape(
          inputs: node.inputs.map { tensors[$0].shape }, parameters: node.parameters.map { tensors[$0].shape })
      } catch {
        throw .shape(node: node.name, error)
      }
      let found = tensors[node.output].shape
      guard found == expected else { throw .outputShape(node: node.name, found: found, expected: expected) }
    }
    for output in outputs where !written.contains(output.tensor) && !isConstant(output.tensor) {
      throw .outputNeverWritten(output: output.name, tensor: tensors[output.tensor].name)
    }
  }

  private func verifyGoldens() throws(GraphError) {
    for golden in goldens {
      for answer in golden.answers {
        guard outputs.indices.contains(answer.output) else {
          throw .golden(
            name: golden.name, found: "an answer for output \(answer.output)",
            expected: "less than \(outputs.count)")
        }
        let expected = tensors[outputs[answer.output].tensor].shape.reduce(1, *)
        for found in [answer.expected.count, answer.reference?.count ?? expected] where found != expected {
          throw .golden(
            name: golden.name, found: "\(found) numbers for output '\(outputs[answer.output].name)'",
            expected: "\(expected)")
        }
      }
    }
  }
}
