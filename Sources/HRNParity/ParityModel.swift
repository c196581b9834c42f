import HRNCompiler
import HRNFormat
import HRNGraph
import HRNImport
import HRNRuntime

/// One side of a comparison: a trained graph, which the reference executor runs, or a compiled model, which the runtime
/// runs.
package struct ParityModel {
  package let path: String
  package let graph: ModelGraph
  /// Of the file: of its Digest message where it is our own, else of its bytes.
  package let digest: [UInt8]
  private let content: Content

  private enum Content {
    case file(ModelFile)
    /// Imported from a file of another tool.
    case imported(TrainedModel)
  }

  /// Reads a file and compares its bytes with their digests.
  ///
  /// - Parameter subject: What a checkpoint of another tool is the original of: it has that model's labels, recipe and
  ///   size, which it cannot say itself.
  package init(path: String, originalOf subject: ParityModel? = nil) throws(ParityError) {
    do throws(ImportError) {
      let source = try ImportSource(path: path)
      if case .hrn(let file) = source.content {
        do throws(FormatError) { try file.verifyDigest() } catch { throw ImportError.format(error) }
        self.init(file, name: path)
      } else {
        self.init(try Self.imported(source, likeness: subject?.graph), path: path)
      }
    } catch {
      throw .model(path: path, error)
    }
  }

  /// A model that is no file.
  package init(_ file: ModelFile, name: String) {
    path = name
    graph = file.graph
    digest = file.digest?.sha256 ?? []
    content = .file(file)
  }

  private init(_ model: TrainedModel, path: String) {
    self.path = path
    graph = ModelGraph(model.graph)
    digest = model.sourceSHA256
    content = .imported(model)
  }

  private static func imported(_ source: ImportSource, likeness: ModelGraph?) throws(ImportError) -> TrainedModel {
    guard let likeness else { return try TrainedModel(source) }
    let shape = likeness.tensors[likeness.inputs[0]].shape
    var options = ImportOptions(
      labels: likeness.tree, recipe: likeness.recipe, size: shape.count == 4 ? (shape[2], shape[3]) : nil)
    do throws(ImportError) {
      return try TrainedModel(source, options: options)
    } catch {
      // The subject may have fewer levels than its original.
      guard case .network(.labels) = error else { throw error }
      options.labels = nil
      return try TrainedModel(source, options: options)
    }
  }

  /// The file of a model of our own; nil for what was imported.
  package var file: ModelFile? { if case .file(let file) = content { file } else { nil } }
  /// The shape of the image it reads.
  package var shape: [Int] { graph.tensors[graph.inputs[0]].shape }

  /// Whether `hrn-compile` wrote it.
  package var isCompiled: Bool { graph.stage == .compiled }

  /// What it is, in a few words.
  package var kind: String {
    switch content {
    case .file where graph.stage == .source: "trained graph, float32"
    case .file: "compiled, \(graph.precision.name)"
    case .imported(let model): "\(model.format) checkpoint, float32"
    }
  }

  /// Something that runs it, for one thread.
  func predictor() throws(ParityError) -> any Predictor {
    if case .file(let file) = content, isCompiled { return SessionPredictor(try session(of: file)) }
    do throws(GraphError) {
      return ReferencePredictor(try ReferenceExecutor(try trainedGraph(), products: .blas))
    } catch {
      throw .unusable(path: path, .badInput, reason: error.message)
    }
  }

  private func trainedGraph() throws(GraphError) -> Graph {
    switch content {
    case .file(let file): try Graph(decoding: file)
    case .imported(let model): model.graph
    }
  }
}

extension ParityModel {
  private func session(of file: ModelFile) throws(ParityError) -> Session {
    let model: Model
    do throws(ModelError) {
      model = try Model(file: file, name: path)
    } catch {
      throw .unusable(path: path, error.status, reason: error.message)
    }
    do throws(SessionError) {
      return try Session(model, options: SessionOptions(threads: 1))
    } catch {
      throw .unusable(path: path, error.status, reason: error.message)
    }
  }
}

/// Runs a model on prepared pictures, one at a time.
protocol Predictor: AnyObject {
  /// The model's outputs, in their order, for u8 pixels `[H][W][C]`; `observe` sees every activation, row-major in the
  /// order of its shape, by its name.
  ///
  /// - Throws: why not, in words.
  func outputs(_ pixels: [UInt8], observe: ((String, [Float]) -> Void)?) throws(PredictorFailure) -> [[Float]]
}

struct PredictorFailure: Error {
  let reason: String
}

final class ReferencePredictor: Predictor {
  private let executor: ReferenceExecutor

  init(_ executor: ReferenceExecutor) { self.executor = executor }

  func outputs(_ pixels: [UInt8], observe: ((String, [Float]) -> Void)?) throws(PredictorFailure) -> [[Float]] {
    guard let recipe = executor.graph.recipe else { throw PredictorFailure(reason: "there is no recipe") }
    guard let observe else { return executor.run([recipe.normalized(pixels)]) }
    return executor.run([recipe.normalized(pixels)]) { [graph = executor.graph] tensor, value in
      observe(graph.tensors[tensor].name, value.elements)
    }
  }
}

final class SessionPredictor: Predictor {
  private let session: Session

  init(_ session: Session) { self.session = session }

  func outputs(_ pixels: [UInt8], observe: ((String, [Float]) -> Void)?) throws(PredictorFailure) -> [[Float]] {
    let graph = session.model.file.graph
    let run = pixels.withUnsafeBufferPointer { pixels -> Result<Void, InputError> in
      do throws(InputError) {
        guard let observe else { return .success(try session.run(pixels: pixels)) }
        return .success(
          try session.run(pixels: pixels) { node in
            for output in graph.nodes[node].outputs { observe(graph.tensors[output].name, session.values(of: output)) }
          })
      } catch {
        return .failure(error)
      }
    }
    if case .failure(let error) = run { throw PredictorFailure(reason: error.message) }
    return session.model.outputs.indices.map { Array(session.output($0)) }
  }
}
