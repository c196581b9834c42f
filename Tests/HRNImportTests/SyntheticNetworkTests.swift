import HRNFormat
import HRNGraph
import Testing

@testable import HRNImport

/// Networks that are made up, to be measured: they must have the real ones' shapes and compute ordinary numbers.
@Suite struct SyntheticNetworkTests {
  @Test func networkIsAFunctionOfItsSeed() throws {
    let (one, same, other) = (
      try SyntheticNetwork.efficientNetLite0.model(size: 32, seed: 3),
      try SyntheticNetwork.efficientNetLite0.model(size: 32, seed: 3),
      try SyntheticNetwork.efficientNetLite0.model(size: 32, seed: 4)
    )
    #expect(one.graph == same.graph)
    #expect(one.graph.nodes == other.graph.nodes)
    #expect(one.graph.constants != other.graph.constants)
  }

  @Test func weightsDoNotDependOnTheSizeOfTheImages() throws {
    let (small, large) = (
      try SyntheticNetwork.efficientNetLite0.model(size: 96), try SyntheticNetwork.efficientNetLite0.model(size: 224)
    )
    #expect(small.graph.constants == large.graph.constants)
    #expect(large.graph.shape(of: large.graph.inputs[0]) == [1, 3, 224, 224])
  }

  @Test(arguments: [SyntheticNetwork.resnet18HRN, .efficientNetLite0])
  func activationsStayInRangeAtOtherSizesToo(network: SyntheticNetwork) throws {
    let settled = try network.model(size: 64).graph
    var graph = try network.graph(size: 80)
    graph.constants = settled.constants
    let recipe = try #require(settled.recipe)
    let pixels = SyntheticPicture.pixels(size: 80, seed: 77)
    var worst: (name: String, deviation: Float) = ("", 1)
    let scores = Set(graph.outputs.map(\.tensor))
    _ = try ReferenceExecutor(graph).run([recipe.normalized(pixels)]) { tensor, value in
      guard !scores.contains(tensor) else {
        // A score that is 0 or 1 says nothing about what led to it.
        let saturated = value.elements.count(where: { $0 < 1e-6 || $0 > 1 - 1e-6 })
        #expect(saturated * 20 < value.elements.count, "\(graph.tensors[tensor].name): \(saturated)")
        return
      }
      let square = value.elements.reduce(0) { $0 + $1 * $1 } / Float(value.elements.count)
      let distance = { (deviation: Float) in abs(deviation.logarithm) }
      if distance(square.squareRoot()) > distance(worst.deviation) {
        worst = (graph.tensors[tensor].name, square.squareRoot())
      }
    }
    #expect((0.1...10).contains(worst.deviation), "\(worst.name): \(worst.deviation)")
  }

  @Test func publishedNetworkHasItsSize() throws {
    // 94,559,747 trained numbers, and mean and variance of 65 batch norms.
    let graph = try SyntheticNetwork.resnet50HRN.graph(size: 448)
    let parameters = Set(graph.nodes.flatMap(\.parameters)).reduce(0) { $0 + graph.shape(of: $1).reduce(1, *) }
    #expect(parameters == 94_649_731)
    #expect(graph.outputs.map { graph.shape(of: $0.tensor)[1] } == [13, 38, 200, 200])
    #expect(graph.tree?.levels.map(\.labels.count) == [13, 38, 200])
  }

  @Test(arguments: SyntheticNetwork.allCases) func everyNetworkIsAGraphInOrder(network: SyntheticNetwork) throws {
    let graph = try network.graph(size: 64)
    #expect(graph.nodes.allSatisfy { !$0.inputs.isEmpty })
    #expect(graph.outputs.contains { $0.decides })
  }

  @Test func picturesVaryAtEveryScale() {
    let pixels = SyntheticPicture.pixels(size: 64, seed: 1)
    let green = (0..<64 * 64).map { Float(pixels[$0 * 3 + 1]) }
    func deviation(_ values: [Float]) -> Float {
      let mean = values.reduce(0, +) / Float(values.count)
      return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(values.count)).squareRoot()
    }
    let steps = (0..<64 * 64 - 1).map { green[$0 + 1] - green[$0] }
    #expect(deviation(green) > 15)
    // Neighbours are alike, though not equal.
    #expect((1...deviation(green)).contains(deviation(steps)))
    // As in photographs, what is sixteen pixels apart differs more, but not out of proportion.
    var far: [Float] = []
    for start in stride(from: 0, to: green.count, by: 64) {
      for index in start..<start + 48 { far.append(green[index + 16] - green[index]) }
    }
    #expect((1...5).contains(deviation(far) / deviation(steps)))
    #expect(SyntheticPicture.pixels(size: 64, seed: 2) != pixels)
  }
}

extension Float {
  /// To the base of two, by whole steps.
  fileprivate var logarithm: Float { Float(exponent) + significand - 1 }
}
