import HRNCompiler
import HRNFormat
import HRNGraph
import HRNTestSupport
import Testing

@testable import HRNRuntime

/// A graph of lowered form, bound.
func session(_ graph: Graph, _ options: SessionOptions = SessionOptions(threads: 1)) throws -> Session {
  try session(try Lowering.lower(graph), options)
}

func session(_ lowered: LoweredModel, _ options: SessionOptions = SessionOptions(threads: 1)) throws -> Session {
  try Session(Model(file: ModelFile(graph: lowered.graph, weights: lowered.weights)), options: options)
}

/// Pixels `[H, W, C]` of noise.
func noise(_ model: Model, seed: UInt64) -> [UInt8] {
  var random = SeededGenerator(seed: seed)
  return (0..<model.image.count).map { _ in UInt8.random(in: 0...255, using: &random) }
}

/// The kinds of CPU that this machine has.
var tiersHere: [CPUTier] { CPUTier.allCases.filter { $0.rawValue <= CPUTier.best.rawValue } }

/// The outputs' bits after a run on these pixels.
func bits(_ session: Session, _ pixels: [UInt8]) throws -> [[UInt32]] {
  try session.run(pixels: pixels)
  return session.model.outputs.indices.map { session.output($0).map(\.bitPattern) }
}

/// Runs a graph and compares what every node writes with what it must write, given what it read.
///
/// Float nodes may differ by rounding; int8 nodes not at all, but for one step after an exponential function.
func checkEveryNode(
  _ graph: Graph, seed: UInt64, _ options: SessionOptions = SessionOptions(threads: 1),
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let session = try session(graph, options)
  let compiled = session.model.file.graph
  try noise(session.model, seed: seed).withUnsafeBufferPointer { try session.input.set(pixels: $0) }
  var checked = 0
  session.run { index in
    let (node, source) = (compiled.nodes[index], graph.nodes[index])
    let inputs = zip(node.inputs, source.inputs).map { here, there in
      stored(graph.tensors[there], session.values(of: here))
    }
    let found = stored(graph.tensors[source.outputs[0]], session.values(of: node.outputs[0])).numbers
    let (expected, tolerance) = expectation(source, graph, inputs)
    var worst: Float = 0
    for (a, b) in zip(found, expected) { worst = max(worst, a == b ? 0 : abs(a - b)) }
    #expect(
      found.count == expected.count && worst <= tolerance, "node \(node.name), seed \(seed): off by \(worst)",
      sourceLocation: sourceLocation)
    checked += 1
  }
  #expect(checked == graph.nodes.count, sourceLocation: sourceLocation)
}

private func stored(_ tensor: Tensor, _ values: [Float]) -> IntegerReference.Stored {
  guard let q = tensor.quantization else { return IntegerReference.Stored(tensor: tensor, numbers: values) }
  return IntegerReference.Stored(
    tensor: tensor, numbers: values.map { ($0 / q.scale[0] + q.zeroPoint[0]).rounded(.toNearestOrEven) })
}

private func expectation(
  _ node: Node, _ graph: Graph, _ inputs: [IntegerReference.Stored]
) -> (numbers: [Float], tolerance: Float) {
  let touchesIntegers = (node.inputs + node.parameters + node.outputs).contains {
    graph.tensors[$0].elementType != .float32
  }
  if touchesIntegers {
    if case .linear(let linear) = node.operation, let activation = linear.activation, activation != .relu() {
      return (IntegerReference.evaluate(node, in: graph, inputs), 1)
    }
    return (IntegerReference.evaluate(node, in: graph, inputs), 0)
  }
  let parameters = node.parameters.map { Value(graph.tensors[$0].shape, graph.constants[$0]!.floats!) }
  let values = inputs.map { Value($0.tensor.shape, $0.numbers) }
  return (node.operation.definition.evaluate(Operands(values, parameters: parameters)).elements, 2e-5)
}
