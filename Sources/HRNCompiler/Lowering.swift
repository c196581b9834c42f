import HRNFormat
import HRNGraph

/// A network ready for its file: the graph with every tensor's place, and the bytes that the places are in.
package struct LoweredModel {
  package var graph: ModelGraph
  package var weights: [UInt8]
  /// What the activations' places were planned as.
  package var arena: ArenaPlan
  /// Where each activation of the source is among the model's tensors.
  package var activations: [Int: Int]

  /// Adds pictures and the answers to them at the end of the payload.
  package mutating func append(_ pictures: [GoldenPicture]) {
    var payload = Payload(bytes: weights)
    graph.goldens += pictures.map { picture in
      Golden(
        name: picture.name, jpeg: payload.append(picture.jpeg),
        answers: picture.answers.map { answer in
          Golden.Answer(
            output: answer.output, expected: payload.append(.float32(answer.expected)),
            reference: answer.reference.map { payload.append(.float32($0)) }, tolerance: answer.tolerance)
        })
    }
    weights = payload.bytes
  }
}

/// From a graph of what is computed to one of where and in what order: layouts, packed weights, an arena, plans.
package enum Lowering {
  /// Lowers a graph that the passes have fused, and that is float32, or bfloat16 or int8 as `Quantize/` makes it.
  /// Pictures are left out: their answers are known only once the result has run.
  ///
  /// - Throws: `LoweringError` when no kernel does what a node asks.
  package static func lower(
    _ graph: consuming Graph, _ options: PlanOptions = PlanOptions()
  ) throws(LoweringError) -> LoweredModel {
    let graph = (consume graph).copyingImage()
    let (inputs, nodes) = (graph.inputs, graph.nodes)
    let layouts = try LayoutAssignment(graph)
    var builder = Builder(graph: consume graph, layouts: layouts, options)
    for index in inputs { builder.addActivation(index) }
    for (step, node) in nodes.enumerated() { try builder.add(node, at: step) }
    return builder.finish()
  }
}

/// Collects the parts of a lowered model, in execution order.
private struct Builder {
  /// Its constants go as they are packed.
  var source: Graph
  let layouts: LayoutAssignment
  let options: PlanOptions
  var model: ModelGraph
  var payload = Payload()
  /// By tensor of the source: its index in the model.
  private var activations: [Int: Int] = [:]
  /// How many nodes still read a constant.
  private var pendingReads: [Int: Int] = [:]
  /// Constants already stored, by tensor of the source and layout.
  private var constants: [ConstantKey: Int] = [:]
  /// Tensors of the source that own memory, in the order of `buffers`, and the nodes that own scratch.
  private var lifetimes: [Int: (first: Int, last: Int)] = [:]
  private var scratch: [(node: Int, byteCount: Int)] = []

  private struct ConstantKey: Hashable {
    var tensor: Int
    var form: Form
    enum Form: Hashable {
      case packed(WeightPacking)
      case perLane
    }
  }

  init(graph: Graph, layouts: LayoutAssignment, _ options: PlanOptions) {
    source = graph
    self.options = options
    self.layouts = layouts
    for node in graph.nodes {
      for index in node.parameters + node.inputs where graph.isConstant(index) { pendingReads[index, default: 0] += 1 }
    }
    payload.reserve(graph.constants.values.reduce(0) { $0 + $1.count * $1.elementType.byteCount })
    model = ModelGraph(
      name: graph.name, stage: .compiled, precision: graph.precision, tree: graph.tree, recipe: graph.recipe,
      provenance: graph.provenance, passes: graph.passes)
  }

  /// Lets go of the constants that no later node reads.
  private mutating func dropRead(_ parameters: [Int]) {
    for index in parameters {
      pendingReads[index, default: 0] -= 1
      if pendingReads[index] == 0 { source.constants[index] = nil }
    }
  }

  mutating func addActivation(_ index: Int, at step: Int = 0) {
    var tensor = source.tensors[index]
    tensor.layout = layouts.layouts[index] ?? .plain
    tensor.range = nil
    activations[index] = model.tensors.count
    model.tensors.append(tensor)
    if layouts.views[index] == nil { lifetimes[index] = (step, step) }
  }

  mutating func add(_ node: Node, at step: Int) throws(LoweringError) {
    for input in node.inputs { extendLife(of: input, to: step) }
    var lowered = node
    lowered.inputs = try node.inputs.map { (input) throws(LoweringError) in try activation(input, of: node) }
    if case .batchNorm(let norm) = node.operation {
      lowered.operation = .batchNorm(BatchNorm(epsilon: 0, activation: norm.activation))
      lowered.parameters = addAffine(norm, of: node)
    } else {
      lowered.parameters = addParameters(of: node)
    }
    dropRead(node.parameters)
    for output in node.outputs { addActivation(output, at: step) }
    lowered.outputs = node.outputs.map { activations[$0]! }
    let isView = layouts.views[node.outputs[0]] != nil
    let choice = algorithm(of: lowered)
    let (plan, scratchBytes) = NodePlanning.plan(
      node, in: source, isView: isView, choice.algorithm, order(of: node, choice.algorithm))
    lowered.plan = plan
    lowered.plan?.isNarrow = choice.isNarrow
    if scratchBytes > 0 { scratch.append((step, scratchBytes)) }
    model.nodes.append(lowered)
  }

  /// By which algorithm a convolution, whose constants are packed, is computed; integers have proven that it is exact.
  private func algorithm(of node: Node) -> (algorithm: Algorithm, isNarrow: Bool) {
    guard case .convolution(let convolution) = node.operation, convolution.groups == 1 else { return (.direct, false) }
    let (input, weights) = (model.tensors[node.inputs[0]], model.tensors[node.parameters[0]])
    if node.requantization?.winograd8 != nil { return (.winograd8, sums(of: weights).firstNotNarrow == nil) }
    let readsPixels = if case .pixels = input.layout { true } else { false }
    let algorithm = ConvolutionAlgorithm.choose(
      convolution, input: input.shape, weights: weights.shape, weights.elementType, readsPixels: readsPixels, options)
    guard weights.elementType == .int8 else { return (algorithm, false) }
    let sums = sums(of: weights)
    if algorithm == .winograd, sums.firstBeyondWinograd == nil { return (.winograd, false) }
    return (.direct, sums.firstNotNarrow == nil)
  }

  /// What stored weights add up to.
  private func sums(of weights: Tensor) -> PackedSums {
    guard let region = weights.weights else { preconditionFailure("weights are packed before they are looked at") }
    return payload.bytes.withUnsafeBytes { bytes in
      PackedSums(
        of: UnsafeRawBufferPointer(rebasing: bytes[region.offset..<region.end]),
        lanes: weights.shape[0].roundedUp(to: WeightPacking.laneStep), weights.layout)
    }
  }

  /// The order of a convolution's work, or nil of one that no CPU computes directly and of another operation.
  private func order(of node: Node, _ algorithm: Algorithm) -> ConvolutionOrder? {
    guard case .convolution(let convolution) = node.operation, let packing = packing(of: node) else { return nil }
    let (input, weights) = (source.tensors[node.inputs[0]], source.tensors[node.parameters[0]])
    // Winograd in 8 bits is another function, and every CPU has that of floats.
    guard algorithm == .direct || algorithm == .winograd && weights.elementType == .int8 else { return nil }
    guard let shape = try? convolution.convolvedShape(input: input.shape, weights: weights.shape) else { return nil }
    let output = Extent2D(y: shape[2], x: shape[3])
    let row =
      switch layouts.layouts[node.inputs[0]] {
      case .pixels(_, let rowPitch): rowPitch
      default: input.shape[3] * packing.inputBlock
      }
    let order = ConvolutionOrder(
      output: output, inputRow: row * input.elementType.byteCount, stride: convolution.stride.y, packing,
      elementBytes: weights.elementType.byteCount, .init(options.target))
    return algorithm == .direct ? order : order.tiled(output: output)
  }

  private func activation(_ index: Int, of node: Node) throws(LoweringError) -> Int {
    guard let index = activations[index] else {
      throw LoweringError(
        node: node.name,
        reason: source.constants[index] == nil
          ? "reads '\(source.tensors[index].name)' before it is written"
          : "reads the constant '\(source.tensors[index].name)' as an activation, which has no kernel")
    }
    return index
  }

  private mutating func extendLife(of index: Int, to step: Int) {
    let root = layouts.views[index]?.root ?? index
    if let life = lifetimes[root] { lifetimes[root] = (life.first, max(life.last, step)) }
  }

  /// How the weights of a node are packed; nil where it has none.
  private func packing(of node: Node) -> WeightPacking? {
    guard let weights = node.parameters.first.map({ source.tensors[$0] }) else { return nil }
    switch node.operation {
    case .convolution(let convolution):
      switch layouts.layouts[node.inputs[0]] {
      case .blocked(let block):
        return .convolution(weights.shape, convolution, channelBlock: block, weights.elementType)
      default: return .stem(weights.shape, convolution, weights.elementType)
      }
    case .linear: return .linear(weights.shape, weights.elementType)
    default: return nil
    }
  }

  /// Packs the constants of a node. A weighted node gets a bias if it has none.
  private mutating func addParameters(of node: Node) -> [Int] {
    guard let packing = packing(of: node) else { return [] }
    let outputs = packing.outputs
    if node.requantization?.winograd8 != nil { return addWinograd8(of: node) }
    var parameters = [addConstant(node.parameters[0], as: .packed(packing), outputs: outputs)]
    parameters += node.parameters.dropFirst().map { addConstant($0, as: .perLane, outputs: outputs) }
    if parameters.count == 1 {
      let zeros = Constant.float32([Float](repeating: 0, count: outputs))
      parameters.append(
        store(zeros, Tensor(name: node.name + ".bias", elementType: .float32, shape: [outputs]), as: .perLane, outputs))
    }
    return parameters
  }

  /// The transformed weights of Winograd in 8 bits in the place of the weights that they stand for, and what belongs to
  /// its outputs.
  private mutating func addWinograd8(of node: Node) -> [Int] {
    guard case .blocked(let block) = layouts.layouts[node.inputs[0]],
      let transformed = source.constants[node.parameters[4]]
    else { preconditionFailure("Winograd reads maps in blocks, and has transformed weights") }
    let (weights, packing) = (
      source.tensors[node.parameters[0]],
      WeightPacking.winograd8(source.tensors[node.parameters[4]].shape, channelBlock: block)
    )
    return [store(transformed, weights, as: .packed(packing), packing.outputs)]
      + node.parameters[1...3].map { addConstant($0, as: .perLane, outputs: packing.outputs) }
  }

  /// The scale and the shift of a batch norm.
  private mutating func addAffine(_ norm: BatchNorm, of node: Node) -> [Int] {
    let parameters = node.parameters.compactMap { source.floats(of: $0) }
    let channels = parameters[0].count
    guard parameters.count == 4 else {
      return node.parameters.map { addConstant($0, as: .perLane, outputs: channels) }
    }
    let (scale, shift) = norm.affine(parameters)
    return [(".scale", scale), (".shift", shift)].map { suffix, values in
      store(
        .float32(values.map { Float($0) }), Tensor(name: node.name + suffix, elementType: .float32, shape: [channels]),
        as: .perLane, channels)
    }
  }

  private mutating func addConstant(_ index: Int, as form: ConstantKey.Form, outputs: Int) -> Int {
    let key = ConstantKey(tensor: index, form: form)
    if let stored = constants[key] { return stored }
    var tensor = source.tensors[index]
    let copies = constants.keys.count { $0.tensor == index }
    if copies > 0 { tensor.name += ".\(copies + 1)" }
    let stored = store(source.constants[index]!, tensor, as: form, outputs)
    constants[key] = stored
    return stored
  }

  private mutating func store(
    _ constant: Constant, _ tensor: Tensor, as form: ConstantKey.Form, _ outputs: Int
  ) -> Int {
    let packing: WeightPacking? = if case .packed(let packing) = form { packing } else { nil }
    var stored = tensor
    stored.layout = packing?.layout ?? WeightPacking.perLaneLayout
    stored.weights = payload.append(constant.packed(packing, outputs: outputs))
    model.tensors.append(stored)
    return model.tensors.count - 1
  }

  /// Plans the arena and gives every activation and scratch its place.
  mutating func finish() -> LoweredModel {
    for output in source.outputs { extendLife(of: output.tensor, to: source.nodes.count) }
    let owners = lifetimes.keys.sorted()
    let arena = ArenaPlan(
      owners.map { owner in
        ArenaPlan.Buffer(
          length: layouts.byteCount(of: owner, in: source), first: lifetimes[owner]!.first, last: lifetimes[owner]!.last
        )
      } + scratch.map { ArenaPlan.Buffer(length: $0.byteCount, first: $0.node, last: $0.node) })
    precondition(arena.overlap == nil, "two buffers that live at the same time overlap")
    var regions: [Int: Region] = [:]
    for (index, owner) in owners.enumerated() {
      regions[owner] = Region(offset: arena.offsets[index], length: arena.buffers[index].length)
    }
    for (tensor, view) in layouts.views {
      let offset = regions[view.root]!.offset + view.byteOffset
      let length = layouts.byteCount(of: tensor, in: source).roundedUp(to: ArenaPlan.alignment)
      regions[tensor] = Region(offset: offset, length: min(length, regions[view.root]!.end - offset))
    }
    for (tensor, index) in activations { model.tensors[index].arena = regions[tensor] }
    for (index, owner) in scratch.enumerated() {
      let buffer = owners.count + index
      model.nodes[owner.node].plan?.scratch =
        Region(offset: arena.offsets[buffer], length: arena.buffers[buffer].length)
    }
    model.inputs = source.inputs.map { activations[$0]! }
    model.outputs = source.outputs.map { output in
      var output = output
      output.tensor = activations[output.tensor]!
      return output
    }
    model.plan = Plan(target: options.target.name, arenaBytes: arena.byteCount)
    model.formatVersion = model.neededVersion
    return LoweredModel(graph: model, weights: payload.bytes, arena: arena, activations: activations)
  }
}

extension Constant {
  /// In the order of a weight packing, or with one lane per output.
  fileprivate func packed(_ packing: WeightPacking?, outputs: Int) -> Constant {
    func order<Element: Numeric>(_ values: [Element]) -> [Element] {
      packing?.pack(values) ?? WeightPacking.packPerLane(values, outputs: outputs)
    }
    switch self {
    case .float32(let values): return .float32(order(values))
    case .bfloat16(let values): return .bfloat16(order(values))
    case .int8(let values): return .int8(order(values))
    case .uint8(let values): return .uint8(order(values))
    case .int32(let values): return .int32(order(values))
    }
  }
}
