import HRNFormat
import HRNGraph
import Testing

@testable import HRNImport

/// What nodes become, as the text of the graph.
@Suite struct ONNXMappingTests {
  /// The graph's lines without the input's.
  private func lines(_ bytes: [UInt8]) throws -> [String] {
    try imported(bytes).get().split(separator: "\n").dropFirst().map(String.init)
  }

  @Test func paddingJoinsTheConvolutionThatReadsIt() throws {
    let nodes =
      Wire.node("Pad", ["x", "pads"], ["p"])
      + Wire.node("Conv", ["p", "w"], ["y"], Wire.integers("pads", [1, 0, 1, 0]))
    let found = try lines(
      Wire.model(
        of: nodes, input: [1, 1, 4, 4],
        Wire.tensor("pads", [8], type: 7, [0, 0, 0, 1, 0, 0, 1, 0].flatMap { Wire.number(7, $0) }),
        Wire.tensor("w", [1, 1, 3, 3], Wire.floats([Float](repeating: 1, count: 9)))))
    #expect(found[0] == "%1 = convolution(%0, w) kernel 3 padding 1,1,2,0 : float32 [1, 1, 5, 3]")
  }

  @Test func paddingOfItsOwnMovesTheMap() throws {
    let bytes = Wire.model(
      of: Wire.node("Pad", ["x", "pads"], ["y"]), input: [1, 2, 2, 2],
      Wire.tensor("pads", [8], type: 7, [0, 0, 1, 0, 0, 0, 0, 2].flatMap { Wire.number(7, $0) }))
    let graph = try ONNXModel(ModelBytes(copying: bytes)).graph(name: "pad").graph
    let found = try ReferenceExecutor(graph).run([[1, 2, 3, 4, 5, 6, 7, 8]])
    #expect(found == [[0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 0, 0, 5, 6, 0, 0, 7, 8, 0, 0]])
  }

  @Test func channelsLastAreTakenBackAndLinearsReadTheirOrder() throws {
    let nodes =
      Wire.node("Transpose", ["x"], ["c"], Wire.integers("perm", [0, 3, 1, 2])) + Wire.node("Relu", ["c"], ["r"])
      + Wire.node("Transpose", ["r"], ["l"], Wire.integers("perm", [0, 2, 3, 1]))
      + Wire.node("Reshape", ["l", "shape"], ["v"]) + Wire.node("MatMul", ["v", "w"], ["y"])
    let weights = (0..<8).map { Float($0) }
    let bytes = Wire.model(
      of: nodes, input: [1, 2, 2, 2], Wire.tensor("shape", [2], type: 7, Wire.number(7, 1) + Wire.number(7, -1)),
      Wire.tensor("w", [8, 1], Wire.floats(weights)))
    let (graph, notes) = try ONNXModel(ModelBytes(copying: bytes)).graph(name: "nhwc")
    let pixels: [Float] = [1, -2, 3, -4, 5, -6, 7, -8]
    let planes = [0, 2, 4, 6, 1, 3, 5, 7].map { pixels[$0] }
    let expected = zip(pixels, weights).reduce(Float(0)) { $0 + max($1.0, 0) * $1.1 }
    #expect(try ReferenceExecutor(graph).run([planes]) == [[expected]])
    #expect(notes.contains { $0.contains("[N, H, W, C]") })
  }

  @Test func linesJoinWhatMadeThem() throws {
    let nodes =
      Wire.node("MatMul", ["x", "w"], ["m"]) + Wire.node("Add", ["m", "b"], ["s"])
      + Wire.node("Mul", ["s", "b"], ["t"])
      + Wire.node("Sub", ["t", "b"], ["y"])
    let found = try lines(
      Wire.model(
        of: nodes, Wire.tensor("w", [3, 2], Wire.floats([1, 2, 3, 4, 5, 6])),
        Wire.tensor("b", [2], Wire.floats([7, 8]))))
    #expect(found.count == 3)
    #expect(found[0].hasPrefix("%1 = linear(%0, w, MatMul") || found[0].contains("linear(%0, w, m.bias)"))
    #expect(found[1].contains("batch-norm(%1"))
  }

  @Test func partsWithoutElementsAreLeftOutOfAJoin() throws {
    let bounds = [0, 0, 1, 3].map { Wire.number(7, $0) }
    let constants = zip(["zero", "none", "one", "end"], bounds).flatMap { Wire.tensor($0, [1], type: 7, $1) }
    let nodes =
      Wire.node("Slice", ["x", "zero", "none", "one"], ["a"]) + Wire.node("Slice", ["x", "one", "end", "one"], ["b"])
      + Wire.node("Concat", ["a", "b", "x"], ["y"], Wire.integer("axis", 1))
    let found = try lines(Wire.model(of: nodes, constants))
    #expect(found[1] == "%2 = concat(%1, %0) : float32 [1, 5]")
  }

  @Test(arguments: ["Min", "Max"]) func vectorsAreComparedWithPickedElements(operation: String) throws {
    let indices = [2, 0, 1].map { Wire.number(7, $0) }.flatMap { $0 }
    let bytes = Wire.model(
      of: Wire.node("Gather", ["x", "i"], ["g"], Wire.integer("axis", 1)) + Wire.node(operation, ["x", "g"], ["y"]),
      Wire.tensor("i", [3], type: 7, indices))
    let graph = try ONNXModel(ModelBytes(copying: bytes)).graph(name: "picked").graph
    #expect(try ReferenceExecutor(graph).run([[4, 5, 1]]) == [operation == "Min" ? [1, 4, 1] : [4, 5, 5]])
  }

  @Test func anExtendedLastWindowIsPaddingAtTheEnd() throws {
    let pool = Wire.integers("kernel_shape", [3, 3]) + Wire.integers("strides", [2, 2]) + Wire.integer("ceil_mode", 1)
    let found = try lines(Wire.model(of: Wire.node("MaxPool", ["x"], ["y"], pool), input: [1, 1, 4, 4]))
    #expect(found[0] == "%1 = max-pool(%0) kernel 3 stride 2 padding 0,0,1,1 : float32 [1, 1, 2, 2]")
  }

  @Test func eachClaimIsPrintedWithWhatItTakes() {
    let text = Claim.text
    for claim in Claim.all { #expect(text.contains("\n\(claim.name)  opset ")) }
    #expect(text.contains("ceil_mode: 0 or 1"))
    #expect(text.contains("min: a number, until opset 10"))
  }
}
