import HRNCompiler
import HRNFormat
import HRNGraph

/// What every pass must be, over random graphs and whole networks: the graph stays valid, its interface unchanged, its
/// outputs equal within `tolerance` of the largest, and a second run changes nothing. Each graph is tried as it is and
/// after the passes that come before.
///
/// Weights are folded in double precision and rounded once, and sums of a folded graph have another order, so outputs
/// of a few layers differ by a few units of 1e-6; the tolerance leaves room for the depth of the random graphs.
///
/// Returns what was found wrong, each with the graph's name and so its seed; one entry when the pass never had anything
/// to do, because then nothing was checked.
package func checkPass(_ pass: any Pass, tolerance: Float = 2e-4) throws -> [String] {
  let stages = try graphsBeforePasses.get()
  let place = PassPipeline.all.firstIndex { $0.name == pass.name } ?? PassPipeline.all.endIndex
  var failures: [String] = []
  var changes = 0
  for given in stages[0] + (place > 0 ? stages[place].map { $0.compacted() } : []) {
    let result = try pass.run(on: given)
    if result == given { continue }
    changes += result.passes.count - given.passes.count
    failures += try differences(given, result, tolerance: tolerance).map { "\(given.name): \($0)" }
    if try pass.run(on: result).passes != result.passes {
      failures.append("\(given.name): a second run changes the graph again")
    }
  }
  if changes == 0 { failures.append("\(pass.name) had nothing to do in any graph") }
  return failures
}

/// The graphs that passes are tried on: as they are, after the first pass, after the first two and so on.
private let graphsBeforePasses = Result {
  let graphs = (0..<20).map { randomGraph(seed: $0) } + wholeNetworks() + [wideProjection()]
  return try PassPipeline.all.reduce(into: [graphs]) { stages, pass in
    stages.append(try stages.last!.map { try pass.run(on: $0) })
  }
}

/// Small HRNs in every way of writing them.
package func wholeNetworks() -> [Graph] {
  HierarchicalSums.allCases.map { sums in
    hrnGraph(
      levels: [2, 3, 5, 7], width: 8, features: 16, embedding: 6, imageSize: 8, channels: 1,
      bottleneck: sums == .full, sums: sums, repeatsReLU: sums != .chained, seed: 3)
  }
}

/// A projection that is wide enough to be worth a copy of its input, as between the stages of a ResNet.
private func wideProjection() -> Graph {
  var builder = GraphBuilder("wide-projection", seed: 5)
  let image = builder.input([1, 3, 9, 7])
  let x = builder.relu(builder.convolution(image, outputs: 8, kernel: 3))
  builder.output("y", builder.convolution(x, outputs: 256, kernel: 1, stride: 2))
  return builder.graph
}

/// How two graphs that should compute the same differ, in words; empty when they do not.
package func differences(_ given: Graph, _ result: Graph, tolerance: Float) throws -> [String] {
  var found: [String] = []
  func interface(_ graph: Graph) -> [String] {
    graph.inputs.map { "\(graph.tensors[$0].name) \(graph.tensors[$0].shape)" }
      + graph.outputs.map {
        "\($0.name) \(graph.tensors[$0.tensor].shape) \($0.kind) \($0.level ?? -1) \($0.decides)"
      }
  }
  if interface(given) != interface(result) || given.tree != result.tree || given.recipe != result.recipe {
    found.append("the interface changed from \(interface(given)) to \(interface(result))")
  }
  var random = SeededGenerator(seed: 11)
  let inputs = given.inputs.map { random.floats(given.shape(of: $0).reduce(1, *)) }
  let expected = try ReferenceExecutor(given, products: .plain).run(inputs)
  let outputs = try ReferenceExecutor(result, products: .plain).run(inputs)
  for (output, (expected, computed)) in zip(given.outputs, zip(expected, outputs)) {
    let largest = expected.map(abs).max() ?? 0
    let error = zip(expected, computed).map { abs($0 - $1) }.max() ?? 0
    // Written so that a NaN is a failure.
    if !(error <= tolerance * max(largest, 1)) {
      found.append("output \(output.name) is off by \(error) of \(largest)")
    }
  }
  return found
}
