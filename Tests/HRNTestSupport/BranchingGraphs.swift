import HRNFormat
import HRNGraph

/// Networks that join, normalize, and read the picture in other ways than a ResNet does, each small.
package enum BranchingGraph: String, CaseIterable, Sendable {
  /// Everything that version 2 of the format added.
  case everything
  /// Dense blocks: each layer reads all before it, through a norm and a ReLU of its own.
  case dense
  /// HMC-LMLP: each level's layer reads the features and the scores of the level above.
  case chainedScores
  /// HMCN: the same, with a global head mixed in by factors, and scores constrained by the tree.
  case mixedScores
  /// The picture read by a pool, a norm, a sum, a concat, and two convolutions of other paddings.
  case pictureReaders
  /// Slices that begin inside blocks, and maps that are flattened whole.
  case uneven

  package func graph(seed: UInt64 = 1) -> Graph {
    guard self != .everything else { return TinyModels.branchesGraph(seed: seed) }
    var builder = GraphBuilder(rawValue, seed: seed)
    let image = builder.input([1, 3, 12, 10])
    switch self {
    case .everything: break
    case .dense: dense(image, &builder)
    case .chainedScores: scores(image, &builder, isMixed: false)
    case .mixedScores: scores(image, &builder, isMixed: true)
    case .pictureReaders: pictureReaders(image, &builder)
    case .uneven: uneven(image, &builder)
    }
    var graph = builder.graph
    graph.recipe = Recipe(
      channels: 3, resize: Recipe.Resize(mode: .squash, width: 10, height: 12), scale: 1 / 255, mean: [0.5, 0.4, 0.3],
      std: [0.2, 0.3, 0.25])
    return graph
  }

  private func dense(_ image: Int, _ b: inout GraphBuilder) {
    var x = b.relu(b.batchNorm(b.convolution(image, outputs: 24)))
    for block in 0..<2 {
      for _ in 0..<3 {
        let narrow = b.relu(b.batchNorm(b.convolution(b.relu(b.batchNorm(x)), outputs: 16, kernel: 1)))
        x = b.concat([x, b.convolution(narrow, outputs: 12)])
      }
      x = b.relu(b.batchNorm(x))
      if block == 0 { x = b.maxPool(b.convolution(x, outputs: 30, kernel: 1)) }
    }
    b.output("y", b.linear(b.flatten(b.globalAveragePool(x)), outputs: 7))
  }

  private func scores(_ image: Int, _ b: inout GraphBuilder, isMixed: Bool) {
    let map = b.relu(b.batchNorm(b.convolution(image, outputs: 32, stride: 2)))
    let features = b.flatten(b.globalAveragePool(b.relu(b.convolution(map, outputs: 40, kernel: 1, bias: true))))
    var (read, all) = (features, [Int]())
    for labels in [2, 3] {
      let hidden = b.relu(b.batchNorm(b.linear(read, outputs: 20)))
      let scores = b.sigmoid(b.linear(hidden, outputs: labels))
      all.append(scores)
      read = b.concat([features, isMixed ? hidden : scores])
    }
    var whole = b.concat(all)
    if isMixed {
      let global = b.sigmoid(b.linear(read, outputs: 5))
      whole = b.add([b.batchNorm(whole), b.batchNorm(global)])
      whole = b.node(.treeConstraint(TreeConstraint(.max, parents: [nil, nil, 0, 0, 1])), [whole])
    }
    b.output("coarse", b.slice(whole, from: 0, count: 2), .sigmoid)
    b.output("fine", b.slice(whole, from: 2, count: 3), .sigmoid)
  }

  private func pictureReaders(_ image: Int, _ b: inout GraphBuilder) {
    let stem = b.relu(b.convolution(image, outputs: 5, bias: true))
    let narrow = b.convolution(image, outputs: 6, kernel: 1, bias: true)
    let joined = b.concat([image, stem, b.relu(b.batchNorm(image))])
    let sum = b.relu(b.add([image, b.convolution(joined, outputs: 3)]))
    let pooled = b.concat([b.maxPool(image), b.maxPool(sum), b.maxPool(narrow)])
    b.output("y", b.linear(b.flatten(b.globalAveragePool(pooled)), outputs: 4))
    b.output("pixels", b.flatten(b.maxPool(b.maxPool(image))))
  }

  private func uneven(_ image: Int, _ b: inout GraphBuilder) {
    let x = b.relu(b.convolution(image, outputs: 40, stride: 2, bias: true))
    let (head, tail) = (b.slice(x, from: 3, count: 20), b.slice(x, from: 17, count: 23))
    let y = b.relu(b.convolution(head, outputs: 10, stride: 2, bias: true))
    let z = b.activation(.hardSwish, b.convolution(tail, outputs: 7, stride: 2, bias: true))
    let flat = b.flatten(b.concat([y, z]))
    b.output("y", b.linear(b.activation(.leakyRelu(alpha: 0.25), b.linear(flat, outputs: 12)), outputs: 5))
  }
}
