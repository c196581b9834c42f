import HRNFormat

extension Graph {
  /// The graph of a source file, with its constants copied out of the file.
  ///
  /// Throws `notSource` for a compiled graph, whose constants are in the order of its kernels, and what `verify()`
  /// finds.
  package init(decoding file: ModelFile) throws(GraphError) {
    let model = file.graph
    guard model.stage == .source else { throw .notSource }
    self.init(name: model.name)
    precision = model.precision
    tensors = model.tensors
    nodes = model.nodes
    inputs = model.inputs
    outputs = model.outputs
    tree = model.tree
    recipe = model.recipe
    provenance = model.provenance
    passes = model.passes
    for (index, tensor) in model.tensors.enumerated() {
      guard let region = tensor.weights else { continue }
      guard tensor.layout == .plain, tensor.elementType == .float32 else {
        throw .constant(
          tensor: tensor.name, found: "\(tensor.elementType.name), or an order of its own", expected: "plain float32")
      }
      tensors[index].weights = nil
      constants[index] = .float32(decodedFloats(file.bytes(region)))
    }
    goldens = model.goldens.map { golden in
      GoldenPicture(
        name: golden.name, jpeg: [UInt8](file.bytes(golden.jpeg)),
        answers: golden.answers.map { answer in
          GoldenPicture.Answer(
            output: answer.output, expected: decodedFloats(file.bytes(answer.expected)),
            reference: answer.reference.map { decodedFloats(file.bytes($0)) }, tolerance: answer.tolerance)
        })
    }
    try verify()
  }

  /// The graph as a source file holds it: constants plain, in the order of their first reader, then the goldens, each
  /// at a multiple of 64 bytes. All constants must be float32, as in every graph before quantization.
  package func encodedAsSource() -> (graph: ModelGraph, weights: [UInt8]) {
    let canonical = compacted()
    var model = ModelGraph(name: name, stage: .source, precision: precision)
    var payload = SourcePayload()
    model.tensors = canonical.tensors
    for index in model.tensors.indices {
      guard let constant = canonical.constants[index] else { continue }
      guard let floats = constant.floats else {
        preconditionFailure("constant \(model.tensors[index].name) of a source graph is not float32")
      }
      model.tensors[index].weights = payload.append(floats)
    }
    model.nodes = canonical.nodes
    model.inputs = canonical.inputs
    model.outputs = canonical.outputs
    model.tree = tree
    model.recipe = recipe
    model.provenance = provenance
    model.passes = passes
    model.formatVersion = model.neededVersion
    model.goldens = goldens.map { golden in
      Golden(
        name: golden.name, jpeg: payload.append(golden.jpeg),
        answers: golden.answers.map { answer in
          Golden.Answer(
            output: answer.output, expected: payload.append(answer.expected),
            reference: answer.reference.map { payload.append($0) }, tolerance: answer.tolerance)
        })
    }
    return (model, payload.bytes)
  }
}

extension ModelGraph {
  /// What a graph says about its network, without the elements of its constants and without pictures.
  package init(_ graph: Graph) {
    self.init(
      name: graph.name, stage: .source, precision: graph.precision, tensors: graph.tensors, nodes: graph.nodes,
      inputs: graph.inputs, outputs: graph.outputs, tree: graph.tree, recipe: graph.recipe,
      provenance: graph.provenance, passes: graph.passes)
  }
}

/// Regions one after the other, each at a multiple of 64 bytes, with zeros between them.
private struct SourcePayload {
  private(set) var bytes: [UInt8] = []

  mutating func append(_ floats: [Float]) -> Region {
    append(floats.map(\.bitPattern.littleEndian).withUnsafeBytes { [UInt8]($0) })
  }

  mutating func append(_ new: [UInt8]) -> Region {
    while !bytes.count.isMultiple(of: 64) { bytes.append(0) }
    defer { bytes += new }
    return Region(offset: bytes.count, length: new.count)
  }
}

private func decodedFloats(_ bytes: UnsafeRawBufferPointer) -> [Float] {
  (0..<bytes.count / 4).map { index in
    Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self)))
  }
}
