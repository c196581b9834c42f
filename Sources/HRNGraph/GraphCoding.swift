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
      guard tensor.layout == .plain, let constant = Constant(tensor.elementType, file.bytes(region)) else {
        throw .constant(
          tensor: tensor.name, found: "\(tensor.elementType.name) in an order of its own",
          expected: "plain float32 or integers")
      }
      tensors[index].weights = nil
      constants[index] = constant
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
  /// at a multiple of 64 bytes.
  package func encodedAsSource() -> (graph: ModelGraph, weights: [UInt8]) {
    let canonical = compacted()
    var model = ModelGraph(name: name, stage: .source, precision: precision)
    var payload = SourcePayload()
    model.tensors = canonical.tensors
    for index in model.tensors.indices {
      if let constant = canonical.constants[index] { model.tensors[index].weights = payload.append(constant) }
    }
    model.nodes = canonical.nodes
    model.inputs = canonical.inputs
    model.outputs = canonical.outputs
    model.tree = tree
    model.recipe = recipe
    model.provenance = provenance
    model.passes = passes
    model.goldens = goldens.map { golden in
      Golden(
        name: golden.name, jpeg: payload.append(golden.jpeg),
        answers: golden.answers.map { answer in
          Golden.Answer(
            output: answer.output, expected: payload.append(.float32(answer.expected)),
            reference: answer.reference.map { payload.append(.float32($0)) }, tolerance: answer.tolerance)
        })
    }
    return (model, payload.bytes)
  }
}

extension Constant {
  /// The elements in a file's bytes, which are little-endian; nil for an element type that constants do not have, and
  /// for bytes that end inside an element.
  fileprivate init?(_ elementType: ElementType, _ bytes: UnsafeRawBufferPointer) {
    guard bytes.count.isMultiple(of: elementType.byteCount) else { return nil }
    switch elementType {
    case .float32: self = .float32(decodedFloats(bytes))
    case .int32: self = .int32(words(bytes).map { Int32(bitPattern: $0) })
    case .int8: self = .int8(bytes.map { Int8(bitPattern: $0) })
    case .uint8: self = .uint8([UInt8](bytes))
    case .bfloat16: return nil
    }
  }

  fileprivate var bytes: [UInt8] {
    switch self {
    case .float32(let values): littleEndianBytes(values.map(\.bitPattern))
    case .int32(let values): littleEndianBytes(values.map { UInt32(bitPattern: $0) })
    case .int8(let values): values.map { UInt8(bitPattern: $0) }
    case .uint8(let values): values
    }
  }
}

/// Regions one after the other, each at a multiple of 64 bytes, with zeros between them.
private struct SourcePayload {
  private(set) var bytes: [UInt8] = []

  mutating func append(_ constant: Constant) -> Region { append(constant.bytes) }

  mutating func append(_ new: [UInt8]) -> Region {
    while !bytes.count.isMultiple(of: 64) { bytes.append(0) }
    defer { bytes += new }
    return Region(offset: bytes.count, length: new.count)
  }
}

private func words(_ bytes: UnsafeRawBufferPointer) -> [UInt32] {
  (0..<bytes.count / 4).map { UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self)) }
}

private func decodedFloats(_ bytes: UnsafeRawBufferPointer) -> [Float] { words(bytes).map { Float(bitPattern: $0) } }

private func littleEndianBytes(_ words: [UInt32]) -> [UInt8] {
  words.map(\.littleEndian).withUnsafeBytes { [UInt8]($0) }
}
