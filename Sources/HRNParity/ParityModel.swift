import HRNCompiler
import HRNFormat
import HRNGraph
import HRNRuntime

/// One side of a comparison: a trained graph, which the reference executor runs, or a compiled model, which the runtime
/// runs.
package struct ParityModel {
  package let path: String
  package let file: ModelFile

  /// Reads a file and compares its bytes with their digests.
  package init(path: String) throws(ParityError) {
    self.path = path
    do throws(FormatError) {
      file = try ModelFile(path: path)
      try file.verifyDigest()
    } catch {
      throw .model(path: path, error)
    }
  }

  /// A model that is no file.
  package init(_ file: ModelFile, name: String) {
    self.file = file
    path = name
  }

  package var graph: ModelGraph { file.graph }
  /// The shape of the image it reads.
  package var shape: [Int] { graph.tensors[graph.inputs[0]].shape }

  /// What it is, in a few words.
  package var kind: String {
    graph.stage == .source ? "trained graph, float32" : "compiled, \(graph.precision.name)"
  }

  /// Something that runs it, for one thread.
  func predictor() throws(ParityError) -> any Predictor {
    switch graph.stage {
    case .source:
      do throws(GraphError) {
        return ReferencePredictor(try ReferenceExecutor(try Graph(decoding: file), products: .blas))
      } catch {
        throw .unusable(path: path, reason: error.message)
      }
    case .compiled:
      return SessionPredictor(try session())
    }
  }
}

extension ParityModel {
  private func session() throws(ParityError) -> Session {
    let model: Model
    do throws(ModelError) {
      model = try Model(file: file, name: path)
    } catch {
      throw .unusable(path: path, reason: error.message)
    }
    do throws(SessionError) {
      return try Session(model, options: SessionOptions(threads: 1))
    } catch {
      throw .unusable(path: path, reason: error.message)
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
