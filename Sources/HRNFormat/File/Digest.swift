import CHRNSchema

/// The SHA-256 digests of a file's two parts.
package struct Digest: Equatable, Sendable {
  /// Of the bytes of the field `graph`.
  package var graph: [UInt8]
  /// Of the bytes of the field `weights`.
  package var weights: [UInt8]

  package init(graph: [UInt8], weights: [UInt8]) {
    self.graph = graph
    self.weights = weights
  }

  /// The Digest message: what a signature signs.
  package var bytes: [UInt8] { MessageWriter.bytes(HRN_MESSAGE_DIGEST, write) }

  /// The digest of the Digest message: how certificates name a file.
  package var sha256: [UInt8] { SHA256.digest(bytes) }

  func write(_ writer: MessageWriter) {
    writer.put(HRN_DIGEST_GRAPH_SHA256, unlessEmpty: graph)
    writer.put(HRN_DIGEST_WEIGHTS_SHA256, unlessEmpty: weights)
  }
}

/// A signature over the bytes of a file's Digest message.
package struct Signature: Equatable, Sendable {
  package var keyID: String
  package var ed25519: [UInt8]

  package init(keyID: String, ed25519: [UInt8]) {
    self.keyID = keyID
    self.ed25519 = ed25519
  }

  init(_ reader: MessageReader) throws(FormatError) {
    self.init(
      keyID: try reader.requiredString(HRN_SIGNATURE_KEY_ID), ed25519: reader.bytes(HRN_SIGNATURE_ED25519))
  }

  func write(_ writer: MessageWriter) {
    writer.put(HRN_SIGNATURE_KEY_ID, keyID)
    writer.put(HRN_SIGNATURE_ED25519, unlessEmpty: ed25519)
  }
}
