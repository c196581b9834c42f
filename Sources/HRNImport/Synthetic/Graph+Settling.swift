import HRNFormat
import HRNGraph

extension Graph {
  /// Gives each constant that has no elements yet random ones, and each batch norm the statistics of what it reads when
  /// the network, as far as it is settled, is shown `pictures`.
  ///
  ///     convolution   w ~ N(0, 2 / inputs of an output)
  ///     linear        w ~ N(0, 1 / inputs),  b ~ N(0, 0.02²)
  ///     batch norm    μ ≈ mean,  σ² ≈ variance,  γ ~ gain · U(0.5, 1.5),  β ~ N(-0.1 or 0, 0.15²)
  ///
  /// The gain is smaller where the result is added to what went around it, so that depth does not amplify; β of maps is
  /// below 0 elsewhere, so that a ReLU silences more than half, as in trained networks.
  ///
  /// - Parameter pictures: Normalised values `[C][H][W]`.
  mutating func settle(on pictures: [[Float]], seed: UInt64) throws(GraphError) {
    var random = SplitMix(seed: seed)
    // By tensor, for each picture.
    var values = [inputs[0]: pictures.map { Value(shape(of: inputs[0]), $0) }]
    for node in nodes {
      let read = node.inputs.map { values[$0] ?? [] }
      fill(node, read[0], &random)
      let executor = try ReferenceExecutor(Graph(of: node, in: self), products: .plain)
      values[node.output] = pictures.indices.map { picture in
        Value(shape(of: node.output), executor.run(read.map { $0[picture].elements })[0])
      }
    }
  }

  private mutating func fill(_ node: Node, _ read: [Value], _ random: inout SplitMix) {
    guard let first = node.parameters.first, constants[first] == nil else { return }
    switch node.operation {
    case .convolution: fillWeights(first, gain: 2, &random)
    case .linear:
      fillWeights(first, gain: 1, &random)
      let bias = node.parameters[1]
      constants[bias] = .float32(random.normals(shape(of: bias)[0], deviation: 0.02))
    case .batchNorm: fillNorm(node, read, &random)
    default: preconditionFailure("node \(node.name) has parameters that nothing is known about")
    }
  }

  private mutating func fillWeights(_ tensor: Int, gain: Float, _ random: inout SplitMix) {
    let shape = shape(of: tensor)
    let deviation = (gain / Float(shape.dropFirst().reduce(1, *))).squareRoot()
    constants[tensor] = .float32(random.normals(shape.reduce(1, *), deviation: deviation))
  }

  private mutating func fillNorm(_ node: Node, _ read: [Value], _ random: inout SplitMix) {
    let statistics = ChannelStatistics(read)
    let isOfMap = read[0].shape.count == 4
    let isAdded = readers(of: node.output).contains { $0.operation == .add(Add()) && $0.inputs[0] == node.output }
    let (gain, shift): (Float, Float) = (isAdded ? 0.35 : 1, isOfMap && !isAdded ? -0.1 : 0)
    var parameters = [[Float]](repeating: [], count: 4)
    for (mean, variance) in zip(statistics.means, statistics.variances) {
      parameters[0].append(gain * (0.5 + random.unit()))
      parameters[1].append(shift + 0.15 * random.normal())
      parameters[2].append(mean + 0.05 * variance.squareRoot() * random.normal())
      parameters[3].append(variance * (0.8 + 0.45 * random.unit()) + 1e-4)
    }
    for (tensor, values) in zip(node.parameters, parameters) { constants[tensor] = .float32(values) }
  }
}

extension Graph {
  /// A node alone, with the constants that it reads.
  fileprivate init(of node: Node, in graph: Graph) {
    self.init(name: node.name)
    tensors = graph.tensors
    for parameter in node.parameters { constants[parameter] = graph.constants[parameter] }
    nodes = [node]
    inputs = node.inputs
    outputs = [Output(name: node.name, tensor: node.output, kind: .feature)]
  }
}

/// Mean and variance of each channel over pictures and positions.
private struct ChannelStatistics {
  private(set) var means: [Float] = []
  private(set) var variances: [Float] = []

  /// Samples of a channel that count as many as what all channels together show.
  private static let prior: Float = 64
  /// Of its mean square, what a channel of a vector is taken to vary at least.
  private static let leastShare: Float = 0.25

  init(_ values: [Value]) {
    let (channels, plane) = (values[0].shape[1], values[0].plane)
    for channel in 0..<channels {
      var (sum, squares) = (0.0, 0.0)
      for value in values {
        for element in value.elements[channel * plane..<(channel + 1) * plane] {
          sum += Double(element)
          squares += Double(element) * Double(element)
        }
      }
      let count = Double(plane * values.count)
      means.append(Float(sum / count))
      variances.append(Float(max(squares / count - sum / count * sum / count, 0)))
    }
    // Few samples tell little about a channel. To divide by a deviation that is small by chance, or because few pictures
    // were seen, would blow up what other pictures and other sizes of them differ by.
    let (count, common) = (Float(plane * values.count), variances.reduce(0, +) / Float(channels))
    variances = variances.map { ($0 * count + common * Self.prior) / (count + Self.prior) }
    if plane == 1 { variances = zip(variances, means).map { $0 + Self.leastShare * $1 * $1 } }
  }
}
