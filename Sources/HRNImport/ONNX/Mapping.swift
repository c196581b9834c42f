import HRNFormat
import HRNGraph

/// From the nodes of an ONNX file, one by one, to a graph.
///
/// A name of the file stands for a constant, which is computed with here, or for a value that a tensor of the graph
/// carries. Nodes that no output depends on are passed over. A node that cannot be mapped is recorded and the rest is
/// mapped on, so that all of them are reported at once.
final class Mapping {
  let opset: Int
  let bytes: UnsafeRawBufferPointer
  var graph: Graph
  var bindings: [String: Binding] = [:]
  var notes: [String] = []
  var failures: [UnsupportedNode] = []
  /// By map: the vector that it was flattened to.
  private var flattened: [Int: Int] = [:]
  /// By tensor with a border: the tensor that holds the border too.
  private var bordered: [[Int]: Int] = [:]
  /// By tensor: what it is a clamped line of, which gates of Hard Swish are recognized by.
  var gates: [Int: Gate] = [:]
  /// By tensor: the position of the node that writes it.
  private(set) var producers: [Int: Int] = [:]
  /// How often each name is read, by live nodes and as an output.
  private(set) var uses: [String: Int] = [:]
  /// How often each name is an output.
  private(set) var outputUses: [String: Int] = [:]
  /// By initializer and form: its constant in the graph.
  private var weights: [WeightKey: Int] = [:]
  private var filledBytes = 0
  private var weightBytes = 0
  private var foldedElements = 0
  private var nodeNames: [String: Int] = [:]
  private var tensorNames: [String: Int] = [:]

  private struct WeightKey: Hashable {
    var name: String
    var form: String
  }

  init(_ model: ModelMessage, _ bytes: UnsafeRawBufferPointer, opset: Int) {
    self.opset = opset
    self.bytes = bytes
    let name = model.graph.name.isEmpty ? "onnx" : model.graph.name
    graph = Graph(name: String(name.printable.prefix(64)))
  }

  // MARK: Nodes

  /// Maps the nodes that the outputs depend on.
  ///
  /// - Throws: `unknownValue` or `duplicate` where the file is not a graph in order.
  func map(_ message: GraphMessage) throws(ONNXError) {
    var made = Set(bindings.keys)
    for node in message.nodes {
      for input in node.inputs where !input.isEmpty && !made.contains(input) {
        throw .unknownValue(input, reader: "\(node.operatorType.printable) '\(title(of: node).printable)'")
      }
      for output in node.outputs where !output.isEmpty {
        guard made.insert(output).inserted else { throw .duplicate("value", name: output) }
      }
    }
    var needed = Set(message.outputs.map(\.name))
    for output in message.outputs { outputUses[output.name, default: 0] += 1 }
    uses = outputUses
    var live = [Bool](repeating: false, count: message.nodes.count)
    for (index, node) in message.nodes.enumerated().reversed() where node.outputs.contains(where: needed.contains) {
      live[index] = true
      needed.formUnion(node.inputs.lazy.filter { !$0.isEmpty })
      for input in node.inputs { uses[input, default: 0] += 1 }
    }
    for (index, node) in message.nodes.enumerated() where live[index] { map(node, needed) }
    if !failures.isEmpty { throw .unsupported(failures) }
  }

  private func title(of node: NodeMessage) -> String {
    node.name.isEmpty ? node.outputs.first { !$0.isEmpty } ?? "" : node.name
  }

  private func map(_ node: NodeMessage, _ needed: Set<String>) {
    do throws(Refusal) {
      guard node.domain.isEmpty else {
        throw Refusal("is of the domain '\(node.domain.printable)', which is not ONNX's own")
      }
      guard let claim = Claim.byName[node.operatorType] else {
        throw Refusal("is of an operator that is not supported")
      }
      let view = NodeView(
        message: node, opset: opset, inputs: node.inputs.map { $0.isEmpty ? nil : bindings[$0] },
        name: title(of: node))
      try claim.check(view)
      let results = try claim.map(self, view)
      for (index, output) in node.outputs.enumerated() where !output.isEmpty {
        guard results.indices.contains(index) else {
          if needed.contains(output) { throw Refusal("has an output \(index) that is read, which is not mapped") }
          continue
        }
        bindings[output] = results[index]
      }
    } catch {
      if !error.isConsequence {
        failures.append(UnsupportedNode(name: title(of: node), operatorType: node.operatorType, reason: error.reason))
      }
      for output in node.outputs { bindings[output] = .failed }
    }
  }

  // MARK: Tensors and nodes of the graph

  /// A name that none of `names` has yet: short, printable, not empty.
  private static func unique(_ wish: String, among names: inout [String: Int]) -> String {
    let base = wish.isEmpty ? "value" : wish.printable
    var name = base
    while let number = names[name] {
      names[name] = number + 1
      name = "\(base).\(number + 1)"
    }
    names[name] = 1
    return name
  }

  /// Adds what comes from outside.
  func addInput(_ name: String, shape: [Int]) -> Int {
    let input = graph.addTensor(
      Tensor(name: Self.unique(name, among: &tensorNames), elementType: .float32, shape: shape))
    graph.inputs.append(input)
    return input
  }

  /// Adds a node and the tensor that it writes; gives that tensor.
  func add(_ operation: Operation, _ inputs: [Int], _ parameters: [Int] = [], name: String) throws(Refusal) -> Int {
    let shape: [Int]
    do throws(ShapeError) {
      shape = try operation.outputShape(
        inputs: inputs.map(graph.shape(of:)), parameters: parameters.map(graph.shape(of:)))
    } catch {
      throw Refusal(error.message)
    }
    guard shape.boundedProduct != nil, shape.allSatisfy({ $0 <= Limits.extent }) else {
      throw Refusal("gives \(describe(shape)), which is too large")
    }
    let node = Self.unique(name, among: &nodeNames)
    let output = graph.addTensor(
      Tensor(name: Self.unique(name, among: &tensorNames), elementType: .float32, shape: shape))
    producers[output] = graph.nodes.count
    graph.nodes.append(
      Node(name: node, operation: operation, inputs: inputs, parameters: parameters, outputs: [output]))
    return output
  }

  /// The node that writes a tensor.
  func producer(of tensor: Int) -> Node? { producers[tensor].map { graph.nodes[$0] } }

  /// Replaces the operation and parameters of the node that writes a tensor, which nothing else has read yet.
  func rewrite(_ tensor: Int, _ operation: Operation, parameters: [Int]) {
    guard let position = producers[tensor] else { preconditionFailure("a tensor that no node writes is rewritten") }
    graph.nodes[position].operation = operation
    graph.nodes[position].parameters = parameters
  }

  // MARK: Constants of the graph

  /// Floats as a constant of the graph.
  func parameter(_ name: String, shape: [Int], _ floats: [Float]) -> Int {
    graph.addConstant(Self.unique(name, among: &tensorNames), shape: shape, .float32(floats))
  }

  /// A constant of the file as one of the graph, made once however often it is read.
  ///
  /// - Parameters:
  ///   - form: Names what `transform` does; nil for the elements as they are.
  ///   - shape: Of the result.
  func weight(
    _ tensor: HostTensor, shape: [Int], form: String? = nil, _ transform: (([Float]) -> [Float])? = nil
  ) throws(Refusal) -> Int {
    let key = WeightKey(name: tensor.name, form: (form ?? "") + describe(shape))
    if !tensor.name.isEmpty, let known = weights[key] { return known }
    guard shape.allSatisfy({ $0 > 0 }) else { throw Refusal("has weights of shape \(describe(shape)), expected some") }
    try charge(tensor)
    let floats = tensor.floats
    let index = parameter(tensor.name.isEmpty ? "constant" : tensor.name, shape: shape, transform?(floats) ?? floats)
    if !tensor.name.isEmpty { weights[key] = index }
    return index
  }

  /// Counts the memory of a constant: filled with one number, or read from the file once more.
  private func charge(_ tensor: HostTensor) throws(Refusal) {
    if case .filled = tensor.elements {
      filledBytes += tensor.count * 4
      let limit = max(bytes.count, ONNXLimits.filledBytes)
      guard filledBytes <= limit else {
        throw Refusal(
          "fills more than \(limit >> 20) MiB of constants with one number, and the file has \(bytes.count) bytes; "
            + "write them out as initializers")
      }
    } else {
      weightBytes += tensor.count * 4
      guard weightBytes <= max(bytes.count, 1 << 20) * ONNXLimits.growth else {
        throw Refusal("reads constants in more forms than \(ONNXLimits.growth) times the file's size holds")
      }
    }
  }

  /// Counts elements that are computed while the file is read.
  func spend(_ elements: Int) throws(Refusal) {
    guard elements <= ONNXLimits.foldedElements, foldedElements + elements <= ONNXLimits.foldingWork else {
      throw Refusal("computes \(counted(elements, "number")) from constants, which is too many")
    }
    foldedElements += elements
  }

  // MARK: Values

  /// Binds a tensor of the graph as ONNX sees it.
  func bind(_ tensor: Int, shape: [Int]? = nil, order: Carried.Order = .same) -> [Binding] {
    [.value(Carried(shape: shape ?? graph.shape(of: tensor), tensor: tensor, order: order))]
  }

  /// A value with its border, if it has one, in the tensor.
  func whole(_ value: Carried, name: String) throws(Refusal) -> Carried {
    guard let border = value.border else { return value }
    guard border.value == 0 else { throw Refusal("reads a map padded with \(border.value), expected 0") }
    let padding = border.padding
    let key = [value.tensor, padding.top, padding.left, padding.bottom, padding.right]
    var result = value
    result.border = nil
    if let known = bordered[key] {
      result.tensor = known
    } else {
      result.tensor = try pad(value.tensor, padding, name: name + ".pad")
      bordered[key] = result.tensor
    }
    return result
  }

  /// A value as a map `[1, C, H, W]` in its own order.
  func map(_ value: Carried, name: String) throws(Refusal) -> Int {
    let value = try whole(value, name: name)
    guard value.shape.count == 4 else { throw Refusal("reads \(describe(value.shape)), expected [1, C, H, W]") }
    guard value.order == .same, graph.shape(of: value.tensor) == value.shape else {
      throw Refusal("reads a map that was reshaped or transposed to \(describe(value.shape))")
    }
    return value.tensor
  }

  /// A value as a vector `[1, F]` in ONNX's order.
  func vector(_ value: Carried, name: String) throws(Refusal) -> Int {
    let value = try whole(value, name: name)
    guard value.order == .same else { throw Refusal("reads a transposed map as a vector") }
    return try flatten(value.tensor, name: name)
  }

  /// A map of the graph as a vector, made once; a vector as it is.
  func flatten(_ tensor: Int, name: String) throws(Refusal) -> Int {
    guard graph.shape(of: tensor).count == 4 else { return tensor }
    if let known = flattened[tensor] { return known }
    let vector = try add(.flatten(Flatten()), [tensor], name: name + ".flatten")
    flattened[tensor] = vector
    return vector
  }

  /// A value in the form that its rank suggests: a vector where ONNX has one, else as it is carried.
  func natural(_ value: Carried, name: String) throws(Refusal) -> Carried {
    var value = try whole(value, name: name)
    if value.order == .same, value.shape.count <= 2 { value.tensor = try flatten(value.tensor, name: name) }
    return value
  }

  /// Whether an axis of ONNX's shape is the one along which the value's tensor has its channels (axis 1).
  func isChannelAxis(_ axis: Int, of value: Carried) -> Bool {
    let carrier = graph.shape(of: value.tensor)
    switch value.order {
    case .axes(let axes): return axes[axis] == 1
    case .row: return false
    case .same:
      return value.shape[axis] == carrier[1] && value.shape[..<axis].allSatisfy { $0 == 1 }
        && value.shape[(axis + 1)...].reduce(1, *) == carrier[2...].reduce(1, *)
    }
  }
}
