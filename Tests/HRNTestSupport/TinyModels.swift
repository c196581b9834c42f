import HRNFormat
import HRNGraph

/// Small whole models, made in code: everything a file can say, in as few bytes as possible.
package enum TinyModels {
  /// A graph with its weights payload.
  package struct Model: Sendable {
    package var graph: ModelGraph
    package var weights: [UInt8]

    package init(graph: ModelGraph, weights: [UInt8]) {
      self.graph = graph
      self.weights = weights
    }

    /// Lays bytes down at the next multiple of 64.
    package mutating func append(_ bytes: [UInt8]) -> Region {
      weights += [UInt8](repeating: 0, count: (64 - weights.count % 64) % 64)
      let region = Region(offset: weights.count, length: bytes.count)
      weights += bytes
      return region
    }
  }

  /// An HRN of two levels over a 6 × 5 colour picture, as the trainer exports it: a stem with pooling, one residual
  /// block, a feature block and an embedding per level, sums, heads. Has tree, recipe, provenance and one golden, whose
  /// JPEG and answers are not those of a real picture.
  package static func source(seed: UInt64 = 1) -> Model {
    var model = layDown(graph(seed: seed))
    let jpeg = model.append([0xFF, 0xD8, 0xFF, 0xD9])
    let answers = [2, 3, 3].enumerated().map { index, count in
      let expected = model.append([UInt8](repeating: 0, count: 4 * count))
      return Golden.Answer(output: index, expected: expected, tolerance: 1e-4)
    }
    model.graph.goldens = [Golden(name: "picture", jpeg: jpeg, answers: answers)]
    return model
  }

  /// The network of `source`, as the compiler works on it.
  package static func graph(seed: UInt64 = 1) -> Graph {
    var builder = GraphBuilder("tiny", seed: seed)
    var x = builder.input([1, 3, 6, 5])
    x = builder.convolution(x, outputs: 4, named: "stem")
    x = builder.relu(builder.batchNorm(x, named: "stem.bn"), named: "stem.relu")
    x = builder.maxPool(x, named: "pool")
    let branch = builder.batchNorm(builder.convolution(x, outputs: 4, named: "block.conv"), named: "block.bn")
    let trunk = builder.relu(builder.add([branch, x], named: "block.add"), named: "block.relu")
    var sum: Int?
    for (level, labels) in [2, 3].enumerated() {
      let name = "level\(level)"
      x = builder.convolution(trunk, outputs: 3, kernel: 1, named: name + ".conv")
      x = builder.relu(builder.batchNorm(x, named: name + ".bn1"), named: name + ".relu1")
      x = builder.flatten(builder.globalAveragePool(x, named: name + ".pool"), named: name + ".flatten")
      x = builder.batchNorm(builder.linear(x, outputs: 6, named: name + ".fc1"), named: name + ".bn2")
      x = builder.linear(builder.elu(x, named: name + ".elu"), outputs: 5, named: name + ".fc2")
      if let coarser = sum { x = builder.add([coarser, x], named: name + ".sum") }
      sum = x
      let active = builder.relu(x, named: name + ".relu2")
      let scores = builder.sigmoid(
        builder.linear(active, outputs: labels, named: name + ".head"), named: name + ".sigmoid")
      builder.output(name + ".sigmoid", scores, .sigmoid, level: level, decides: level == 0)
      if level == 1 {
        let logits = builder.linear(active, outputs: labels, named: name + ".leaf")
        builder.output(
          name + ".softmax", builder.softmax(logits, named: name + ".softmax"), .softmax, level: level, decides: true)
      }
    }
    builder.describe(tree: tree, recipe: recipe)
    var graph = builder.graph
    graph.provenance = Provenance(
      tool: "test", toolVersion: "1", options: ["--seed 1"],
      training: Provenance.Training(
        method: "none", seed: .max, epochs: 1,
        accuracy: [Provenance.LevelAccuracy(level: "kind", percent: 12.5, images: 8)]))
    graph.passes = [PassRecord(name: "none", nodes: ["stem", "pool"])]
    return graph
  }

  static let tree = LabelTree(levels: [
    LabelTree.Level(name: "kind", labels: ["bird", "fish"], parents: []),
    LabelTree.Level(name: "species", labels: ["wren", "crow", "carp"], parents: [0, 0, 1]),
  ])

  static let recipe = Recipe(
    channels: 3, resize: Recipe.Resize(mode: .squash, width: 7, height: 6), crop: Recipe.Size(width: 3, height: 4),
    pad: Recipe.Pad(left: 1, top: 1, right: 1, bottom: 1, value: [0, 127, 255]), scale: 1 / 255,
    mean: [0.5, 0.25, 0.125], std: [0.5, 0.25, 1])

  /// A source graph in the words of the file, its float32 constants laid down in order.
  package static func layDown(_ graph: Graph) -> Model {
    var model = Model(
      graph: ModelGraph(
        name: graph.name, stage: .source, precision: graph.precision, tensors: graph.tensors, nodes: graph.nodes,
        inputs: graph.inputs, outputs: graph.outputs, tree: graph.tree, recipe: graph.recipe,
        provenance: graph.provenance, passes: graph.passes),
      weights: [])
    model.graph.formatVersion = model.graph.neededVersion
    for index in graph.tensors.indices {
      guard let values = graph.constants[index]?.floats else { continue }
      model.graph.tensors[index].weights = model.append(
        values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { [UInt8]($0) } })
    }
    return model
  }
}
