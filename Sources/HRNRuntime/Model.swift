import HRNFormat

/// A compiled model, read and checked: the label tree, the preprocessing recipe, the graph and its weights.
///
/// The weights stay in the file, which is mapped, and are shared by all sessions and all processes that run it.
public final class Model {
  package let file: ModelFile
  package let image: ImageFormat

  /// Opens a file that `hrn-compile` wrote.
  ///
  /// - Throws: `ModelError` when it cannot be read, breaks a rule of the format, is a graph that is not yet compiled, or
  ///   needs kernels that this library does not have.
  public convenience init(path: String) throws(ModelError) {
    let file: ModelFile
    do throws(FormatError) { file = try ModelFile(path: path) } catch { throw ModelError(.file(error), file: path) }
    try self.init(file: file, name: path)
    file.readAhead()
  }

  /// Reads a model from memory, which it copies.
  ///
  /// - Throws: `ModelError` as `init(path:)`.
  public convenience init(bytes: [UInt8]) throws(ModelError) {
    let file: ModelFile
    do throws(FormatError) {
      file = try ModelFile(bytes: bytes)
    } catch {
      throw ModelError(.file(error), file: "model.hrn")
    }
    try self.init(file: file)
  }

  /// Takes a file that was read; `name` is for messages.
  package init(file: ModelFile, name: String = "model.hrn") throws(ModelError) {
    let graph = file.graph
    guard graph.stage == .compiled, let plan = graph.plan else { throw ModelError(.notCompiled, file: name) }
    guard Target(name: plan.target) != nil else { throw ModelError(.target(plan.target), file: name) }
    guard let image = ImageFormat(graph) else { throw ModelError(.input, file: name) }
    self.file = file
    self.image = image
  }

  /// The name that the model was trained under.
  public var name: String { file.graph.name }
  /// The names of the label levels, coarse first; empty where the file has no label tree.
  public var levels: [String] { file.graph.tree?.levels.map { $0.name } ?? [] }
  /// The names of the outputs.
  public var outputs: [String] { file.graph.outputs.map { $0.name } }
  /// Rows of the image that the network reads.
  public var imageHeight: Int { image.height }
  /// Columns of the image that the network reads.
  public var imageWidth: Int { image.width }
  /// Channels of the image that the network reads.
  public var imageChannels: Int { image.channels }
}
