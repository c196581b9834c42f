import HRNFormat
import HRNGraph
import HRNTestSupport
import Testing

@testable import HRNCompiler

@Suite struct PlanLoweringTests {
  @Test func everyActivationHasAPlaceAndEveryConstantItsBytes() throws {
    let model = try Lowering.lower(twoBranches(isInt8: false)).graph
    for tensor in model.tensors {
      #expect((tensor.weights == nil) != (tensor.arena == nil), "\(tensor.name)")
      if let region = tensor.arena { #expect(region.end <= model.plan!.arenaBytes, "\(tensor.name)") }
    }
    #expect(model.stage == .compiled)
    #expect(model.plan?.target == "portable")
  }

  @Test(arguments: [false, true])
  func regionsCoverThePayloadInExecutionOrder(isInt8: Bool) throws {
    let lowered = try Lowering.lower(twoBranches(isInt8: isInt8))
    var end = 0
    for node in lowered.graph.nodes {
      for parameter in node.parameters {
        let region = lowered.graph.tensors[parameter].weights!
        #expect(region.offset == end.roundedUp(to: 64), "\(node.name)")
        end = region.end
      }
    }
    #expect(end == lowered.weights.count)
  }

  @Test func packedWeightsAreTheSourcesWeights() throws {
    let graph = twoBranches(isInt8: false)
    let lowered = try Lowering.lower(graph)
    var compared = 0
    for (source, node) in zip(graph.nodes, lowered.graph.nodes) where !node.parameters.isEmpty {
      let stored = lowered.graph.tensors[node.parameters[0]]
      let packing = packing(of: node, in: lowered.graph)
      let bytes = Array(lowered.weights[stored.weights!.offset..<stored.weights!.end])
      #expect(packing.unpack(bytes.asFloats) == graph.constants[source.parameters[0]]?.floats, "\(node.name)")
      compared += 1
    }
    #expect(compared == 5)
  }

  private func packing(of node: Node, in graph: ModelGraph) -> WeightPacking {
    let weights = graph.tensors[node.parameters[0]]
    guard case .convolution(let convolution) = node.operation else {
      return .linear(weights.shape, weights.elementType)
    }
    if case .blocked(let block) = graph.tensors[node.inputs[0]].layout {
      return .convolution(weights.shape, convolution, channelBlock: block, weights.elementType)
    }
    return .stem(weights.shape, convolution, weights.elementType)
  }

  @Test func weightedNodesGetABias() throws {
    let lowered = try Lowering.lower(twoBranches(isInt8: false))
    for node in lowered.graph.nodes where !node.parameters.isEmpty {
      try #require(node.parameters.count == 2)
      let bias = lowered.graph.tensors[node.parameters[1]]
      #expect(bias.layout == .packed(.portable, inputBlock: 1))
      #expect(bias.weights?.length == bias.shape[0].roundedUp(to: 16) * 4)
    }
  }

  @Test func viewsLieInsideWhatTheyView() throws {
    let model = try Lowering.lower(twoBranches(isInt8: true)).graph
    var views = 0
    for node in model.nodes where node.plan?.algorithm == .view {
      let (input, output) = (model.tensors[node.inputs[0]].arena!, model.tensors[node.outputs[0]].arena!)
      #expect(input.offset <= output.offset && output.end <= input.end, "\(node.name)")
      views += 1
    }
    #expect(views == 4)
  }

  @Test func nodesNeverOverwriteWhatIsStillRead() throws {
    let model = try Lowering.lower(twoBranches(isInt8: false)).graph
    var written: [Int: Region] = [:]
    for input in model.inputs { written[input] = model.tensors[input].arena! }
    for (step, node) in model.nodes.enumerated() where node.plan?.algorithm != .view {
      let later = Set(model.nodes[step...].flatMap(\.inputs) + model.outputs.map(\.tensor))
      let targets = node.outputs.map { model.tensors[$0].arena! } + (node.plan?.scratch.map { [$0] } ?? [])
      for (tensor, region) in written where later.contains(tensor) {
        for target in targets {
          #expect(target.end <= region.offset || region.end <= target.offset, "\(node.name)")
        }
      }
      for output in node.outputs { written[output] = model.tensors[output].arena! }
    }
  }

  @Test func loweringTwiceGivesEqualModels() throws {
    let (one, other) = (try Lowering.lower(twoBranches(isInt8: true)), try Lowering.lower(twoBranches(isInt8: true)))
    #expect(one.graph == other.graph)
    #expect(one.weights == other.weights)
  }

  @Test func constantReadInTwoLayoutsIsStoredTwice() throws {
    var small = SmallGraph(image: [16, 4, 4], isInt8: true)
    let stem = small.convolution(small.image, outputs: 32, kernel: 1)
    let narrow = small.slice(stem, 16, 16)
    let wide = small.convolution(stem, outputs: 32, kernel: 1)
    var graph = small.finish(pooling: [narrow, wide])
    let again = graph.nodes.firstIndex { $0.outputs == [wide] }!
    graph.nodes[again].inputs = [narrow]
    graph.nodes[again].parameters = graph.nodes[0].parameters
    let model = try Lowering.lower(graph).graph
    let names = model.tensors.filter { $0.elementType == .int8 }.map(\.name)
    #expect(names.count == 2)
    #expect(Set(names).count == 2)
  }

  @Test func goldensFollowTheConstants() throws {
    var lowered = try Lowering.lower(twoBranches(isInt8: false))
    let constants = lowered.weights
    let answer = GoldenPicture.Answer(output: 0, expected: [1, 2, 3, 4, 5], reference: [1, 2, 3, 4, 6])
    lowered.append([GoldenPicture(name: "one", jpeg: [255, 216, 255], answers: [answer])])
    let golden = try #require(lowered.graph.goldens.first)
    #expect(golden.jpeg == Region(offset: constants.count.roundedUp(to: 64), length: 3))
    #expect(Array(lowered.weights.prefix(constants.count)) == constants)
    let expected = golden.answers[0].expected
    #expect(Array(lowered.weights[expected.offset..<expected.end]).asFloats == [1, 2, 3, 4, 5])
    #expect(golden.answers[0].reference?.end == lowered.weights.count)
  }

  /// A stem, a slice and a residual branch, two heads.
  private func twoBranches(isInt8: Bool) -> Graph {
    var graph = SmallGraph(image: [3, 12, 12], isInt8: isInt8)
    let stem = graph.convolution(graph.image, outputs: 64, kernel: 3, stride: 2, padding: 1)
    let half = graph.slice(stem, 32, 32)
    let first = graph.slice(stem, 0, 32)
    let branch = graph.convolution(half, outputs: 32, kernel: 3, padding: 1)
    let sum = graph.convolution(branch, outputs: 32, kernel: 1, residual: first)
    return graph.finish(pooling: [stem, sum])
  }
}

extension [UInt8] {
  /// Four bytes each, least significant first.
  var asFloats: [Float] {
    stride(from: 0, to: count, by: 4).map { at in
      Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(self[at + $1]) << (8 * $1) })
    }
  }
}
