import HRNFormat
import HRNTestSupport
import Testing

struct WeightVerificationTests {
  private func error(_ model: TinyModels.Model) throws -> FormatError? {
    let file = try ModelFile(graph: model.graph, weights: model.weights)
    do throws(FormatError) {
      try file.verifyWeights()
      return nil
    } catch {
      return error
    }
  }

  private func region(_ model: TinyModels.Model, _ name: String) throws -> Region {
    try #require(model.graph.tensors[model.tensor(name)].weights)
  }

  @Test(arguments: Sample.allCases) func acceptsSoundWeights(_ sample: Sample) throws {
    #expect(try error(sample.model()) == nil)
  }

  @Test(arguments: [Float.infinity, -.infinity, .nan]) func refusesNumbersThatAreNotFinite(value: Float) throws {
    var model = TinyModels.source()
    let offset = try region(model, "stem.weight").offset + 4 * 7
    withUnsafeBytes(of: value.bitPattern.littleEndian) { model.weights.replaceSubrange(offset..<offset + 4, with: $0) }
    let place = Place.tensor(model.tensor("stem.weight"), "stem.weight")
    #expect(try error(model) == .invalid(place, .weights(.notFinite(element: 7))))
  }

  @Test func refusesNegativeVariances() throws {
    var model = TinyModels.source()
    let offset = try region(model, "stem.bn.running_var").offset + 4 * 2
    model.weights[offset + 3] |= 0x80
    guard case .invalid(.node(_, "stem.bn"), .weights(.variance(element: 2, let value))) = try error(model) else {
      Issue.record("accepted")
      return
    }
    #expect(value < 0)
  }

  @Test func refusesBytesBetweenConstants() throws {
    var model = TinyModels.source()
    let offset = try region(model, "stem.weight").end
    model.weights[offset] = 1
    #expect(try error(model) == .invalid(.graph, .weights(.gap(offset: offset))))
  }

  /// The sum of the absolute weights of one lane is found in the packed order.
  @Test(arguments: [0, 1, 17, 31]) func refusesSumsBeyondThirtyTwoBits(output: Int) throws {
    var model = try TinyModels.compiled(.int8)
    let bias = try region(model, "block.bias").offset + 4 * output
    model.weights.replaceSubrange(bias..<bias + 4, with: [0xFF, 0xFF, 0xFF, 0x7F])
    let place = Place.node(model.node("block"), "block")
    guard case .invalid(let found, .weights(.accumulator(let lane, let bound))) = try error(model) else {
      Issue.record("accepted")
      return
    }
    #expect(found == place)
    #expect(lane == output)
    let weights = try region(model, "block.weight")
    var sum = 0
    for step in 0..<(9 * 32 / 4) {
      for k in 0..<4 {
        let byte = model.weights[weights.offset + (step * 32 + output) * 4 + k]
        sum += abs(Int(Int8(bitPattern: byte)))
      }
    }
    #expect(bound == Int(Int32.max) + 255 * sum)
  }

  /// Weights of 127, 0, 0, … for one output, where the plan says that any two steps fit 16 bits.
  @Test(arguments: [0, 31]) func refusesWeightsThatAreNotNarrow(output: Int) throws {
    var model = try TinyModels.compiled(.int8, target: .avx2)
    #expect(model.graph.nodes[model.node("features")].plan?.isNarrow == true)
    #expect(try error(model) == nil)
    let weights = try region(model, "features.weight").offset + 4 * output
    // Places 0, 1 and those of the step after share a lane.
    for (place, weight) in [(0, 127), (1, 1), (4 * 32, 0), (4 * 32 + 1, 0)] {
      model.weights[weights + place] = UInt8(weight)
    }
    #expect(try error(model) == nil)
    model.weights[weights + 4 * 32 + 1] = 1
    let place = Place.node(model.node("features"), "features")
    #expect(try error(model) == .invalid(place, .weights(.narrow(output: output))))
  }

  /// The sum of an exact Winograd is below 2²⁵; nine taps of 32 channels of the largest weights are not beyond it, so the
  /// channels are 1024 here.
  @Test func refusesSumsThatWinogradCannotRestore() throws {
    let bytes = [Int8](repeating: 127, count: 16 * 1040)
    bytes.withUnsafeBytes { bytes in
      let sums = PackedSums(of: bytes, lanes: 16, .packed(.portable, inputBlock: 16))
      #expect(sums.firstBeyondWinograd?.lane == 0)
      #expect(sums.firstBeyondWinograd?.bound == 255 * 127 * 1040)
    }
    let fits = [Int8](repeating: 127, count: 16 * 1024) + [Int8](repeating: -127, count: 16 * 1024)
    fits.withUnsafeBytes { bytes in
      let sums = PackedSums(of: bytes, lanes: 16, .packed(.portable, inputBlock: 16))
      #expect(sums.firstBeyondWinograd == nil)
      #expect(sums.magnitude(of: 3) == 2 * 127 * 1024)
    }
  }

  @Test func refusesGoldensThatAreNoPictures() throws {
    var model = TinyModels.source()
    model.weights[model.graph.goldens[0].jpeg.offset + 1] = 0
    #expect(try error(model) == .invalid(.golden(0, "picture"), .weights(.notAPicture)))
  }
}
