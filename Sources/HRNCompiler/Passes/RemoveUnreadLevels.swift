import HRNFormat
import HRNGraph

/// Shortens a network to its coarser levels. It changes what the network answers, so it is no pass of the pipeline but
/// an option that comes before it.
package enum RemoveUnreadLevels {
  package static let name = "remove-unread-levels"

  /// The same network with its first `levels` levels: the outputs, labels and golden answers of the finer levels go, and
  /// with them the nodes that only they depend on. Levels are nested, so what remains keeps its weights.
  ///
  /// Throws `PassError.levels` when the label tree has no such number of levels.
  package static func run(on graph: Graph, keeping levels: Int) throws(PassError) -> Graph {
    let known = graph.tree?.levels.count ?? 0
    guard levels > 0, levels <= known else { throw .levels(found: levels, known: known) }
    guard levels < known else { return graph }
    var result = graph
    result.tree?.levels.removeLast(known - levels)
    let kept = graph.outputs.indices.filter { graph.outputs[$0].level.map { $0 < levels } ?? true }
    result.outputs = kept.map { graph.outputs[$0] }
    for (index, golden) in graph.goldens.enumerated() {
      result.goldens[index].answers = golden.answers.compactMap { answer in
        guard let output = kept.firstIndex(of: answer.output) else { return nil }
        var moved = answer
        moved.output = output
        return moved
      }
    }
    let names = Set(result.tree?.levels.map(\.name) ?? [])
    result.provenance.training?.accuracy.removeAll { !names.contains($0.level) }
    let before = graph.nodes.map(\.name)
    result = result.compacted()
    let after = Set(result.nodes.map(\.name))
    result.passes.append(PassRecord(name: name, nodes: before.filter { !after.contains($0) }))
    return result
  }
}
