import HRNFormat
import HRNGraph
import HRNTestSupport
import Testing

@testable import HRNCompiler

/// What the compiler computes by the runtime's kernels is what the formulas say.
@Suite struct KernelConvolutionTests {
  /// Convolutions with channels that fill no lanes, borders, strides, gaps and residuals, pooled and not.
  private func network() throws -> Graph {
    var g = FusedGraph(shape: [1, 3, 15, 13], mean: [0.48, 0.45, 0.4], std: [0.23, 0.22, 0.25])
    let stem = try g.convolution("stem", [g.image], outputs: 20, kernel: 3, stride: 2, activation: .relu(high: 6))
    let signed = try g.convolution("signed", [stem], outputs: 20, activation: nil)
    let residual = try g.convolution("residual", [signed, stem], outputs: 20, kernel: 3)
    let strided = try g.convolution("strided", [residual], outputs: 70, kernel: 5, stride: 2)
    let shape = [18, 20, 3, 3]
    let dilated = try g.node(
      "dilated",
      .convolution(Convolution(padding: Padding(2), dilation: Extent2D(y: 2, x: 2), activation: .relu())), [signed],
      weights: g.random.floats(shape.reduce(1, *), in: -0.1...0.1), bias: g.random.floats(18), weightShape: shape)
    let wide = try g.convolution("wide", [dilated], outputs: 40, activation: nil)
    let ends = [
      try g.convolution("block", [wide], outputs: 33, kernel: 3, globalPool: .average),
      try g.convolution("points", [residual], outputs: 24, globalPool: .average),
      try g.node("pooled", .pool(.global(.average)), [strided]),
    ]
    for (index, end) in ends.enumerated() {
      g.output("end\(index)", try g.node("flat\(index)", .flatten(Flatten()), [end]))
    }
    try g.graph.verify()
    return g.graph
  }

  @Test(arguments: [nil, PlanOptions.Approximation.unlimited])
  func kernelsGiveTheBytesOfTheFormulas(_ approximation: PlanOptions.Approximation?) throws {
    let graph = try network(), pictures = randomPictures(3, shape: [3, 15, 13])
    let int8 = try QuantizeInt8.quantize(
      graph, calibration: try calibrated(graph, on: pictures),
      options: QuantizeInt8.Options(plan: PlanOptions(approximation: approximation)))
    let algorithms = int8.nodes.filter { $0.requantization?.winograd8 != nil }.map(\.name)
    #expect(algorithms == (approximation == nil ? [] : ["block"]))
    for picture in pictures {
      var values = Int8Reference(int8).trace(picture)
      values[int8.inputs[0]] = .uint8(picture)
      for node in int8.nodes {
        let found = Int8Node(node, in: int8, by: .kernels).evaluate { values[$0]! }
        #expect(found == values[node.output], "\(node.name)")
      }
    }
  }

  @Test func kernelsComputeAllButGroups() throws {
    let graph = try network()
    let int8 = try QuantizeInt8.quantize(
      graph, calibration: try calibrated(graph, on: randomPictures(2, shape: [3, 15, 13])))
    for node in int8.nodes {
      guard case .convolution(var convolution) = node.operation else { continue }
      let parts = Int8ConvolutionParts(node, convolution, in: int8)
      #expect(KernelConvolution(parts, convolution) != nil, "\(node.name)")
      convolution.groups = 2
      #expect(KernelConvolution(parts, convolution) == nil, "\(node.name)")
    }
  }
}
