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
    switch Int.random(in: 0..<12, using: &builder.random) {
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
    default:
      if builder.shape(of: x)[2] > 2 { maps.append(builder.maxPool(x)) }
    }
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
    switch Int.random(in: 0..<10, using: &builder.random) {
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
