import HRNFormat
import HRNGraph

/// Builds small source graphs with seeded weights, a call per node; each returns the tensor that the node writes.
///
/// Weights are scaled so that activations keep their magnitude through any depth. Nodes are named by their operation
/// and number where no name is given.
package struct GraphBuilder {
  package private(set) var graph: Graph
  package var random: SeededGenerator

  package init(_ name: String = "test", seed: UInt64 = 1) {
    graph = Graph(name: name)
    random = SeededGenerator(seed: seed)
  }

  package func shape(of tensor: Int) -> [Int] { graph.shape(of: tensor) }

  package mutating func input(_ shape: [Int], named name: String = "image") -> Int {
    let tensor = graph.addTensor(Tensor(name: name, elementType: .float32, shape: shape))
    graph.inputs.append(tensor)
    return tensor
  }

  package mutating func constant(_ name: String, shape: [Int], _ elements: [Float]) -> Int {
    graph.addConstant(name, shape: shape, .float32(elements))
  }

  package mutating func node(
    _ operation: Operation, _ inputs: [Int], parameters: [Int] = [], named name: String? = nil
  ) -> Int {
    let name = name ?? "\(operation.name).\(graph.nodes.count)"
    guard
      let shape = try? operation.outputShape(
        inputs: inputs.map { graph.shape(of: $0) }, parameters: parameters.map { graph.shape(of: $0) })
    else { preconditionFailure("node \(name) does not take inputs of \(inputs.map { graph.shape(of: $0) })") }
    let output = graph.addTensor(Tensor(name: name, elementType: .float32, shape: shape))
    graph.nodes.append(
      Node(name: name, operation: operation, inputs: inputs, parameters: parameters, outputs: [output]))
    return output
  }

  /// A square convolution; padding keeps the extent unless another is given.
  package mutating func convolution(
    _ x: Int, outputs: Int, kernel: Int = 3, stride: Int = 1, padding: Int? = nil, paddings: Padding? = nil,
    dilation: Int = 1, groups: Int = 1, bias: Bool = false, named name: String? = nil
  ) -> Int {
    let name = name ?? "convolution.\(graph.nodes.count)"
    let depth = shape(of: x)[1] / groups
    var parameters = [weights(name + ".weight", [outputs, depth, kernel, kernel])]
    if bias { parameters.append(constant(name + ".bias", shape: [outputs], random.floats(outputs, in: -0.5...0.5))) }
    let convolution = Convolution(
      stride: Extent2D(y: stride, x: stride), padding: paddings ?? Padding(padding ?? kernel / 2),
      dilation: Extent2D(y: dilation, x: dilation), groups: groups)
    return node(.convolution(convolution), [x], parameters: parameters, named: name)
  }

  package mutating func linear(_ x: Int, outputs: Int, bias: Bool = true, named name: String? = nil) -> Int {
    let name = name ?? "linear.\(graph.nodes.count)"
    var parameters = [weights(name + ".weight", [outputs, shape(of: x)[1]])]
    if bias { parameters.append(constant(name + ".bias", shape: [outputs], random.floats(outputs, in: -0.5...0.5))) }
    return node(.linear(Linear()), [x], parameters: parameters, named: name)
  }

  package mutating func batchNorm(_ x: Int, named name: String? = nil) -> Int {
    let name = name ?? "batch-norm.\(graph.nodes.count)"
    let channels = shape(of: x)[1]
    let ranges: [(String, ClosedRange<Float>)] = [
      ("weight", 0.5...1.5), ("bias", -0.5...0.5), ("running_mean", -0.3...0.3), ("running_var", 0.5...1.5),
    ]
    let parameters = ranges.map { suffix, range in
      constant("\(name).\(suffix)", shape: [channels], random.floats(channels, in: range))
    }
    return node(.batchNorm(BatchNorm(epsilon: 1e-5)), [x], parameters: parameters, named: name)
  }

  package mutating func relu(_ x: Int, named name: String? = nil) -> Int {
    node(.activation(.relu()), [x], named: name)
  }

  package mutating func elu(_ x: Int, named name: String? = nil) -> Int { node(.activation(.elu()), [x], named: name) }

  package mutating func sigmoid(_ x: Int, named name: String? = nil) -> Int {
    node(.activation(.sigmoid), [x], named: name)
  }

  package mutating func softmax(_ x: Int, named name: String? = nil) -> Int {
    node(.softmax(Softmax()), [x], named: name)
  }

  package mutating func activation(_ activation: Activation, _ x: Int, named name: String? = nil) -> Int {
    node(.activation(activation), [x], named: name)
  }

  package mutating func concat(_ inputs: [Int], named name: String? = nil) -> Int {
    node(.concat(Concat()), inputs, named: name)
  }

  package mutating func add(_ inputs: [Int], named name: String? = nil) -> Int {
    node(.add(Add()), inputs, named: name)
  }

  package mutating func slice(_ x: Int, from begin: Int, count: Int, named name: String? = nil) -> Int {
    node(.slice(Slice(begin: begin, count: count)), [x], named: name)
  }

  package mutating func flatten(_ x: Int, named name: String? = nil) -> Int {
    node(.flatten(Flatten()), [x], named: name)
  }

  /// The 3x3 window, stride 2, padding 1, of a ResNet's stem.
  package mutating func maxPool(_ x: Int, named name: String? = nil) -> Int {
    let pool = Pool.window(.max, kernel: Extent2D(y: 3, x: 3), stride: Extent2D(y: 2, x: 2), padding: Padding(1))
    return node(.pool(pool), [x], named: name)
  }

  package mutating func globalAveragePool(_ x: Int, named name: String? = nil) -> Int {
    node(.pool(.global(.average)), [x], named: name)
  }

  package mutating func output(
    _ name: String, _ tensor: Int, _ kind: ScoreKind = .feature, level: Int? = nil, decides: Bool = false
  ) {
    graph.outputs.append(Output(name: name, tensor: tensor, kind: kind, level: level, decides: decides))
  }

  /// Gives a tensor the range that training rounded it to.
  package mutating func fix(_ range: ValueRange, of tensor: Int) { graph.tensors[tensor].range = range }

  /// Says what the network's labels are and how pictures reach it.
  package mutating func describe(tree: LabelTree, recipe: Recipe) {
    graph.tree = tree
    graph.recipe = recipe
  }

  private mutating func weights(_ name: String, _ shape: [Int]) -> Int {
    let fanIn = shape.dropFirst().reduce(1, *)
    let bound = (3 / Float(fanIn)).squareRoot()
    return constant(name, shape: shape, random.floats(shape.reduce(1, *), in: -bound...bound))
  }
}
