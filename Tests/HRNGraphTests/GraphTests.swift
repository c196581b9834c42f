import HRNFormat
import HRNGraph
import HRNTestSupport
import Testing

@Suite struct GraphTests {
  /// A convolution whose result is read twice, and one that nothing reads.
  private func diamond() -> Graph {
    var builder = GraphBuilder()
    let image = builder.input([1, 3, 4, 4])
    let x = builder.convolution(image, outputs: 4, kernel: 1, named: "a")
    _ = builder.convolution(image, outputs: 8, named: "unread")
    let y = builder.relu(x, named: "b")
    builder.output("y", builder.add([x, y], named: "c"))
    return builder.graph
  }

  @Test func readersAndProducersAreFound() throws {
    let graph = diamond()
    let (a, b, c) = (graph.nodes[0], graph.nodes[2], graph.nodes[3])
    #expect(graph.producer(of: a.output) == a)
    #expect(graph.producer(of: graph.inputs[0]) == nil)
    #expect(graph.readers(of: a.output) == [b, c])
    #expect(graph.soleReader(of: a.output) == nil)
    #expect(graph.soleProducer(of: b.output) == b)
    #expect(graph.soleReader(of: b.output) == c)
    #expect(graph.soleReader(of: c.output) == nil)
    #expect(graph.isConstant(a.parameters[0]))
    #expect(graph.floats(of: a.parameters[0])?.count == 12)
    #expect(graph.floats(of: a.output) == nil)
  }

  @Test func readingATensorTwiceIsNotSole() {
    var builder = GraphBuilder()
    let x = builder.relu(builder.input([1, 4]))
    builder.output("y", builder.add([x, x]))
    #expect(builder.graph.soleReader(of: x) == nil)
  }

  @Test func compactionDropsWhatNothingReads() throws {
    let graph = diamond().compacted()
    try graph.verify()
    #expect(graph.nodes.map(\.name) == ["a", "b", "c"])
    #expect(graph.tensors.map(\.name) == ["image", "a.weight", "a", "b", "c"])
    #expect(graph.constants.keys.sorted() == [1])
    #expect(graph.compacted() == graph)
  }

  @Test func textShowsEveryAttribute() throws {
    var builder = GraphBuilder()
    var x = builder.input([1, 4, 9, 9])
    let parameters = [
      builder.constant("W", shape: [8, 2, 3, 1], [Float](repeating: 0, count: 48)),
      builder.constant("b", shape: [8], [Float](repeating: 0, count: 8)),
    ]
    x = builder.node(
      .convolution(
        Convolution(
          stride: Extent2D(y: 2, x: 1), padding: Padding(top: 1, left: 0, bottom: 0, right: 0), groups: 2,
          activation: .relu(high: 6))), [x], parameters: parameters)
    let y = builder.convolution(x, outputs: 8, kernel: 3)
    x = builder.node(
      .convolution(Convolution(activation: .relu(), globalPool: .average)), [y, y],
      parameters: [builder.constant("V", shape: [8, 8, 1, 1], [Float](repeating: 0, count: 64))])
    x = builder.batchNorm(builder.flatten(x), named: "n")
    x = builder.slice(x, from: 2, count: 3)
    x = builder.node(
      .linear(Linear(activation: .elu(alpha: 0.5))), [x, x],
      parameters: [builder.constant("M", shape: [3, 3], [Float](repeating: 0, count: 9))])
    builder.output("scores", builder.softmax(x), .softmax, level: 1, decides: true)
    try builder.graph.verify()
    #expect(
      builder.graph.text() == """
        %0 = input image : float32 [1, 4, 9, 9]
        %1 = convolution(%0, W, b) kernel 3x1 stride 2x1 padding 1,0,0,0 groups 2 relu high 6.0 : float32 [1, 8, 4, 9]
        %2 = convolution(%1, convolution.1.weight) kernel 3 padding 1 : float32 [1, 8, 4, 9]
        %3 = convolution(%2, V) kernel 1 residual %2 relu pool : float32 [1, 8, 1, 1]
        %4 = flatten(%3) : float32 [1, 8]
        %5 = batch-norm(%4, n.weight, n.bias, n.running_mean, n.running_var) epsilon 1e-05 : float32 [1, 8]
        %6 = slice(%5) from 2 : float32 [1, 3]
        %7 = linear(%6, M) addend %6 elu alpha 0.5 : float32 [1, 3]
        %8 = softmax(%7) : float32 [1, 3]
        output scores = %8 softmax level 1 decides

        """)
  }

  @Test func textNamesNodesOnRequest() {
    var builder = GraphBuilder()
    builder.output("y", builder.relu(builder.input([1, 2]), named: "act"))
    #expect(builder.graph.text(namesNodes: true).contains("%1 = relu(%0) : float32 [1, 2]  // act\n"))
  }

  @Test(arguments: HierarchicalSums.allCases, [false, true])
  func smallHRNIsValid(_ sums: HierarchicalSums, _ bottleneck: Bool) throws {
    let graph = hrnGraph(bottleneck: bottleneck, sums: sums, repeatsReLU: bottleneck)
    try graph.verify()
    #expect(graph.outputs.map(\.name) == ["level1.sigmoid", "level2.sigmoid", "level3.sigmoid", "level3.softmax"])
    var random = SeededGenerator(seed: 7)
    let outputs = try ReferenceExecutor(graph).run([random.floats(3 * 16 * 16)])
    #expect(outputs.allSatisfy { $0.allSatisfy { $0.isFinite && $0 >= 0 && $0 <= 1 } })
    #expect(abs(outputs[3].reduce(0, +) - 1) < 1e-5)
  }

  @Test func patchReplacesAndRedirectsAndRestoresOrder() throws {
    let graph = diamond()
    let (a, b) = (graph.nodes[0], graph.nodes[2])
    var patch = Patch(of: graph)
    // A second ReLU, listed before the node that it reads from, takes the place of `b` for every reader.
    let doubled = patch.addTensor("bb", shape: [1, 4, 4, 4])
    let second = Node(name: "bb", operation: .activation(.relu()), inputs: [b.output], outputs: [doubled])
    patch.replace(a, with: second, a)
    patch.redirect(b.output, to: doubled)
    let patched = graph.applying(patch)
    try patched.verify()
    #expect(patched.nodes.map(\.name) == ["a", "b", "bb", "unread", "c"])
    #expect(patched.nodes.last?.inputs == [a.output, doubled])
  }

  @Test func redirectingAnOutputRenamesNothing() throws {
    let graph = diamond()
    var patch = Patch(of: graph)
    patch.redirect(graph.outputs[0].tensor, to: graph.nodes[2].output)
    patch.remove(graph.nodes[3])
    let patched = graph.applying(patch)
    try patched.verify()
    #expect(patched.outputs == [Output(name: "y", tensor: graph.nodes[2].output, kind: .feature)])
  }
}

@Suite struct GraphVerificationTests {
  /// image → convolution → relu, with the names the errors give.
  private func graph() -> Graph {
    var builder = GraphBuilder()
    let x = builder.convolution(builder.input([1, 3, 4, 4]), outputs: 2, named: "conv")
    builder.output("y", builder.relu(x, named: "act"))
    return builder.graph
  }

  private func error(after change: (inout Graph) -> Void) -> GraphError? {
    var changed = graph()
    change(&changed)
    do throws(GraphError) { try changed.verify() } catch { return error }
    return nil
  }

  @Test func acceptsAValidGraph() { #expect(error { _ in } == nil) }

  @Test func refusesWhatIsBroken() {
    #expect(error { $0.nodes[1].inputs = [99] } == .noSuchTensor(place: "node 'act'", index: 99, count: 4))
    #expect(error { $0.nodes[1].name = "conv" } == .duplicateName(kind: "node", name: "conv"))
    #expect(error { $0.nodes.swapAt(0, 1) } == .readBeforeWritten(tensor: "conv", node: "act"))
    #expect(error { $0.nodes[1].outputs = [2] } == .writtenTwice(tensor: "conv", node: "act"))
    #expect(error { $0.nodes[1].outputs = [1] } == .writtenTwice(tensor: "conv.weight", node: "act"))
    #expect(error { $0.nodes[1].outputs = [] } == .outputCount(node: "act", found: 0))
    #expect(error { $0.nodes[0].parameters = [0] } == .parameterNotConstant(tensor: "image", node: "conv"))
    #expect(
      error { $0.tensors[3].shape = [1, 2, 4, 5] }
        == .outputShape(node: "act", found: [1, 2, 4, 5], expected: [1, 2, 4, 4]))
    #expect(
      error { $0.constants[1] = .float32([1]) }
        == .constant(tensor: "conv.weight", found: "1 elements of float32", expected: "float32 [2, 3, 3, 3]"))
    #expect(error { $0.tensors[0].shape = [1, 0, 4, 4] } == .extent(tensor: "image", shape: [1, 0, 4, 4]))
    #expect(error { $0.tensors[0].shape = [Int.max, 2] } == .extent(tensor: "image", shape: [Int.max, 2]))
    #expect(error { $0.inputs = [0, 0] } == .input(tensor: "image"))
    #expect(error { $0.outputs.append($0.outputs[0]) } == .duplicateName(kind: "output", name: "y"))
    #expect(error { $0.nodes.removeLast() } == .outputNeverWritten(output: "y", tensor: "act"))
  }

  @Test func refusesOutputsThatDoNotFitTheTree() {
    func error(after change: (inout Graph) -> Void) -> GraphError? {
      var graph = hrnGraph(levels: [2, 3])
      change(&graph)
      do throws(GraphError) { try graph.verify() } catch { return error }
      return nil
    }
    #expect(
      error { $0.outputs[0].level = 2 }
        == .level(output: "level1.sigmoid", found: "level 2", expected: "less than 2"))
    #expect(
      error { $0.outputs[0].level = 1 }
        == .level(output: "level1.sigmoid", found: "shape [1, 2]", expected: "[N, 3] for the labels of level 'level2'"))
    #expect(error { $0.outputs[1].decides = true } == .decidesTwice(output: "level2.softmax", level: 1))
    let answer = GoldenPicture.Answer(output: 0, expected: [1])
    #expect(
      error { $0.goldens = [GoldenPicture(name: "cat", jpeg: [], answers: [answer])] }
        == .golden(name: "cat", found: "1 numbers for output 'level1.sigmoid'", expected: "2"))
  }

  @Test func messagesSayWhatAndWhere() {
    #expect(
      GraphError.readBeforeWritten(tensor: "x", node: "relu").message
        == "node 'relu' reads tensor 'x', which no node before it writes")
    #expect(
      GraphError.shape(node: "fc", .inputCount(found: 0, minimum: 1, maximum: 2)).message
        == "node 'fc' has 0 inputs, expected 1 to 2")
  }
}
