import CHRNBLAS
import CHRNKernels
import CHRNTestAllocations
import HRNCompiler
import HRNFormat
import HRNGraph
import HRNTestSupport
import Testing

@testable import HRNRuntime

/// A session as a whole: what it takes, what it refuses, what it costs.
struct SessionTests {
  // MARK: Allocations

  @Test func theCounterSeesAllocations() {
    hrn_test_start_counting()
    let array = [Int](repeating: 1, count: 1000)
    let count = hrn_test_stop_counting()
    #expect(count == -1 || count >= 1)
    #expect(array.count == 1000)
  }

  /// Whether the optimizer has had its say; without it, calls through the kernel table box their pointers.
  private static let isOptimized: Bool = {
    #if DEBUG
      false
    #else
      true
    #endif
  }()

  @Test(.enabled(if: isOptimized), arguments: [1, 2])
  func runningAllocatesNothing(threads: Int) throws {
    for graph in [everyInt8Node(seed: 1), everyFloatNode(seed: 1), RoundBFloat16.round(everyFloatNode(seed: 1))] {
      let session = try session(graph, SessionOptions(threads: threads))
      let pixels = noise(session.model, seed: 1)
      try session.run(pixels: pixels)
      hrn_test_start_counting()
      for _ in 0..<20 { try session.run(pixels: pixels) }
      let count = hrn_test_stop_counting()
      #expect(count <= 0, "\(graph.name)")
    }
  }

  // MARK: Input

  @Test func anImageOfAnotherSizeIsRefused() throws {
    let session = try session(everyInt8Node(seed: 1))
    let expected = session.model.image.count
    #expect(throws: InputError.count(found: 5, expected: expected)) { try session.run(pixels: [1, 2, 3, 4, 5]) }
    #expect(throws: InputError.count(found: 0, expected: expected)) { try session.run(pixels: []) }
    #expect(throws: InputError.count(found: 1, expected: expected)) {
      try [1].withUnsafeBufferPointer { _ = try session.run(values: $0) }
    }
  }

  @Test func aFloatModelWithoutARecipeTakesNumbersOnly() throws {
    for var graph in [everyFloatNode(seed: 1), RoundBFloat16.round(everyFloatNode(seed: 1))] {
      graph.recipe = nil
      let session = try session(graph)
      #expect(throws: InputError.noRecipe) { try session.run(pixels: noise(session.model, seed: 1)) }
      let values = [Float](repeating: 0.5, count: session.model.image.count)
      #expect(try values.withUnsafeBufferPointer { try session.run(values: $0) } == 0)
    }
  }

  /// All 256 pixels and the border, whose numbers are those that a float32 picture has but for a float's rounding.
  @Test func aBFloat16PictureHoldsPixelsExactly() throws {
    let graph = RoundBFloat16.round(everyFloatNode(seed: 2, size: 16))
    let session = try session(graph)
    let model = session.model.file.graph, image = model.inputs[0]
    try #require(model.tensors[image].elementType == .bfloat16)
    let pixels = (0..<session.model.image.count).map { UInt8(truncatingIfNeeded: $0 / 3) }
    try pixels.withUnsafeBufferPointer { try session.input.set(pixels: $0) }
    for (found, expected) in zip(session.values(of: image), values(pixels, session.model)) {
      #expect(abs(found - expected) <= 1e-6)
    }
    let recipe = try #require(model.recipe)
    #expect(model.tensors[image].quantization == .centredPixels(recipe))
  }

  /// The normalised values of pixels, `[C, H, W]`.
  private func values(_ pixels: [UInt8], _ model: Model) -> [Float] {
    let recipe = model.file.graph.recipe!
    return (0..<model.imageChannels).flatMap { channel in
      (0..<model.imageHeight * model.imageWidth).map { position in
        let pixel = Float(pixels[position * model.imageChannels + channel])
        return (pixel * recipe.scale - recipe.mean[channel]) / recipe.std[channel]
      }
    }
  }

  @Test func numbersOfPixelsGiveTheBitsOfThePixels() throws {
    for graph in [everyInt8Node(seed: 2), everyFloatNode(seed: 2), RoundBFloat16.round(everyFloatNode(seed: 2))] {
      let session = try session(graph)
      let pixels = noise(session.model, seed: 3)
      let expected = try bits(session, pixels)
      let changed = try values(pixels, session.model).withUnsafeBufferPointer { try session.run(values: $0) }
      #expect(changed == 0)
      #expect(session.model.outputs.indices.map { session.output($0).map(\.bitPattern) } == expected, "\(graph.name)")
    }
  }

  @Test func numbersThatAreNoPixelsAreCountedAndReadAsTheNearest() throws {
    let session = try session(everyInt8Node(seed: 2))
    var pixels = [UInt8](repeating: 128, count: session.model.image.count)
    var numbers = values(pixels, session.model)
    numbers[0] = 7  // brighter than white
    numbers[1] = -7
    numbers[2] = .nan
    numbers[3] += 0.4 / 127.5
    let changed = try numbers.withUnsafeBufferPointer { try session.run(values: $0) }
    #expect(changed == 4)
    let found = session.model.outputs.indices.map { session.output($0).map(\.bitPattern) }
    let channels = session.model.imageChannels
    (pixels[0], pixels[channels], pixels[2 * channels]) = (255, 0, 0)
    #expect(try bits(session, pixels) == found)
  }

  // MARK: Models

  @Test func aGraphAsTrainedIsRefusedWithTheCommandThatCompilesIt() throws {
    let model = TinyModels.source()
    let file = try ModelFile(graph: model.graph, weights: model.weights)
    let error = #expect(throws: ModelError.self) { try Model(file: file, name: "birds.hrn") }
    #expect(error?.message.contains("hrn-compile birds.hrn --calibrate PICTURES to int8") == true)
  }

  @Test func aModelSaysWhatItReadsAndGives() throws {
    let lowered = try Lowering.lower(everyInt8Node(seed: 1))
    let model = try Model(file: ModelFile(graph: lowered.graph, weights: lowered.weights))
    #expect((model.imageChannels, model.imageHeight, model.imageWidth) == (3, 15, 15))
    #expect(model.outputs == lowered.graph.outputs.map(\.name))
    #expect(model.levels.isEmpty)
  }

  @Test func aNodeThatNoKernelComputesIsRefusedByName() throws {
    let lowered = try Lowering.lower(everyFloatNode(seed: 1))
    let arena = try Arena(bytes: lowered.graph.plan!.arenaBytes)
    let binder = Binder(
      graph: lowered.graph, file: try ModelFile(graph: lowered.graph, weights: lowered.weights), arena: arena.base,
      arenaBytes: lowered.graph.plan!.arenaBytes, kernels: hrn_kernels_at(HRN_TIER_SCALAR), working: WorkingMemory(),
      blas: nil)
    for var node in lowered.graph.nodes {
      if case .convolution(var convolution) = node.operation {
        convolution.activation = .sigmoid
        node.operation = .convolution(convolution)
        let error = #expect(throws: SessionError.self) { try binder.steps(for: node) }
        #expect(error?.message.hasPrefix("node '\(node.name)': this build has no kernel for this activation") == true)
      }
      // A float pool sums in its output.
      if node.plan?.scratch != nil, !node.operation.isPool {
        node.plan?.scratch?.length = 1
        let error = #expect(throws: SessionError.self) { try binder.steps(for: node) }
        #expect(error?.message.contains("'\(node.name)'") == true)
      }
      node.plan = nil
      #expect(throws: SessionError.self) { try binder.steps(for: node) }
    }
  }

  /// No file has one either, but for its picture; where integers are summed nothing is taken for granted.
  @Test(arguments: [0.5, -1, 256, 1e30, .infinity, .nan, 7] as [Float])
  func sumsAroundAZeroPointThatIsNoByteAreRefused(zero: Float) throws {
    let tiny = try TinyModels.compiled(.int8, target: .avx2, approximates: true)
    let file = try ModelFile(graph: tiny.graph, weights: tiny.weights)
    let arena = try Arena(bytes: tiny.graph.plan!.arenaBytes)
    for name in ["features", "average"] {
      let node = try #require(tiny.graph.nodes.first { $0.name == name })
      var graph = tiny.graph
      graph.tensors[node.inputs[0]].quantization?.zeroPoint = [zero]
      let binder = Binder(
        graph: graph, file: file, arena: arena.base, arenaBytes: tiny.graph.plan!.arenaBytes,
        kernels: hrn_kernels_at(HRN_TIER_SCALAR), working: WorkingMemory(), blas: nil)
      if zero == 7 {
        #expect(throws: Never.self) { try binder.steps(for: node) }
        continue
      }
      let error = #expect(throws: SessionError.self) { try binder.steps(for: node) }
      let input = graph.tensors[node.inputs[0]].name
      #expect(error?.message.contains("node '\(name)': the zero point of '\(input)' is not a byte") == true)
      #expect(throws: FormatError.self) { try ModelFile(graph: graph, weights: tiny.weights) }
    }
  }

  @Test(arguments: [1, 2] as [UInt64])
  func aDamagedModelEndsInAnErrorOrInARun(seed: UInt64) throws {
    let lowered = try Lowering.lower(everyInt8Node(seed: seed, size: 9, width: 16))
    let bytes = try ModelWriter.encode(lowered.graph, weights: lowered.weights)
    let head = bytes.count - lowered.weights.count
    var random = SeededGenerator(seed: seed)
    var (refused, ran) = (0, 0)
    for _ in 0..<600 {
      var damaged = bytes
      damaged[Int.random(in: 10..<head, using: &random)] ^= 1 << UInt8.random(in: 0...7, using: &random)
      do {
        let session = try Session(Model(bytes: damaged), options: SessionOptions(threads: 1))
        try session.run(pixels: noise(session.model, seed: 1))
        ran += 1
      } catch {
        refused += 1
      }
    }
    #expect(refused > 0 && ran > 0, "seed \(seed): refused \(refused), ran \(ran)")
  }

  @Test func moreMemoryThanThereIsIsAnError() {
    #expect(throws: SessionError.self) { _ = try Arena(bytes: 1 << 60) }
    #expect(throws: SessionError.self) { _ = try Arena(bytes: .max) }
  }

  // MARK: BLAS

  @Test(.enabled(if: hrn_blas_available() != 0))
  func theBLASBackendIsCloseToTheDirectOne() throws {
    for seed in [1, 2] as [UInt64] {
      let graph = everyFloatNode(seed: seed, size: 40, width: 40)
      let (direct, blas) = (try session(graph), try session(graph, SessionOptions(threads: 2, backend: .blas)))
      let pixels = noise(direct.model, seed: seed)
      try direct.run(pixels: pixels)
      try blas.run(pixels: pixels)
      for index in direct.model.outputs.indices {
        for (a, b) in zip(direct.output(index), blas.output(index)) { #expect(abs(a - b) < 1e-5, "seed \(seed)") }
      }
    }
  }

  @Test func theBLASBackendIsForFloatModelsAndBuildsThatHaveIt() throws {
    let error = #expect(throws: SessionError.self) {
      try session(everyInt8Node(seed: 1), SessionOptions(threads: 1, backend: .blas))
    }
    #expect(error?.message.contains(hrn_blas_available() == 0 ? "no BLAS backend" : "computes in float32") == true)
  }

  @Test func blasRefusesWindowsThatTakeMoreThanItMayHold() throws {
    let memory = BLASMemory(threads: 1)
    try memory.reserve(positions: 4, depth: 8, lanes: 16)
    for (positions, depth) in [(1 << 20, 1 << 20), (Int.max, 2), (1, BLASMemory.byteLimit)] {
      #expect(throws: SessionError.self) { try memory.reserve(positions: positions, depth: depth, lanes: 16) }
    }
  }
}

extension Operation {
  fileprivate var isPool: Bool { if case .pool = self { true } else { false } }
}
