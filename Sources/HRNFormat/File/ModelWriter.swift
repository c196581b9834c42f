import CHRNSchema

/// Makes the canonical bytes of a file.
package enum ModelWriter {
  /// The bytes of a file with this graph and payload. The graph is validated first, so that nothing is written that
  /// would not be read.
  package static func encode(
    _ graph: ModelGraph, weights: [UInt8], certificate: Certificate? = nil
  ) throws(FormatError) -> [UInt8] {
    var bytes = try head(graph, weights: weights, certificate: certificate)
    bytes.append(contentsOf: weights)
    return bytes
  }

  /// The same as a file that is in memory, read back; the weights are copied once.
  package static func file(_ graph: ModelGraph, weights: [UInt8]) throws(FormatError) -> ModelFile {
    let head = try head(graph, weights: weights, certificate: nil)
    return try ModelFile(ModelBytes(joining: head, weights))
  }

  private static func head(
    _ graph: ModelGraph, weights: [UInt8], certificate: Certificate?
  ) throws(FormatError) -> [UInt8] {
    try graph.validate(payloadByteCount: weights.count)
    let message = MessageWriter.bytes(HRN_MESSAGE_GRAPH, graph.write)
    guard message.count <= Container.graphLimit else {
      throw .container(offset: 0, .graphTooLarge(found: message.count))
    }
    let digest = Digest(graph: SHA256.digest(message), weights: SHA256.digest(weights))
    return try head(graph: message, digest: digest, certificate: certificate, signature: nil, weights: weights.count)
  }

  /// The bytes of a file before its weights, with another certificate (or none) and everything else as it was. A file
  /// is these bytes and then `file.weights`; a signature stays valid, since it covers the digests only.
  package static func head(of file: ModelFile, certificate: Certificate?) throws(FormatError) -> [UInt8] {
    guard let digest = file.digest else { preconditionFailure("only a model that came from a file has a head") }
    return try head(
      graph: file.graphMessage, digest: digest, certificate: certificate, signature: file.signature,
      weights: file.weightsByteCount)
  }

  private static func head(
    graph: [UInt8], digest: Digest, certificate: Certificate?, signature: Signature?, weights: Int
  ) throws(FormatError) -> [UInt8] {
    var bytes = Container.magic
    bytes.append(field: HRN_MODEL_GRAPH, graph)
    bytes.append(field: HRN_MODEL_DIGEST, digest.bytes)
    if let certificate {
      try certificate.validate()
      bytes.append(field: HRN_MODEL_CERTIFICATE, MessageWriter.bytes(HRN_MESSAGE_CERTIFICATE, certificate.write))
    }
    if let signature {
      bytes.append(field: HRN_MODEL_SIGNATURE, MessageWriter.bytes(HRN_MESSAGE_SIGNATURE, signature.write))
    }
    if let padding = Container.padding(after: bytes.count, weights: weights) {
      bytes.append(field: HRN_MODEL_PADDING, [UInt8](repeating: 0, count: padding))
    }
    bytes.append(tag: HRN_MODEL_WEIGHTS, count: weights)
    guard weights <= Container.fileLimit - bytes.count else {
      throw .container(offset: Container.fileLimit, .fileTooLarge(found: bytes.count + weights))
    }
    return bytes
  }
}

extension [UInt8] {
  fileprivate mutating func append(tag field: Int, count: Int) {
    append(UInt8(field << 3 | 2))
    var rest = count
    while rest >= 0x80 {
      append(UInt8(rest & 0x7F | 0x80))
      rest >>= 7
    }
    append(UInt8(rest))
  }

  fileprivate mutating func append(field: Int, _ content: [UInt8]) {
    append(tag: field, count: content.count)
    append(contentsOf: content)
  }
}
