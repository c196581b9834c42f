import HRNFormat
import HRNGraph

/// What a checkpoint holds and what it is recognized as, whether or not a network can be built of it.
package struct CheckpointSummary {
  /// What was recognized and would be decided, a line each.
  package var recognized: [String]
  /// Why no network would be built of it as it is; nil where one would.
  package var obstacle: String?

  package init(_ checkpoint: Checkpoint) {
    do throws(ImportError) {
      let found = try RecognizedCheckpoint(checkpoint)
      recognized = found.notes
      recognized.append(
        "labels: " + (try found.labels(ImportOptions())?.source ?? "none; give them with --labels FILE"))
      recognized.append("recipe: " + (try found.recipe(ImportOptions())?.source ?? "none; give it with --recipe FILE"))
    } catch {
      recognized = []
      obstacle = error.message
    }
    guard obstacle == nil else { return }
    do throws(ImportError) {
      _ = try TrainedModel(checkpoint, ImportOptions())
    } catch {
      obstacle = error.message
    }
  }

  package init(_ model: ONNXModel) {
    let operators = "operators: " + model.operators.map { "\($0.name.printable) \($0.count)" }.joined(separator: ", ")
    do throws(ImportError) {
      let trained = try TrainedModel(model, ImportOptions())
      let graph = trained.graph
      recognized = trained.notes
      recognized.insert(operators, at: 1)
      recognized += graph.inputs.map { "input: \(graph.tensors[$0].name) \(describe(graph.shape(of: $0)))" }
      recognized += graph.outputs.map { output in
        "output: \(output.name) \(describe(graph.shape(of: output.tensor))), \(output.kind.name)"
      }
    } catch {
      recognized = ["network: " + model.origin, operators]
      obstacle = error.message
    }
  }
}
