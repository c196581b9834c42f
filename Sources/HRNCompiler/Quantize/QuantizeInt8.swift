import HRNFormat
import HRNGraph

/// A fused float graph and the ranges of its values → the same network in int8, each operation by its rule.
///
/// The trunk runs on uint8 activations; what decides between labels (the classifiers, their activations, and the sums
/// that they read) stays float32. Where an operation reads the other form of a value, a quantize or dequantize node
/// makes it. All numbers are computed in Double and rounded once.
package struct QuantizeInt8 {
  package struct Options: Sendable {
    package var method: RangeMethod
    /// Whether each layer's bias takes up the mean error of what comes before it and of its own rounding.
    package var correctsBias: Bool
    /// Nodes to compute in float32, by name.
    package var keepFloat: Set<String>
    /// The kernels that will compute, whose sums have limits.
    package var plan: PlanOptions

    package init(
      method: RangeMethod = .minMax, correctsBias: Bool = true, keepFloat: Set<String> = [],
      plan: PlanOptions = PlanOptions()
    ) {
      self.method = method
      self.correctsBias = correctsBias
      self.keepFloat = keepFloat
      self.plan = plan
    }
  }

  let source: Graph
  let calibration: Calibration
  let options: Options
  var result: Graph
  /// The image's bytes, as convolutions read them; other readers get a form of it like any other tensor's.
  private let pixels: Int
  /// Where a tensor of the source is in the result, in either form.
  private var integers: [Int: Int] = [:]
  private var floats: [Int: Int] = [:]
  /// Tensors that must be float32: results, what a classifier reads, and what those are made of by sums.
  private let floatOnly: Set<Int>
  /// By tensor that only a concat reads: the concat's result, whose range it takes, so that it is rounded once.
  private let joined: [Int: Int]
  /// The int8 layers made so far, by the position of their node in the result.
  var layers: [Int: Int8Layer] = [:]
  /// Where each came from: the position of its node in the source.
  var origins: [Int: Int] = [:]
  /// Of a convolution with a fused pool, by the same position: the real value of one unit of what is pooled.
  var poolSteps: [Int: Double] = [:]
  /// What was tried in an approximate form.
  var approximations: [Provenance.Approximation] = []
  private var position = 0

  /// Quantizes `graph` by what `calibration` saw.
  package static func quantize(
    _ graph: Graph, calibration: Calibration, options: Options = Options()
  ) throws(QuantizeError) -> Graph {
    var work = try QuantizeInt8(graph, calibration, options)
    for (position, node) in graph.nodes.enumerated() {
      work.position = position
      try work.add(node)
    }
    work.finish()
    if work.correctsBias { BiasCorrection.apply(to: &work) }
    work.result.provenance.calibration?.approximations = work.approximations
    return work.result
  }

  private init(_ graph: Graph, _ calibration: Calibration, _ options: Options) throws(QuantizeError) {
    source = graph
    self.calibration = calibration
    self.options = options
    result = graph
    result.precision = .int8
    result.tensors = []
    result.constants = [:]
    result.nodes = []
    result.goldens = []
    let floatOnly = Self.floatTensors(of: graph)
    self.floatOnly = floatOnly
    joined = Self.joinedTensors(of: graph, floatOnly)

    let shapes = graph.inputs.map { graph.tensors[$0].shape }
    guard graph.inputs.count == 1, shapes[0].count == 4, shapes[0][0] == 1 else { throw .notOneImage(shapes: shapes) }
    guard let recipe = graph.recipe else { throw .noRecipe }
    guard recipe.channels == shapes[0][1] else { throw .channels(recipe: recipe.channels, network: shapes[0][1]) }
    var image = graph.tensors[graph.inputs[0]]
    image.elementType = .uint8
    image.quantization = .pixels(recipe)
    pixels = result.addTensor(image)
    result.inputs = [pixels]
  }

  private mutating func finish() {
    result.outputs = source.outputs.map { output in
      var output = output
      output.tensor = float(output.tensor)
      return output
    }
    let calibrated = Provenance.Calibration(
      method: calibration.imageCount == 0
        ? "ranges-of-training" : options.method.name + (correctsBias ? "+bias-correction" : ""),
      images: calibration.imageCount, imagesSHA256: calibration.imagesSHA256)
    result.provenance.calibration = calibrated
  }

  /// There is nothing to correct biases by without pictures.
  private var correctsBias: Bool { options.correctsBias && calibration.imageCount > 0 }

  /// Tensors that are float32 by what reads them. From a result back to the linear that classifies; from what that
  /// reads back to where features were computed.
  private static func floatTensors(of graph: Graph) -> Set<Int> {
    var scores = Set(graph.outputs.map(\.tensor))
    var features = Set<Int>()
    for node in graph.nodes.reversed() {
      guard let output = node.outputs.first else { continue }
      switch node.operation {
      case .activation, .add, .softmax, .slice, .batchNorm, .concat, .treeConstraint, .localResponseNorm:
        if graph.tensors[output].shape.count != 2 { continue }
        if scores.contains(output) { scores.formUnion(node.inputs) }
        if features.contains(output) { features.formUnion(node.inputs) }
      case .linear:
        if scores.contains(output) { features.formUnion(node.inputs) }
        features.formUnion(node.inputs.dropFirst())
      default: continue
      }
    }
    return scores.union(features)
  }

  /// The parts of each concat of integers that nothing else reads, and whose range training has not fixed.
  private static func joinedTensors(of graph: Graph, _ floatOnly: Set<Int>) -> [Int: Int] {
    var joined: [Int: Int] = [:]
    for node in graph.nodes {
      guard case .concat = node.operation, let output = node.outputs.first, !floatOnly.contains(output) else {
        continue
      }
      for input in node.inputs where graph.soleReader(of: input) == node && graph.tensors[input].range == nil {
        joined[input] = output
      }
    }
    return joined
  }

  // MARK: Either form of a value

  /// Whether a tensor of the source is, so far, at hand as integers.
  func isInteger(_ tensor: Int) -> Bool { integers[tensor] != nil || isImage(tensor) }

  /// Whether a tensor must be float32 because of what reads it.
  func mustBeFloat(_ tensor: Int) -> Bool { floatOnly.contains(tensor) }

  func isImage(_ tensor: Int) -> Bool { source.inputs.contains(tensor) }

  /// The image's pixels, for a convolution that reads them where they lie; nil for any other reader.
  func pixels(for node: Node) -> Int? { node.readsPixels(of: source.inputs[0]) ? pixels : nil }

  /// The uint8 form of a tensor of the source, quantized from its float form if need be.
  mutating func integer(_ tensor: Int) throws(QuantizeError) -> Int {
    if let known = integers[tensor] { return known }
    let float = float(tensor)
    let output = try addInteger(tensor, suffix: ".u8")
    result.nodes.append(
      Node(name: result.tensors[output].name, operation: .quantize(Quantize()), inputs: [float], outputs: [output]))
    return output
  }

  /// The float32 form of a tensor of the source, dequantized from its integers if need be.
  mutating func float(_ tensor: Int) -> Int {
    if let known = floats[tensor] { return known }
    guard let integer = isImage(tensor) ? pixels : integers[tensor] else {
      preconditionFailure("a tensor is written before it is read")
    }
    let output = addFloat(tensor, suffix: ".f32")
    result.nodes.append(
      Node(
        name: result.tensors[output].name, operation: .dequantize(Dequantize()), inputs: [integer], outputs: [output]))
    return output
  }

  /// Declares the uint8 form of a tensor, quantized as `like` (a tensor of the result) or by its range.
  mutating func addInteger(_ tensor: Int, like: Int? = nil, suffix: String = "") throws(QuantizeError) -> Int {
    var made = source.tensors[tensor]
    made.name += suffix
    made.elementType = .uint8
    if let like {
      made.quantization = result.tensors[like].quantization
    } else {
      made.quantization = .uint8(try range(of: tensor))
    }
    let index = result.addTensor(made)
    integers[tensor] = index
    return index
  }

  /// Declares the float32 form of a tensor.
  mutating func addFloat(_ tensor: Int, suffix: String = "") -> Int {
    var made = source.tensors[tensor]
    made.name += suffix
    let index = result.addTensor(made)
    floats[tensor] = index
    return index
  }

  /// The range of a tensor of the source: that of the concat which alone reads it, that which training has fixed, or the
  /// calibrated one.
  func range(of tensor: Int) throws(QuantizeError) -> ClosedRange<Double> {
    if let whole = joined[tensor] { return try range(of: whole) }
    if let fixed = source.tensors[tensor].range { return Double(fixed.low)...Double(fixed.high) }
    if isImage(tensor), let recipe = source.recipe {
      let ends = recipe.normalized(
        [UInt8](repeating: 0, count: recipe.channels) + [UInt8](repeating: 255, count: recipe.channels))
      return min(0, Double(ends.min() ?? 0))...max(0, Double(ends.max() ?? 0))
    }
    return options.method.range(of: try calibration.histogram(of: tensor, in: source))
  }

  /// The one scale of a uint8 tensor of the result.
  func scale(_ tensor: Int) -> Double { Double(result.tensors[tensor].quantization!.scale[0]) }

  /// The one zero point of a uint8 tensor of the result.
  func zero(_ tensor: Int) -> Double { Double(result.tensors[tensor].quantization!.zeroPoint[0]) }

  /// Adds a node that stands for one of the source.
  mutating func append(_ node: Node, layer: Int8Layer? = nil) {
    if let layer {
      layers[result.nodes.count] = layer
      origins[result.nodes.count] = position
    }
    result.nodes.append(node)
  }
}
