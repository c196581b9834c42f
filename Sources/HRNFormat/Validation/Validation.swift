extension ModelGraph {
  /// Checks every rule that a graph obeys, against the length of the weights payload. Throws the first one broken.
  package func validate(payloadByteCount: Int) throws(FormatError) {
  }
}
