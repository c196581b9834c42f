import CHRNSchema

/// A model that has been read and checked: its graph, and its weights where they lie.
///
/// Reading takes the graph's size in time and memory, whatever the size of the weights, which are mapped and not
/// touched. The graph's bytes are those that were written, by its digest, and everything it says has been validated
/// against the length of the payload, so that code behind a `ModelFile` need not check again. Whether the weights are
/// those that were written is another question: `verifyDigest()` reads them all.
package final class ModelFile: Sendable {
  package let graph: ModelGraph
  package let certificate: Certificate?
  package let signature: Signature?
  /// The digests the file states; nil for a model that was never a file.
  package let digest: Digest?
  /// Bytes of the weights payload, goldens included.
  package var weightsByteCount: Int { payload.count }

  private let storage: ModelBytes
  private let payload: Range<Int>
  private let graphBytes: Range<Int>

  /// Maps a file and reads it.
  package convenience init(path: String) throws(FormatError) {
    let storage: ModelBytes
    do throws(FileFault) {
      storage = try ModelBytes(mapping: path)
    } catch {
      throw .file(error)
    }
    try self.init(storage)
  }

  /// Reads a file that is in memory; the bytes are copied.
  package convenience init(bytes: [UInt8]) throws(FormatError) {
    try self.init(ModelBytes(copying: bytes))
  }

  /// A model that was never a file, checked as if it were one; the weights are copied.
  package init(graph: ModelGraph, weights: [UInt8]) throws(FormatError) {
    try graph.validate(payloadByteCount: weights.count)
    self.graph = graph
    certificate = nil
    signature = nil
    digest = nil
    storage = ModelBytes(copying: weights)
    payload = 0..<weights.count
    graphBytes = 0..<0
  }

  /// Reads a file that is mapped already.
  package init(_ storage: ModelBytes) throws(FormatError) {
    let bytes = storage.bytes
    let container = try Container(walking: bytes)
    let digest = try ModelReader.digest(at: container.digest, of: bytes)
    var certificate: Certificate?
    if let range = container.certificate {
      certificate = try ModelReader.read(HRN_MESSAGE_CERTIFICATE, at: range, of: bytes) {
        reader throws(FormatError) in try Certificate(reader)
      }
      try certificate?.validate()
    }
    var signature: Signature?
    if let range = container.signature {
      signature = try ModelReader.read(HRN_MESSAGE_SIGNATURE, at: range, of: bytes) {
        reader throws(FormatError) in try Signature(reader)
      }
    }
    let graph = try ModelReader.read(HRN_MESSAGE_GRAPH, at: container.graph, of: bytes, digest: digest.graph) {
      reader throws(FormatError) in try ModelGraph(reader)
    }
    try graph.validate(payloadByteCount: container.weights.count)
    self.graph = graph
    self.certificate = certificate
    self.signature = signature
    self.digest = digest
    self.storage = storage
    payload = container.weights
    graphBytes = container.graph
  }

  /// The weights payload, goldens included; valid while this object lives.
  package var weights: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: storage.bytes[payload]) }

  /// The bytes at a region of the weights payload; valid while this object lives.
  package func bytes(_ region: Region) -> UnsafeRawBufferPointer {
    precondition(
      region.offset >= 0 && region.length >= 0 && region.end <= payload.count,
      "a region of a validated graph lies in its payload")
    let start = payload.lowerBound + region.offset
    return UnsafeRawBufferPointer(rebasing: storage.bytes[start..<start + region.length])
  }

  /// All bytes of the file; empty for a model that was never one.
  package var fileBytes: UnsafeRawBufferPointer {
    digest == nil ? UnsafeRawBufferPointer(start: nil, count: 0) : storage.bytes
  }

  /// A copy of the bytes of the field `graph` as they are in the file; empty for a model that was never one.
  package var graphMessage: [UInt8] { [UInt8](storage.bytes[graphBytes]) }

  /// A copy of the weights payload.
  package var weightsCopy: [UInt8] { [UInt8](storage.bytes[payload]) }

  /// Says that all weights will be read soon: while the first layers run, those of the others come from the disk.
  package func readAhead() { storage.readAhead() }

  /// Parts of the file whose pages can be entered one by one, by whichever thread.
  package var pageRuns: Int { (storage.bytes.count + ModelBytes.pageRun - 1) / ModelBytes.pageRun }

  /// Has the process find one of those parts' pages now rather than one by one when they are read.
  package func enterPages(run: Int) {
    let first = run * ModelBytes.pageRun
    storage.enterPages(first..<min(first + ModelBytes.pageRun, storage.bytes.count))
  }

  /// Reads the weights and compares them with the digest that the file states. A model that was never a file passes.
  package func verifyDigest() throws(FormatError) {
    guard let digest else { return }
    guard SHA256.digest(weights) == digest.weights else { throw .digest(.weights) }
  }
}
