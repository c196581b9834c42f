import HRNFormat
import HRNGraph
import HRNRuntime

/// Runs a compiled model on the workstation, on the runtime's direct kernels.
package final class CompiledRunner {
  private let session: Session

  /// - Throws: `session`, or `run` in the words of the runtime.
  package init(_ file: ModelFile, options: SessionOptions = SessionOptions()) throws(CompileError) {
    let model: Model
    do throws(ModelError) { model = try Model(file: file) } catch { throw .run(error.message) }
    do throws(SessionError) {
      session = try Session(model, options: options)
    } catch {
      throw .session(error)
    }
  }

  /// The outputs for one input, in the model's order.
  package func outputs(for input: NetworkInput) throws(CompileError) -> [[Float]] {
    do throws(InputError) {
      switch input {
      case .pixels(let pixels): try session.run(pixels: pixels)
      case .values(let values):
        try values.withUnsafeBufferPointer { (values) throws(InputError) in _ = try session.run(values: values) }
      }
    } catch {
      throw .run(error.message)
    }
    return session.model.outputs.indices.map { Array(session.output($0)) }
  }

  /// Runs pixels and shows every activation, by its index in the model's graph.
  func run(_ pixels: [UInt8], observe: (Int, [Float]) -> Void) throws(CompileError) {
    let graph = session.model.file.graph
    do throws(InputError) {
      try pixels.withUnsafeBufferPointer { (pixels) throws(InputError) in
        try session.run(pixels: pixels) { node in
          for output in graph.nodes[node].outputs { observe(output, session.values(of: output)) }
        }
      }
    } catch {
      throw .run(error.message)
    }
  }
}

/// Calibrates on the runtime's own kernels, whose sums have one order on every CPU and at any number of threads.
package final class SessionEngine: CalibrationEngine {
  private let runner: CompiledRunner
  /// By activation of the lowered model: its index in the graph.
  private let tensors: [Int: Int]

  /// - Throws: `engine` where the graph cannot be lowered or run.
  package init(_ graph: Graph) throws(QuantizeError) {
    let lowered: LoweredModel
    do throws(LoweringError) { lowered = try Lowering.lower(graph, PlanOptions(goal: .size)) } catch {
      throw .engine(.badInput, error.description)
    }
    tensors = Dictionary(uniqueKeysWithValues: lowered.activations.map { ($0.value, $0.key) })
    do throws(CompileError) {
      let file = try mapping(CompileError.format) { () throws(FormatError) in
        try ModelFile(graph: lowered.graph, weights: lowered.weights)
      }
      runner = try CompiledRunner(file)
    } catch {
      throw .engine(error.status, error.message)
    }
  }

  package func run(_ pixels: [UInt8], observe: (Int, UnsafeBufferPointer<Float>) -> Void) throws(QuantizeError) {
    do throws(CompileError) {
      try runner.run(pixels) { tensor, values in
        if let index = tensors[tensor] { values.withUnsafeBufferPointer { observe(index, $0) } }
      }
    } catch {
      throw .engine(error.status, error.message)
    }
  }
}
