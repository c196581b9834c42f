import HRNFormat
import HRNGraph

/// Builds the graph of a network from a checkpoint's tensors, module by module, in evaluation form and nothing fused.
///
/// Nodes carry the names of the modules that they stand for, and constants those of the tensors. What is missing or has
/// another shape is collected while the graph grows as if it were there, so that one message can list everything.
/// Elements are read last, by `load`, once `check` finds nothing wrong with the shapes.
struct NetworkBuilder {
  private(set) var graph: Graph
  /// What the modules that stand behind nodes must look like, where the file has modules.
  private(set) var expectations: [ModuleExpectation] = []
  private let tensors: TensorIndex
  private var faults: [TensorFault] = []
  private var taken: Set<String> = []
  /// By constant of the graph: the tensor that it is read from.
  private var sources: [(constant: Int, name: String)] = []

  init(name: String, tensors: TensorIndex, input: [Int]) {
    graph = Graph(name: name)
    self.tensors = tensors
    graph.inputs = [graph.addTensor(Tensor(name: "image", elementType: .float32, shape: input))]
  }

  /// The image.
  var image: Int { graph.inputs[0] }

  func shape(of tensor: Int) -> [Int] { graph.shape(of: tensor) }

  // MARK: Modules

  mutating func convolution(
    _ name: String, _ input: Int, weights shape: [Int], stride: Int = 1, padding: Padding = Padding(0), groups: Int = 1,
    statesPadding: Bool = true
  ) throws(ImportError) -> Int {
    let weights = constant(name + ".weight", shape)
    let convolution = Convolution(stride: Extent2D(y: stride, x: stride), padding: padding, groups: groups)
    expect(.convolution(convolution, weights: shape, statesPadding: statesPadding), at: name)
    return try node(name, .convolution(convolution), [input], [weights])
  }

  mutating func batchNorm(_ name: String, _ input: Int, epsilon: Float = 1e-5) throws(ImportError) -> Int {
    let channels = shape(of: input)[1]
    let parameters = ["weight", "bias", "running_mean", "running_var"].map { constant("\(name).\($0)", [channels]) }
    taken.insert(name + ".num_batches_tracked")
    expect(.batchNorm(channels: channels, epsilon: epsilon, isOfMap: shape(of: input).count == 4), at: name)
    return try node(name, .batchNorm(BatchNorm(epsilon: epsilon)), [input], parameters)
  }

  mutating func linear(_ name: String, _ input: Int, outputs: Int) throws(ImportError) -> Int {
    let inputs = shape(of: input)[1]
    let parameters = [constant(name + ".weight", [outputs, inputs]), constant(name + ".bias", [outputs])]
    expect(.linear(inputs: inputs, outputs: outputs), at: name)
    return try node(name, .linear(Linear()), [input], parameters)
  }

  mutating func maxPool(
    _ name: String, _ input: Int, kernel: Int, stride: Int, padding: Int
  ) throws(ImportError) -> Int {
    expect(.maxPool(kernel: kernel, stride: stride, padding: padding), at: name)
    let pool = Pool.window(
      .max, kernel: Extent2D(y: kernel, x: kernel), stride: Extent2D(y: stride, x: stride), padding: Padding(padding))
    return try node(name, .pool(pool), [input])
  }

  mutating func activation(_ name: String, _ activation: Activation, _ input: Int) throws(ImportError) -> Int {
    expect(.activation(activation), at: name)
    return try node(name, .activation(activation), [input])
  }

  /// A ReLU that no module of its own stands for.
  mutating func relu(_ name: String, _ input: Int) throws(ImportError) -> Int {
    try node(name, .activation(.relu()), [input])
  }

  /// The mean, or the largest element, of each channel's map, as a vector; `number` tells the nodes' names apart.
  mutating func globalPool(_ kind: PoolKind, _ input: Int, _ number: Int) throws(ImportError) -> Int {
    let pooled = try node("pool\(number)", .pool(.global(kind)), [input])
    return try node("flatten\(number)", .flatten(Flatten()), [pooled])
  }

  /// `factor · x`, as the batch norm that computes it.
  mutating func scaled(_ name: String, _ input: Int, by factor: Float) throws(ImportError) -> Int {
    let channels = shape(of: input)[1]
    let values: [(name: String, value: Float)] = [
      ("weight", factor), ("bias", 0), ("running_mean", 0), ("running_var", 1),
    ]
    let parameters = values.map { parameter in
      graph.addConstant(
        "\(name).\(parameter.name)", shape: [channels],
        .float32([Float](repeating: parameter.value, count: channels)))
    }
    return try node(name, .batchNorm(BatchNorm(epsilon: 0)), [input], parameters)
  }

  /// The slices of a vector over all labels, one per level: `name1` and so on.
  mutating func levels(_ name: String, _ input: Int, _ sizes: [Int]) throws(ImportError) -> [Int] {
    var (slices, begin): ([Int], Int) = ([], 0)
    for (level, count) in sizes.enumerated() {
      slices.append(try node("\(name)\(level + 1)", .slice(Slice(begin: begin, count: count)), [input]))
      begin += count
    }
    return slices
  }

  /// Appends a node and answers its output, which carries the node's name.
  mutating func node(
    _ name: String, _ operation: Operation, _ inputs: [Int], _ parameters: [Int] = []
  ) throws(ImportError) -> Int {
    let shape: [Int]
    do throws(ShapeError) {
      shape = try operation.outputShape(
        inputs: inputs.map { graph.shape(of: $0) }, parameters: parameters.map { graph.shape(of: $0) })
    } catch {
      throw .network(.shape(node: name, error))
    }
    let output = graph.addTensor(Tensor(name: name, elementType: .float32, shape: shape))
    graph.nodes.append(
      Node(name: name, operation: operation, inputs: inputs, parameters: parameters, outputs: [output]))
    return output
  }

  // MARK: Tensors

  /// A constant that is read from the tensor of this name.
  private mutating func constant(_ name: String, _ shape: [Int]) -> Int {
    taken.insert(name)
    let index = graph.addTensor(Tensor(name: name, elementType: .float32, shape: shape))
    switch tensors[name] {
    case nil: faults.append(.missing(name, expected: shape))
    case let tensor? where tensor.shape != shape:
      faults.append(.shape(name, found: tensor.shape, expected: shape))
    case let tensor? where !tensor.elementType.isFloatingPoint:
      faults.append(.elementType(name, found: tensor.elementType.name))
    default: sources.append((index, name))
    }
    return index
  }

  private mutating func expect(_ module: ModuleExpectation.Kind, at path: String) {
    expectations.append(ModuleExpectation(path: path, kind: module))
  }

  /// Checks the shapes of all that was asked for, and that nothing is left over.
  ///
  /// - Throws: `network(.tensors)`, a list of everything that is missing, of another shape or type, or unused.
  func check(_ network: String) throws(ImportError) {
    let unused = tensors.names.filter { !taken.contains($0) }
    let all = faults + unused.map { TensorFault.unused($0, shape: tensors[$0]?.shape ?? []) }
    guard all.isEmpty else { throw .network(.tensors(network: network, all)) }
  }

  /// The graph with its constants' elements.
  ///
  /// - Throws: `network(.tensors)`, a list of the tensors that hold what is no number.
  mutating func load(_ network: String) throws(ImportError) -> Graph {
    var broken: [TensorFault] = []
    for (index, name) in sources {
      guard let tensor = tensors[name] else { continue }
      let values = tensor.floats()
      if let bad = values.firstIndex(where: { !$0.isFinite }) {
        broken.append(.notFinite(name, index: bad, value: values[bad]))
      }
      graph.constants[index] = .float32(values)
    }
    guard broken.isEmpty else { throw .network(.tensors(network: network, broken)) }
    return graph
  }
}
