import HRNFormat
import HRNGraph

/// A trained network, from whatever kind of file it was in.
package struct TrainedModel: Sendable {
  package var graph: Graph
  /// The kind of the file, as provenance states it: `hrn`, `pytorch`, `safetensors`, `onnx` and so on.
  package var format: String
  package var sourceSHA256: [UInt8]
  /// What was recognized and decided, a line each, for people.
  package var notes: [String]

  package init(graph: Graph, format: String, sourceSHA256: [UInt8] = [], notes: [String] = []) {
    self.graph = graph
    self.format = format
    self.sourceSHA256 = sourceSHA256
    self.notes = notes
  }

  /// The network in a file.
  package init(_ source: ImportSource, options: ImportOptions = ImportOptions()) throws(ImportError) {
    switch source.content {
    case .hrn(let file): try self.init(file, options: options)
    case .checkpoint(let checkpoint): try self.init(checkpoint, options)
    case .onnx(let model): try self.init(model, options)
    }
    sourceSHA256 = source.sha256
    source.forgetPages()
  }

  /// A graph that our trainer exported; it brings its labels and its recipe, which `options` replace.
  package init(_ file: ModelFile, options: ImportOptions = ImportOptions()) throws(ImportError) {
    guard file.graph.stage == .source else { throw .compiled(file.graph.precision) }
    do throws(FormatError) { try file.verifyDigest() } catch { throw .format(error) }
    do throws(GraphError) {
      self.init(graph: try Graph(decoding: file), format: "hrn")
    } catch {
      throw .graph(error)
    }
    try complete(with: options)
  }
}

/// A file that a network is imported from, read as far as it takes to know what is in it.
package struct ImportSource: Sendable {
  package enum Content: Sendable {
    case hrn(ModelFile)
    case checkpoint(Checkpoint)
    case onnx(ONNXModel)
  }

  package let content: Content
  private let bytes: ModelBytes

  /// Maps a file and reads what kind it is.
  package init(path: String) throws(ImportError) {
    let bytes: ModelBytes
    do throws(FileFault) { bytes = try ModelBytes(mapping: path) } catch { throw .file(error) }
    try self.init(bytes)
  }

  /// Reads what kind of file its bytes are.
  package init(_ bytes: ModelBytes) throws(ImportError) {
    self.bytes = bytes
    switch FileKind(of: bytes) {
    case .hrn:
      do throws(FormatError) { content = .hrn(try ModelFile(bytes)) } catch { throw .format(error) }
    case .checkpoint: content = .checkpoint(try Checkpoint(bytes))
    case .onnx: content = .onnx(try ONNXModel(bytes))
    case .foreign(let other): throw .foreign(other)
    }
  }

  /// The digest of the file's bytes.
  package var sha256: [UInt8] { SHA256.digest(bytes.bytes) }

  /// Gives the memory that the file's pages take back: the network has been copied out of them.
  func forgetPages() { bytes.forgetPages() }

  package var byteCount: Int { bytes.bytes.count }
}
