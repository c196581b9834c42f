import HRNFormat
import HRNGraph

extension Mapping {
  // MARK: The input

  /// Binds the one input that comes from outside.
  ///
  /// A batch that has a name, or none, is one picture. Maps come as `[1, C, H, W]`; where the file wants them as
  /// `[1, H, W, C]` and transposes them first, the transposition is taken back.
  ///
  /// - Parameter size: Height and width of a map, for a file that leaves them open.
  func bindInput(of message: GraphMessage, size: (height: Int, width: Int)?) throws(ONNXError) {
    let inputs = message.inputs.filter { bindings[$0.name] == nil }
    guard inputs.count == 1 else { throw .inputs(inputs.map(\.name)) }
    let input = inputs[0]
    guard input.isTensor, let type = Int(exactly: input.elementType).flatMap(ONNXElementType.init(rawValue:)),
      type.isReal || type == .uint8
    else {
      throw .input(
        input.name, found: input.isTensor ? "elements of \(ONNXElementType.name(input.elementType))" : "no tensor",
        expected: "a tensor of floats", advice: "export the model with a float input")
    }
    if type != .float { note("input '\(input.name.printable)' of \(type.name) is taken as float32") }
    let isTransposed = input.extents?.count == 4 && isTransposedFirst(input.name, in: message.nodes)
    let shape = try extents(of: input, sides: isTransposed ? [1, 2] : [2, 3], size)
    if isTransposed {
      let tensor = addInput(input.name, shape: [shape[0], shape[3], shape[1], shape[2]])
      bindings[input.name] = .value(Carried(shape: shape, tensor: tensor, order: .axes([0, 2, 3, 1])))
      note("input '\(input.name.printable)' is [N, H, W, C] in the file; here it is [N, C, H, W]")
      return
    }
    let tensor = addInput(input.name, shape: Self.carrier(of: shape))
    bindings[input.name] = .value(Carried(shape: shape, tensor: tensor))
  }

  /// The shape of the tensor that carries a value of any rank.
  private static func carrier(of shape: [Int]) -> [Int] {
    switch shape.count {
    case 4 where shape[0] == 1, 2 where shape[0] == 1: shape
    case 3: shape[0] == 1 ? shape + [1] : [1] + shape
    default: [1, shape.reduce(1, *)]
    }
  }

  /// - Parameter sides: The axes of height and width, where there are four.
  private func extents(
    of input: ValueMessage, sides: [Int], _ size: (height: Int, width: Int)?
  ) throws(ONNXError) -> [Int] {
    guard let stated = input.extents else {
      throw .input(
        input.name, found: "no shape", expected: "[N, C, H, W] or [N, F]", advice: "export the model with shapes")
    }
    var shape: [Int] = []
    for (axis, extent) in stated.enumerated() {
      switch extent {
      case .number(let number):
        guard number > 0, number <= Limits.extent else {
          throw .input(
            input.name, found: "an extent of \(number)", expected: "extents from 1 to \(Limits.extent)",
            advice: "export the model with the size of its pictures")
        }
        shape.append(Int(number))
      case .name, .unknown:
        let side = stated.count == 4 ? sides.firstIndex(of: axis) : nil
        shape.append(try openExtent(axis, of: input.name, isBatch: axis == 0 && stated.count > 1, side: side, size))
      }
    }
    guard shape.boundedProduct != nil else {
      throw .input(
        input.name, found: "the shape \(describe(shape))", expected: "at most \(Limits.elements) elements",
        advice: "is the file damaged?")
    }
    if shape.count == 2 || shape.count == 4, shape[0] != 1 {
      throw .input(
        input.name, found: "a batch of \(shape[0])", expected: "1",
        advice: "export the model with a batch of one, or an open one")
    }
    return shape
  }

  /// What an extent is that the file leaves open: one picture, or a side of the size that is asked for.
  ///
  /// - Parameter side: 0 for the height, 1 for the width, nil for neither.
  private func openExtent(
    _ axis: Int, of input: String, isBatch: Bool, side: Int?, _ size: (height: Int, width: Int)?
  ) throws(ONNXError) -> Int {
    if isBatch {
      note("the open batch of input '\(input.printable)' is one picture")
      return 1
    }
    guard let side else {
      throw .input(
        input, found: "an open extent along axis \(axis)", expected: "a number but for batch, height and width",
        advice: "export the model with the size of its input")
    }
    guard let size else {
      throw .input(
        input, found: "an open height or width", expected: "a size",
        advice: "give it with --size HEIGHTxWIDTH, or with the recipe")
    }
    return side == 0 ? size.height : size.width
  }

  /// Whether a name is read, perhaps after arithmetic, by a transposition of `[N, H, W, C]` to `[N, C, H, W]`.
  private func isTransposedFirst(_ name: String, in nodes: [NodeMessage]) -> Bool {
    let passing: Set = ["Cast", "Identity", "Add", "Sub", "Mul", "Div"]
    var names: Set = [name]
    for node in nodes where node.inputs.contains(where: names.contains) {
      if node.operatorType == "Transpose", case .integers([0, 3, 1, 2])? = node.attributes["perm"]?.value {
        return true
      }
      if passing.contains(node.operatorType) { names.formUnion(node.outputs) }
    }
    return false
  }

  // MARK: The outputs

  /// The results of the network, as vectors in ONNX's order of elements, with what their numbers are.
  func bindOutputs(of message: GraphMessage) throws(ONNXError) {
    guard !message.outputs.isEmpty else { throw .noOutputs }
    guard message.outputs.count <= Limits.outputs else { throw .tooMany("outputs", most: Limits.outputs) }
    var seen = Set<String>()
    for output in message.outputs {
      guard seen.insert(output.name).inserted else { throw .duplicate("output", name: output.name) }
      switch bindings[output.name] {
      case .value(let value):
        let tensor: Int
        do throws(Refusal) { tensor = try result(value, name: output.name.printable) } catch {
          throw .output(output.name, reason: error.reason)
        }
        graph.outputs.append(
          Output(name: output.name.printable, tensor: tensor, kind: kind(of: tensor)))
      case .constant: throw .output(output.name, reason: "is a constant, expected what the network computes")
      case .failed, nil: throw .unknownValue(output.name, reader: "the list of outputs")
      }
    }
    separateLevels()
  }

  /// A value as a vector that a node writes.
  private func result(_ value: Carried, name: String) throws(Refusal) -> Int {
    let vector = try vector(value, name: name)
    guard graph.inputs.contains(vector) else { return vector }
    let count = graph.shape(of: vector)[1]
    // Nothing is computed: a slice of everything copies the input.
    return try add(.slice(Slice(begin: 0, count: count)), [vector], name: name + ".copy")
  }

  private func kind(of tensor: Int) -> ScoreKind {
    var (node, isPart) = (producer(of: tensor), false)
    while case .slice? = node?.operation, let whole = node?.inputs.first {
      (node, isPart) = (producer(of: whole), true)
    }
    switch node?.operation {
    case .softmax where !isPart: return .softmax
    case .activation(.sigmoid): return .sigmoid
    default: return .feature
    }
  }
}
