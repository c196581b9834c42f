import HRNFormat
import HRNGraph
import HRNTestSupport
import Testing

@testable import HRNCompiler

@Suite struct PlanLayoutTests {
  @Test func imageGetsTheStemsPaddingAsBorderAndRoomForTheLastTap() throws {
    var graph = SmallGraph(image: [3, 20, 30])
    let stem = graph.convolution(graph.image, outputs: 40, kernel: 7, stride: 2, padding: 3)
    let layouts = try LayoutAssignment(graph.finish(pooling: [stem]))
    #expect(layouts.layouts[graph.image] == .pixels(border: 3, rowPitch: 112))
    #expect(layouts.layouts[stem] == .blocked(channelBlock: 16))
  }

  @Test(arguments: [(128, 64), (64, 64), (96, 32), (48, 16), (32, 32), (16, 16), (40, 16), (1, 16)])
  func int8MapsTakeTheLargestBlockThatDivides(channels: Int, block: Int) throws {
    var graph = SmallGraph(image: [3, 8, 8], isInt8: true)
    let stem = graph.convolution(graph.image, outputs: channels, kernel: 3, padding: 1)
    let layouts = try LayoutAssignment(graph.finish(pooling: [stem]))
    #expect(layouts.layouts[stem] == .blocked(channelBlock: block))
  }

  @Test func sliceBoundariesLimitTheBlock() throws {
    var graph = SmallGraph(image: [3, 8, 8], isInt8: true)
    let stem = graph.convolution(graph.image, outputs: 192, kernel: 1)
    let (head, tail) = (graph.slice(stem, 0, 96), graph.slice(stem, 96, 96))
    let layouts = try LayoutAssignment(graph.finish(pooling: [head, tail]))
    #expect(layouts.layouts[stem] == .blocked(channelBlock: 32))
    #expect(layouts.layouts[tail] == .blocked(channelBlock: 32))
    #expect(layouts.views[head] == LayoutAssignment.View(root: stem, byteOffset: 0))
    #expect(layouts.views[tail] == LayoutAssignment.View(root: stem, byteOffset: 96 * 64))
  }

  @Test func residualAndSumShareABlock() throws {
    var graph = SmallGraph(image: [3, 8, 8], isInt8: true)
    let stem = graph.convolution(graph.image, outputs: 64, kernel: 1)
    let head = graph.slice(stem, 0, 32)
    let sum = graph.convolution(head, outputs: 64, kernel: 1, residual: stem)
    let tail = graph.slice(stem, 32, 32)
    let layouts = try LayoutAssignment(graph.finish(pooling: [sum, tail]))
    #expect(layouts.layouts[stem] == .blocked(channelBlock: 32))
    #expect(layouts.layouts[sum] == .blocked(channelBlock: 32))
  }

  @Test func sliceThatBeginsInsideABlockIsCopied() throws {
    var graph = SmallGraph(image: [3, 8, 8])
    let stem = graph.convolution(graph.image, outputs: 64, kernel: 1)
    let tail = graph.slice(stem, 24, 40)
    #expect(try LayoutAssignment(graph.finish(pooling: [tail])).views[tail] == nil)
  }

  @Test func depthwiseConvolutionHasOneBlockOnBothSides() throws {
    var graph = SmallGraph(image: [3, 8, 8], isInt8: true)
    let stem = graph.convolution(graph.image, outputs: 96, kernel: 1)
    let depthwise = graph.convolution(stem, outputs: 96, kernel: 3, padding: 1, groups: 96)
    let narrow = graph.slice(depthwise, 16, 16)
    let layouts = try LayoutAssignment(graph.finish(pooling: [depthwise, narrow]))
    #expect(layouts.layouts[depthwise] == .blocked(channelBlock: 16))
    #expect(layouts.layouts[stem] == .blocked(channelBlock: 16))
  }

  @Test func flattenedMapIsCopied() throws {
    var graph = SmallGraph(image: [3, 8, 8])
    let stem = graph.convolution(graph.image, outputs: 64, kernel: 1)
    let vector = graph.flatten(stem)
    #expect(try LayoutAssignment(graph.finish([vector])).views[vector] == nil)
  }

  /// TensorFlow pads a picture of even size by nothing before and one pixel after.
  @Test func imageHasTheWidestPaddingAsItsBorder() throws {
    var graph = SmallGraph(image: [3, 8, 8])
    let narrow = graph.convolution(
      graph.image, outputs: 16, kernel: 3, stride: 2, paddings: Padding(top: 0, left: 0, bottom: 1, right: 1))
    let alone = try LayoutAssignment(graph.finish(pooling: [narrow]))
    #expect(alone.layouts[graph.image] == .pixels(border: 1, rowPitch: 48))
    let wide = graph.convolution(graph.image, outputs: 16, kernel: 5, padding: 2)
    let both = try LayoutAssignment(graph.finish(pooling: [narrow, wide]))
    #expect(both.layouts[graph.image] == .pixels(border: 2, rowPitch: 48))
  }

  @Test func imageThatNoConvolutionReadsIsRefused() {
    var graph = SmallGraph(image: [16, 1, 1])
    let vector = graph.flatten(graph.image)
    expectRefusal(graph.finish([vector]), "reads the image")
  }

  private func expectRefusal(_ graph: Graph, _ words: String, _ location: SourceLocation = #_sourceLocation) {
    do throws(LoweringError) {
      _ = try LayoutAssignment(graph)
      Issue.record("accepted; expected an error with '\(words)'", sourceLocation: location)
    } catch {
      #expect(error.description.contains(words), sourceLocation: location)
      #expect(error.description.contains("node '"), sourceLocation: location)
    }
  }
}

/// Builds small graphs of fused nodes, with weights of a seeded generator.
struct SmallGraph {
  private(set) var graph = Graph(name: "small")
  let image: Int
  let isInt8: Bool
  private var random = SeededGenerator(seed: 7)

  init(image: [Int], isInt8: Bool = false) {
    self.isInt8 = isInt8
    graph.precision = isInt8 ? .int8 : .float32
    self.image = graph.addTensor(
      Tensor(name: "image", elementType: isInt8 ? .uint8 : .float32, shape: [1] + image))
    graph.inputs = [self.image]
  }

  mutating func convolution(
    _ input: Int, outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, paddings: Padding? = nil,
    groups: Int = 1, residual: Int? = nil
  ) -> Int {
    let operation = Convolution(
      stride: Extent2D(y: stride, x: stride), padding: paddings ?? Padding(padding), groups: groups,
      activation: .relu())
    let shape = [outputs, graph.tensors[input].shape[1] / groups, kernel, kernel]
    return add(.convolution(operation), [input] + (residual.map { [$0] } ?? []), weights(shape), type: nil)
  }

  /// A global average pool, a view of it as a vector, and a float head.
  mutating func pooled(_ input: Int) -> Int {
    var vector = flatten(add(.pool(.global(.average)), [input], [], type: nil))
    if isInt8 { vector = add(.dequantize(Dequantize()), [vector], [], type: .float32) }
    let shape = [5, graph.tensors[vector].shape[1]]
    return add(.linear(Linear()), [vector], [constant(shape, .float32)], type: .float32)
  }

  mutating func flatten(_ input: Int) -> Int { add(.flatten(Flatten()), [input], [], type: nil) }

  mutating func slice(_ input: Int, _ begin: Int, _ count: Int) -> Int {
    add(.slice(Slice(begin: begin, count: count)), [input], [], type: nil)
  }

  /// The graph with a pooled head for each of these maps.
  mutating func finish(pooling maps: [Int]) -> Graph {
    let outputs = maps.map { pooled($0) }
    return finish(outputs)
  }

  /// The graph with these tensors as its outputs.
  func finish(_ outputs: [Int]) -> Graph {
    var finished = graph
    finished.outputs = outputs.enumerated().map { Output(name: "output \($0)", tensor: $1, kind: .feature) }
    return finished
  }

  private mutating func weights(_ shape: [Int]) -> [Int] {
    guard isInt8 else { return [constant(shape, .float32), constant([shape[0]], .float32)] }
    return [constant(shape, .int8), constant([shape[0]], .int32), constant([shape[0]], .float32)]
  }

  private mutating func constant(_ shape: [Int], _ type: ElementType) -> Int {
    let count = shape.reduce(1, *)
    let values: Constant =
      switch type {
      case .int8: .int8((0..<count).map { _ in Int8.random(in: -127...127, using: &random) })
      case .int32: .int32((0..<count).map { _ in Int32.random(in: -999...999, using: &random) })
      default: .float32(random.floats(count))
      }
    return graph.addConstant("constant \(graph.tensors.count)", shape: shape, values)
  }

  private mutating func add(_ operation: Operation, _ inputs: [Int], _ parameters: [Int], type: ElementType?) -> Int {
    let shape = try! operation.outputShape(
      inputs: inputs.map { graph.tensors[$0].shape }, parameters: parameters.map { graph.tensors[$0].shape })
    let output = graph.addTensor(
      Tensor(
        name: "value \(graph.tensors.count)", elementType: type ?? graph.tensors[inputs[0]].elementType, shape: shape))
    graph.nodes.append(
      Node(
        name: "node \(graph.nodes.count)", operation: operation, inputs: inputs, parameters: parameters,
        outputs: [output]))
    return output
  }
}
