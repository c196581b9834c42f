import HRNCompiler
import HRNFormat
import HRNGraph

extension TinyModels {
  /// A network with all that version 2 of the format added, over a 6 × 5 colour picture, as a trainer or an importer
  /// writes it: branches that are joined, norms and activations of every kind by themselves, a map flattened whole,
  /// scores of a tree's nodes made to agree, ranges from quantization-aware training.
  package static func branches(seed: UInt64 = 1) -> Model {
    var model = layDown(branchesGraph(seed: seed))
    addGolden(to: &model)
    return model
  }

  /// The network of `branches`, lowered by the compiler; in int8 calibrated on made-up pictures.
  package static func compiledBranches(_ precision: Precision) throws -> Model {
    let graph = branchesGraph()
    let fused = try PassPipeline().run(on: graph)
    guard precision == .int8 else { return try withGolden(Lowering.lower(fused)) }
    var random = SeededGenerator(seed: 3)
    let pictures = (0..<4).map { _ in (0..<90).map { _ in UInt8.random(in: 0...255, using: &random) } }
    let calibration = try Calibration(fused, pictures: pictures) { graph throws(QuantizeError) in
      try ReferenceEngine(graph)
    }
    return try withGolden(Lowering.lower(QuantizeInt8.quantize(fused, calibration: calibration)))
  }

  private static func withGolden(_ lowered: LoweredModel) -> Model {
    var model = Model(graph: lowered.graph, weights: lowered.weights)
    addGolden(to: &model)
    return model
  }

  private static func addGolden(to model: inout Model) {
    let jpeg = model.append([0xFF, 0xD8, 0xFF, 0xD9])
    let answers = [2, 3].enumerated().map { index, count in
      let expected = model.append([UInt8](repeating: 0, count: 4 * count))
      return Golden.Answer(output: index, expected: expected, tolerance: 1e-4)
    }
    model.graph.goldens = [Golden(name: "picture", jpeg: jpeg, answers: answers)]
  }

  /// The network of `branches`, as the compiler works on it.
  package static func branchesGraph(seed: UInt64 = 1) -> Graph {
    var builder = GraphBuilder("tiny", seed: seed)
    let image = builder.input([1, 3, 6, 5])
    let stem = builder.activation(
      .clip(low: -1, high: 2), builder.convolution(image, outputs: 20, stride: 2, bias: true, named: "stem"),
      named: "stem.clip")
    builder.fix(ValueRange(low: -1, high: 2), of: stem)
    let left = builder.activation(
      .hardSwish, builder.convolution(stem, outputs: 12, kernel: 1, named: "left"), named: "left.swish")
    let right = builder.activation(
      .leakyRelu(alpha: 0.125), builder.convolution(stem, outputs: 8, named: "right"), named: "right.leaky")
    var x = builder.concat([left, right, stem], named: "joined")
    x = builder.relu(builder.batchNorm(x, named: "joined.norm"), named: "joined.relu")
    x = builder.node(
      .localResponseNorm(LocalResponseNorm(size: 5, alpha: 0.5, beta: 0.75, bias: 2)), [x], named: "neighbours")
    x = builder.flatten(builder.convolution(x, outputs: 4, kernel: 1, bias: true, named: "last"), named: "flat")
    let hidden = builder.activation(.tanh, builder.linear(x, outputs: 6, named: "hidden"), named: "hidden.tanh")
    let gate = builder.activation(
      .hardSigmoid(alpha: 0.25, beta: 0.5), builder.batchNorm(hidden, named: "gate.norm"), named: "gate.hard")
    let both = builder.concat([hidden, gate], named: "both")
    let scores = builder.sigmoid(builder.linear(both, outputs: 5, named: "nodes"), named: "nodes.sigmoid")
    let parents: [Int?] = [nil, nil, 0, 0, 1]
    let raised = builder.node(.treeConstraint(TreeConstraint(.max, parents: parents)), [scores], named: "raised")
    let lowered = builder.node(.treeConstraint(TreeConstraint(.min, parents: parents)), [scores], named: "lowered")
    builder.output("kind", builder.slice(raised, from: 0, count: 2, named: "kind"), .sigmoid, level: 0, decides: true)
    builder.output(
      "species", builder.slice(raised, from: 2, count: 3, named: "species"), .sigmoid, level: 1, decides: true)
    builder.output("lowered", lowered)
    builder.describe(tree: tree, recipe: recipe)
    return builder.graph
  }
}
