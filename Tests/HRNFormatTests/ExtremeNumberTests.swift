import HRNFormat
import HRNTestSupport
import Testing

/// A valid graph with numbers replaced, anywhere, by those at which arithmetic breaks: the validator answers, always.
struct ExtremeNumberTests {
  private static let integers = [
    Int.min, -65, -1, 0, 1, 2, 3, 15, 16, 17, 63, 64, 65, 127, 128, 255, 256, 65535, 1 << 24, 1 << 31 - 1, 1 << 31,
    1 << 32, Int.max / 4096, Int.max / 2, Int.max - 63, Int.max,
  ]
  private static let floats: [Float] = [
    -.infinity, -.greatestFiniteMagnitude, -1, -0.0, 0, .leastNonzeroMagnitude, 1e-38, 0.5, 1, 255, 65536, 1e30,
    .greatestFiniteMagnitude, .infinity, .nan,
  ]

  @Test(arguments: Sample.allCases, 0..<6 as Range<UInt64>)
  func validatesOrRefuses(_ sample: Sample, seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let model = try sample.model()
    var accepted = 0
    let rounds = rounds(1500)
    for round in 0..<rounds {
      var graph = model.graph
      for _ in 0..<Int.random(in: 1...3, using: &random) { change(&graph, using: &random) }
      do throws(FormatError) {
        try graph.validate(payloadByteCount: model.weights.count)
      } catch {
        #expect(!error.message.isEmpty)
        continue
      }
      accepted += 1
      guard let bytes = try? ModelWriter.encode(graph, weights: model.weights) else {
        Issue.record("seed \(seed), round \(round): valid, but not written")
        return
      }
      #expect(try ModelFile(bytes: bytes).graph == graph, "seed \(seed), round \(round)")
    }
    #expect(accepted < rounds)
  }

  private func change(_ graph: inout ModelGraph, using random: inout SeededGenerator) {
    let integer = Self.integers.randomElement(using: &random)!
    let float = Self.floats.randomElement(using: &random)!
    let tensor = Int.random(in: 0..<graph.tensors.count, using: &random)
    let node = Int.random(in: 0..<graph.nodes.count, using: &random)
    switch Int.random(in: 0..<13, using: &random) {
    case 0: replace(in: &graph.tensors[tensor].shape, with: integer, using: &random)
    case 1: change(&graph.tensors[tensor].layout, integer, using: &random)
    case 2: change(&graph.tensors[tensor].weights, integer, using: &random)
    case 3: change(&graph.tensors[tensor].arena, integer, using: &random)
    case 4: change(&graph.tensors[tensor].quantization, integer, float, using: &random)
    case 5: replace(in: &graph.nodes[node].inputs, with: integer, using: &random)
    case 6: replace(in: &graph.nodes[node].parameters, with: integer, using: &random)
    case 7: replace(in: &graph.nodes[node].outputs, with: integer, using: &random)
    case 8: change(&graph.nodes[node].operation, integer, float, using: &random)
    case 9: change(&graph.nodes[node], integer, float, using: &random)
    case 10: graph.tensors[tensor].range = ValueRange(low: -float, high: float)
    case 11: changeRecipe(&graph, integer, float, using: &random)
    default: changeLabels(&graph, integer, float, using: &random)
    }
  }

  private func replace(in values: inout [Int], with value: Int, using random: inout SeededGenerator) {
    guard let index = values.indices.randomElement(using: &random) else { return values.append(value) }
    values[index] = value
  }

  private func change(_ region: inout Region?, _ value: Int, using random: inout SeededGenerator) {
    if Bool.random(using: &random) { region?.offset = value } else { region?.length = value }
  }

  private func change(_ layout: inout Layout, _ value: Int, using random: inout SeededGenerator) {
    switch Int.random(in: 0..<5, using: &random) {
    case 0: layout = .plain
    case 1: layout = .blocked(channelBlock: value)
    case 2: layout = .pixels(border: value, rowPitch: 64)
    case 3: layout = .pixels(border: 1, rowPitch: value)
    default: layout = .packed(.portable, inputBlock: value)
    }
  }

  private func change(
    _ quantization: inout Quantization?, _ integer: Int, _ float: Float, using random: inout SeededGenerator
  ) {
    switch Int.random(in: 0..<4, using: &random) {
    case 0: quantization = Quantization(scale: [float], zeroPoint: [0])
    case 1: quantization?.scale[0] = float
    case 2: quantization?.zeroPoint[0] = float
    default: quantization?.axis = integer
    }
  }

  private func change(
    _ operation: inout HRNFormat.Operation, _ integer: Int, _ float: Float, using random: inout SeededGenerator
  ) {
    let extent = Bool.random(using: &random) ? Extent2D(y: integer, x: 1) : Extent2D(y: 1, x: integer)
    let padding = Padding(top: integer, left: 1, bottom: 0, right: integer)
    switch Int.random(in: 0..<14, using: &random) {
    case 0: operation = .slice(Slice(begin: integer, count: 2))
    case 1: operation = .slice(Slice(begin: 1, count: integer))
    case 2: operation = .pool(.window(.max, kernel: extent, stride: extent, padding: padding))
    case 3: operation = .activation(.relu(high: float))
    case 4: operation = .batchNorm(BatchNorm(epsilon: float))
    case 5: operation = .linear(Linear(activation: .elu(alpha: float)))
    case 6: operation = .activation(.clip(low: float, high: -float))
    case 7: operation = .add(Add(activation: .hardSigmoid(alpha: float, beta: 1)))
    case 8: operation = .concat(Concat())
    case 9: operation = .treeConstraint(TreeConstraint(.max, parents: [nil, integer, 0]))
    case 10: operation = .localResponseNorm(LocalResponseNorm(size: integer, alpha: 1, beta: 1, bias: float))
    case 11: operation = .batchNorm(BatchNorm(epsilon: 0, activation: .leakyRelu(alpha: float)))
    default:
      guard case .convolution(var convolution) = operation else { return }
      switch Int.random(in: 0..<4, using: &random) {
      case 0: convolution.stride = extent
      case 1: convolution.dilation = extent
      case 2: convolution.padding = padding
      default: convolution.groups = integer
      }
      operation = .convolution(convolution)
    }
  }

  private func change(_ node: inout Node, _ integer: Int, _ float: Float, using random: inout SeededGenerator) {
    switch Int.random(in: 0..<7, using: &random) {
    case 0: node.plan?.band = integer
    case 1: node.plan?.chunk = integer
    case 2:
      if node.plan != nil { change(&node.plan!.scratch, integer, using: &random) }
    case 3: node.requantization?.residualMultiplier = float
    case 4: node.requantization?.poolHigh = float
    case 5: node.requantization?.poolMultiplier = float
    default: node.requantization = Requantization(outputMultiplier: float)
    }
  }

  private func changeRecipe(
    _ graph: inout ModelGraph, _ integer: Int, _ float: Float, using random: inout SeededGenerator
  ) {
    switch Int.random(in: 0..<9, using: &random) {
    case 0: graph.recipe?.channels = integer
    case 1: graph.recipe?.resize?.width = integer
    case 2: graph.recipe?.crop?.height = integer
    case 3: graph.recipe?.pad?.left = integer
    case 4: graph.recipe?.pad?.value = [integer, 0, 0]
    case 5: graph.recipe?.scale = float
    case 6: graph.recipe?.mean[0] = float
    case 7: graph.recipe?.std[2] = float
    default: graph.plan?.arenaBytes = integer
    }
  }

  private func changeLabels(
    _ graph: inout ModelGraph, _ integer: Int, _ float: Float, using random: inout SeededGenerator
  ) {
    switch Int.random(in: 0..<8, using: &random) {
    case 0: graph.outputs[0].tensor = integer
    case 1: graph.outputs[0].level = integer
    case 2: graph.tree?.levels[1].parents[0] = integer
    case 3: graph.goldens[0].answers[0].output = integer
    case 4: graph.goldens[0].answers[0].tolerance = float
    case 5: graph.goldens[0].jpeg.offset = integer
    case 6: graph.goldens[0].answers[1].expected.length = integer
    default: graph.inputs[0] = integer
    }
  }
}
