import HRNFormat

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
}
