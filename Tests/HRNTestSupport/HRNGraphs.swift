import HRNFormat
import HRNGraph

/// How a source graph writes the sums u_k = e_1 + … + e_k.
package enum HierarchicalSums: CaseIterable, Sendable {
  /// u_k = u_(k−1) + e_k, as the trainer exports them.
  case chained
  /// Each sum in full, as one node: u_3 = e_3 + e_2 + e_1.
  case full
  /// Each sum in full, in pairs: u_3 = (e_3 + e_2) + e_1.
  case pairs
}

/// A whole small Hierarchical Residual Network as the trainer exports it: float32, unfused, with label tree and recipe.
///
/// A stem, a residual trunk of one plain block and one that halves the extent, and per level a feature block, an
/// embedding and a sigmoid head; the leaf level has a softmax head too.
///
/// - Parameters:
///   - levels: labels of each level, coarse first.
///   - width: channels of the stem; the trunk ends with twice as many.
///   - features: channels inside a level's feature block.
///   - bottleneck: 1x1, 3x3, 1x1 blocks as in a ResNet-50, else two 3x3.
///   - repeatsReLU: whether each leaf head has a ReLU of its own, as in the authors' code.
package func hrnGraph(
  levels: [Int] = [2, 5, 12], width: Int = 16, features: Int = 16, embedding: Int = 24, imageSize: Int = 16,
  channels: Int = 3, bottleneck: Bool = false, sums: HierarchicalSums = .chained, repeatsReLU: Bool = false,
  seed: UInt64 = 1
) -> Graph {
  var builder = GraphBuilder("small-hrn", seed: seed)
  let image = builder.input([1, channels, imageSize, imageSize])
  var x = builder.convolution(image, outputs: width, kernel: 7, stride: 2, named: "stem.conv")
  x = builder.relu(builder.batchNorm(x, named: "stem.bn"), named: "stem.relu")
  x = builder.maxPool(x, named: "stem.pool")
  for (index, stride) in [1, 2].enumerated() {
    x = builder.residualBlock(
      x, outputs: width * stride, stride: stride, bottleneck: bottleneck, named: "trunk.\(index)")
  }

  let names = levels.indices.map { "level\($0 + 1)" }
  var (embeddings, sum): ([Int], Int) = ([], 0)
  for (level, name) in names.enumerated() {
    embeddings.append(builder.embedding(of: x, features: features, size: embedding, named: name))
    sum = builder.hierarchicalSum(embeddings, previous: sum, as: sums, named: name)
    let active = builder.relu(sum, named: name + ".relu")
    let scores = builder.sigmoid(
      builder.linear(active, outputs: levels[level], named: name + ".head"), named: name + ".sigmoid")
    let isLeaf = level == levels.count - 1
    builder.output(name + ".sigmoid", scores, .sigmoid, level: level, decides: !isLeaf)
    if isLeaf {
      let active = repeatsReLU ? builder.relu(sum, named: name + ".relu2") : active
      let logits = builder.linear(active, outputs: levels[level], named: name + ".leaf-head")
      let probabilities = builder.softmax(logits, named: name + ".softmax")
      builder.output(name + ".softmax", probabilities, .softmax, level: level, decides: true)
    }
  }
  builder.describe(tree: evenTree(levels: levels), recipe: squareRecipe(size: imageSize, channels: channels))
  return builder.graph
}

/// A label tree of these sizes whose labels have as even a number of children as can be.
package func evenTree(levels: [Int]) -> LabelTree {
  LabelTree(
    levels: levels.enumerated().map { level, count in
      LabelTree.Level(
        name: "level\(level + 1)", labels: (0..<count).map { "label \(level + 1).\($0)" },
        parents: level == 0 ? [] : (0..<count).map { $0 * levels[level - 1] / count })
    })
}

/// Squashes a picture to a square and maps its pixels to −1 … 1.
package func squareRecipe(size: Int, channels: Int) -> Recipe {
  Recipe(
    channels: channels, resize: Recipe.Resize(mode: .squash, width: size, height: size), scale: 1 / 255,
    mean: [Float](repeating: 0.5, count: channels), std: [Float](repeating: 0.5, count: channels))
}

extension GraphBuilder {
  /// relu(branch(x) + shortcut(x)); the shortcut is a 1x1 convolution where the shape changes.
  package mutating func residualBlock(
    _ x: Int, outputs: Int, stride: Int, bottleneck: Bool, named name: String
  ) -> Int {
    let inner = max(outputs / 4, 4)
    let layers: [(outputs: Int, kernel: Int, stride: Int)] =
      bottleneck ? [(inner, 1, 1), (inner, 3, stride), (outputs, 1, 1)] : [(outputs, 3, stride), (outputs, 3, 1)]
    var branch = x
    for (index, layer) in layers.enumerated() {
      branch = convolution(
        branch, outputs: layer.outputs, kernel: layer.kernel, stride: layer.stride, named: "\(name).conv\(index + 1)")
      branch = batchNorm(branch, named: "\(name).bn\(index + 1)")
      if index < layers.count - 1 { branch = relu(branch, named: "\(name).relu\(index + 1)") }
    }
    var shortcut = x
    if stride != 1 || shape(of: x)[1] != outputs {
      shortcut = convolution(x, outputs: outputs, kernel: 1, stride: stride, named: "\(name).downsample.conv")
      shortcut = batchNorm(shortcut, named: "\(name).downsample.bn")
    }
    return relu(add([branch, shortcut], named: "\(name).add"), named: "\(name).relu")
  }

  /// A level's features of the trunk: feature block, pool, two linears with their norms.
  fileprivate mutating func embedding(of trunk: Int, features: Int, size: Int, named name: String) -> Int {
    let channels = shape(of: trunk)[1]
    var x = convolution(trunk, outputs: features, kernel: 1, named: name + ".block.conv1")
    x = relu(batchNorm(x, named: name + ".block.bn1"), named: name + ".block.relu1")
    x = convolution(x, outputs: channels, kernel: 3, named: name + ".block.conv2")
    x = relu(batchNorm(x, named: name + ".block.bn2"), named: name + ".block.relu2")
    x = flatten(globalAveragePool(x, named: name + ".pool"), named: name + ".flatten")
    x = linear(batchNorm(x, named: name + ".fc.0"), outputs: features, named: name + ".fc.1")
    x = elu(batchNorm(x, named: name + ".fc.2"), named: name + ".fc.3")
    return linear(x, outputs: size, named: name + ".fc.4")
  }

  fileprivate mutating func hierarchicalSum(
    _ embeddings: [Int], previous: Int, as sums: HierarchicalSums, named name: String
  ) -> Int {
    guard embeddings.count > 1, let last = embeddings.last else { return embeddings[0] }
    switch sums {
    case .chained: return add([last, previous], named: name + ".sum")
    case .full: return add(embeddings.reversed(), named: name + ".sum")
    case .pairs:
      var sum = last
      for (index, embedding) in embeddings.dropLast().reversed().enumerated() {
        sum = add([sum, embedding], named: "\(name).sum\(index)")
      }
      return sum
    }
  }
}
