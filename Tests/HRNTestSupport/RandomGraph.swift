import HRNFormat
import HRNGraph

/// A seeded random source graph: maps, then vectors, with the pairs and diamonds that passes look for: tensors read
/// several times, equal nodes, parallel layers, nodes that nothing reads, outputs in the middle.
package func randomGraph(seed: UInt64, nodes count: Int = 24) -> Graph {
  var generator = RandomGraph(seed: seed)
  generator.grow(count)
  return generator.builder.graph
}

private struct RandomGraph {
  var builder: GraphBuilder
  private var maps: [Int]
  private var vectors: [Int] = []

  init(seed: UInt64) {
    builder = GraphBuilder("random-\(seed)", seed: seed)
    maps = [builder.input([1, 4, 8, 8])]
  }

  mutating func grow(_ count: Int) {
    for _ in 0..<count / 2 { addMap() }
    for _ in 0..<Int.random(in: 1...2, using: &builder.random) { addVectorFromMap() }
    for _ in 0..<count / 2 { addVector() }
    addHeads()
    builder.output("last", vectors[vectors.count - 1])
    if chance(3), let tensor = vectors.dropLast().randomElement(using: &builder.random) {
      builder.output("middle", tensor)
    }
    if chance(4) { builder.output("map", maps[maps.count - 1]) }
  }

  private mutating func chance(_ oneIn: Int) -> Bool { Int.random(in: 0..<oneIn, using: &builder.random) == 0 }

  /// Mostly the newest, so that chains form; sometimes any, so that tensors have several readers.
  private mutating func pick(_ tensors: [Int]) -> Int {
    chance(3) ? tensors[Int.random(in: tensors.indices, using: &builder.random)] : tensors[tensors.count - 1]
  }

  private mutating func addMap() {
    let x = pick(maps)
    switch Int.random(in: 0..<16, using: &builder.random) {
    case 0...2: maps.append(convolution(x))
    case 3: maps.append(builder.batchNorm(convolution(x)))
    case 4: maps.append(builder.relu(builder.batchNorm(convolution(x))))
    case 5: maps.append(builder.batchNorm(x))
    case 6: maps.append(builder.relu(x))
    case 7: addSum(of: x)
    case 8:
      maps.append(
        builder.residualBlock(x, outputs: builder.shape(of: x)[1], stride: 1, bottleneck: chance(2), named: fresh()))
    case 9:
      let (a, b) = (builder.relu(x), builder.relu(x))
      maps += [a, builder.convolution(b, outputs: 4, kernel: 1), builder.add([a, b])]
    case 10:
      let branches = (0..<3).map { _ in builder.convolution(x, outputs: 16, kernel: 1) }
      maps += branches.map { builder.relu($0) }
    case 11: addConcat(of: x)
    case 12: maps.append(activation(builder.batchNorm(builder.batchNorm(x))))
    case 13: maps.append(activation(chance(2) ? convolution(x) : x))
    case 14: addSlices(of: x)
    default:
      if builder.shape(of: x)[2] > 2 { maps.append(builder.maxPool(x)) }
    }
  }

  private mutating func activation(_ x: Int) -> Int {
    let activations: [Activation] = [
      .clip(low: 0, high: 1.5), .clip(low: -0.5, high: 1), .tanh, .hardSigmoid(alpha: 0.25, beta: 0.5), .hardSwish,
      .leakyRelu(alpha: 0.125), .leakyRelu(alpha: 0), .relu(high: 2), .elu(),
    ]
    return builder.activation(activations[Int.random(in: activations.indices, using: &builder.random)], x)
  }

  /// Joins what has the same height and width, often something that is joined already.
  private mutating func addConcat(of x: Int) {
    let shape = builder.shape(of: x)
    let others = maps.filter { builder.shape(of: $0)[2...] == shape[2...] }
    let joined = builder.concat([x, others[Int.random(in: others.indices, using: &builder.random)]])
    guard builder.shape(of: joined)[1] <= 64 else { return }
    maps.append(chance(2) ? joined : builder.concat([joined, builder.relu(x)]))
  }

  /// Cuts a map in two, and joins the halves again or a third.
  private mutating func addSlices(of x: Int) {
    let channels = builder.shape(of: x)[1]
    let first = builder.slice(x, from: 0, count: channels / 2)
    let second = builder.slice(x, from: channels / 2, count: channels - channels / 2)
    maps.append(builder.concat(chance(2) ? [first, second] : [first, second, x]))
  }

  private mutating func fresh() -> String { "block.\(builder.graph.nodes.count)" }

  private mutating func convolution(_ x: Int) -> Int {
    let channels = builder.shape(of: x)[1]
    let kernel = chance(2) || builder.shape(of: x)[2] < 3 ? 1 : 3
    let groups = chance(4) ? 2 : 1
    return builder.convolution(
      x, outputs: chance(3) ? 8 : channels, kernel: kernel, stride: chance(5) ? 2 : 1,
      padding: kernel == 3 && chance(3) ? 0 : kernel / 2, groups: groups, bias: chance(2))
  }

  private mutating func addSum(of x: Int) {
    let shape = builder.shape(of: x)
    let others = maps.filter { builder.shape(of: $0) == shape }
    guard let other = others.randomElement(using: &builder.random) else { return }
    maps.append(builder.add([x, other]))
  }

  private mutating func addVectorFromMap() {
    var x = pick(maps)
    if chance(2) { x = builder.relu(builder.convolution(x, outputs: 12)) }
    x = builder.flatten(builder.globalAveragePool(x))
    vectors.append(builder.linear(chance(2) ? builder.batchNorm(x) : x, outputs: 6))
  }

  private mutating func addVector() {
    let x = pick(vectors)
    switch Int.random(in: 0..<14, using: &builder.random) {
    case 0: vectors.append(builder.linear(x, outputs: 6, bias: chance(2)))
    case 1: vectors.append(builder.elu(builder.linear(x, outputs: 6)))
    case 2: vectors.append(builder.linear(builder.batchNorm(x), outputs: 6))
    case 3: vectors.append(builder.batchNorm(builder.linear(x, outputs: 6)))
    case 4: vectors.append(builder.relu(x))
    case 5: vectors.append(builder.add([builder.linear(x, outputs: 6), pick(vectors)]))
    case 6: vectors.append(builder.add([pick(vectors), pick(vectors), pick(vectors)]))
    case 7:
      let (a, b, c) = (pick(vectors), pick(vectors), builder.linear(x, outputs: 6))
      vectors += [builder.add([a, b]), builder.add([c, b, a])]
    case 8:
      let name = "constant.\(builder.graph.nodes.count)"
      let constant = builder.constant(name, shape: [1, 6], builder.random.floats(6))
      vectors.append(builder.add([x, builder.relu(constant)]))
    case 9: vectors.append(builder.linear(builder.concat([pick(vectors), pick(vectors), x]), outputs: 6))
    case 10:
      let both = builder.concat([x, pick(vectors)])
      vectors += [builder.slice(both, from: 1, count: 5), builder.slice(both, from: 6, count: 6)].map {
        builder.linear($0, outputs: 6, bias: chance(2))
      }
    case 11: vectors.append(activation(builder.linear(x, outputs: 6)))
    case 12:
      let parents: [Int?] = [nil, 0, 0, nil, 3, 4]
      let kind: ConstraintKind = chance(2) ? .max : .min
      vectors.append(builder.node(.treeConstraint(TreeConstraint(kind, parents: parents)), [x]))
    default: vectors.append(builder.slice(builder.linear(x, outputs: 9), from: 2, count: 6))
    }
  }

  private mutating func addHeads() {
    let x = pick(vectors)
    let scores = builder.sigmoid(builder.linear(x, outputs: 5))
    builder.output("sigmoid", scores, .sigmoid)
    if chance(2) { builder.output("softmax", builder.softmax(builder.linear(x, outputs: 7)), .softmax) }
  }
}
