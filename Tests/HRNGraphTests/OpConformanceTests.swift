import HRNFormat
import HRNGraph
import Testing

@Suite struct OpConformanceTests {
  static let examples = OpKind.allCases.flatMap { kind in kind.definition.examples.map { (kind, $0) } }

  @Test(arguments: OpKind.allCases)
  func everyOperationDocumentsItself(_ kind: OpKind) {
    #expect(kind.definition.summary.count > 40)
    #expect(!kind.definition.examples.isEmpty)
    for example in kind.definition.examples { #expect(example.operation.kind == kind) }
  }

  @Test(arguments: examples.indices)
  func examplesHold(_ index: Int) throws {
    let example = Self.examples[index].1
    let shape = try example.operation.outputShape(
      inputs: example.operands.inputs.map(\.shape), parameters: example.operands.parameters.map(\.shape))
    let found = example.operation.definition.evaluate(example.operands)
    #expect(found.shape == shape)
    #expect(found.shape == example.output.shape)
    // The examples are written with the digits of a float; e^x may differ in the last one.
    for (found, expected) in zip(found.elements, example.output.elements) {
      #expect(abs(found - expected) <= 1e-6 * max(1, abs(expected)), "\(example.shows)")
    }
  }

  @Test(arguments: examples.indices)
  func executorAgreesWithDefinition(_ index: Int) throws {
    let example = Self.examples[index].1
    var graph = Graph(name: "example")
    for (index, input) in example.operands.inputs.enumerated() {
      graph.inputs.append(
        graph.addTensor(Tensor(name: "x\(index)", elementType: .float32, shape: input.shape)))
    }
    let parameters = example.operands.parameters.enumerated().map { index, parameter in
      graph.addConstant("p\(index)", shape: parameter.shape, .float32(parameter.elements))
    }
    let output = graph.addTensor(
      Tensor(
        name: "y", elementType: .float32, shape: example.output.shape, quantization: example.operands.quantization))
    graph.nodes = [
      Node(
        name: "example", operation: example.operation, inputs: graph.inputs, parameters: parameters, outputs: [output])
    ]
    graph.outputs = [Output(name: "y", tensor: output, kind: .feature)]
    for products in [ReferenceExecutor.Products.plain, .blas] {
      let found = try ReferenceExecutor(graph, products: products).run(example.operands.inputs.map(\.elements))
      for (found, expected) in zip(found[0], example.output.elements) {
        #expect(abs(found - expected) <= 1e-6 * max(1, abs(expected)), "\(example.shows)")
      }
    }
  }
}
