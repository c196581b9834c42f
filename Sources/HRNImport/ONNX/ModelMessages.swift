/// The model of a file: versions, and its graph. What it says about training, and notes for people, are passed over.
struct ModelMessage {
  var irVersion: Int64 = 0
  var producer = ""
  /// By domain; "" is ONNX's own.
  var opsets: [String: Int64] = [:]
  var graph = GraphMessage()
  /// Names of functions that the file defines.
  var functions: [String] = []

  init(_ message: WireReader) throws(ONNXError) {
    var reader = message
    var graphRange: Range<Int>?
    var version = ""
    while let field = try reader.next() {
      switch field.number {
      case 1: irVersion = try reader.integer(field, "ir_version")
      case 2: producer = try reader.text(field, "producer_name")
      case 3: version = try reader.text(field, "producer_version")
      case 7:
        guard graphRange == nil else { throw .twice("graph", offset: field.offset) }
        graphRange = try reader.range(field, "graph")
      case 8: try addOpset(WireReader(reader.bytes, try reader.range(field, "opset_import")))
      case 25:
        var function = WireReader(reader.bytes, try reader.range(field, "functions"))
        while let part = try function.next() {
          if part.number == 1 { functions.append(try function.text(part, "name")) }
        }
      default: break
      }
    }
    if !version.isEmpty { producer += " \(version)" }
    guard let graphRange else { throw .noGraph }
    graph = try GraphMessage(WireReader(reader.bytes, graphRange))
  }

  private mutating func addOpset(_ message: WireReader) throws(ONNXError) {
    var reader = message
    var (domain, version) = ("", Int64(0))
    while let field = try reader.next() {
      switch field.number {
      case 1: domain = try reader.text(field, "domain")
      case 2: version = try reader.integer(field, "version")
      default: break
      }
    }
    if domain == "ai.onnx" { domain = "" }
    guard opsets.updateValue(version, forKey: domain) == nil else {
      throw .duplicate("import of the operator set '\(domain)'", name: "\(version)")
    }
  }
}

/// The graph: nodes, constants, and the values that come in and go out.
struct GraphMessage {
  var name = ""
  var nodes: [NodeMessage] = []
  var initializers: [TensorMessage] = []
  var inputs: [ValueMessage] = []
  var outputs: [ValueMessage] = []

  init() {}

  init(_ message: WireReader) throws(ONNXError) {
    var reader = message
    while let field = try reader.next() {
      func part(_ name: StaticString) throws(ONNXError) -> WireReader {
        WireReader(reader.bytes, try reader.range(field, name))
      }
      switch field.number {
      case 1:
        try bound(nodes.count, "nodes")
        nodes.append(try NodeMessage(part("node")))
      case 2: name = try reader.text(field, "name")
      case 5:
        try bound(initializers.count, "initializers")
        initializers.append(try TensorMessage(part("initializer")))
      case 11:
        try bound(inputs.count, "inputs")
        inputs.append(try ValueMessage(part("input")))
      case 12:
        try bound(outputs.count, "outputs")
        outputs.append(try ValueMessage(part("output")))
      case 15: throw .sparse
      default: break
      }
    }
  }
}

/// Refuses one more of a list that is as long as it may be.
private func bound(
  _ count: Int, _ what: StaticString, most: Int = ONNXLimits.entries
) throws(ONNXError) {
  guard count < most else { throw .tooMany("\(what)", most: most) }
}

/// A value that comes into the graph or goes out: name, type and shape as far as they are stated.
struct ValueMessage {
  enum Extent: Equatable {
    case number(Int64)
    case name(String)
    case unknown
  }

  var name = ""
  var elementType: Int64 = 0
  /// Nil where the value is no tensor.
  var isTensor = false
  var extents: [Extent]?

  init(_ message: WireReader) throws(ONNXError) {
    var reader = message
    while let field = try reader.next() {
      switch field.number {
      case 1: name = try reader.text(field, "name")
      case 2:
        var type = WireReader(reader.bytes, try reader.range(field, "type"))
        while let part = try type.next() {
          guard part.number == 1 else { continue }
          isTensor = true
          try readTensorType(WireReader(reader.bytes, try type.range(part, "tensor_type")))
        }
      default: break
      }
    }
  }

  private mutating func readTensorType(_ message: WireReader) throws(ONNXError) {
    var reader = message
    while let field = try reader.next() {
      switch field.number {
      case 1: elementType = try reader.integer(field, "elem_type")
      case 2:
        var found: [Extent] = []
        var shape = WireReader(reader.bytes, try reader.range(field, "shape"))
        while let part = try shape.next() {
          guard part.number == 1 else { continue }
          try bound(found.count, "axes of a shape", most: ONNXLimits.rank)
          found.append(try Self.extent(WireReader(reader.bytes, try shape.range(part, "dim"))))
        }
        extents = found
      default: break
      }
    }
  }

  private static func extent(_ message: WireReader) throws(ONNXError) -> Extent {
    var reader = message
    var extent = Extent.unknown
    while let field = try reader.next() {
      switch field.number {
      case 1: extent = .number(try reader.integer(field, "dim_value"))
      case 2: extent = .name(try reader.text(field, "dim_param"))
      default: break
      }
    }
    return extent
  }
}

/// A node as the file states it.
struct NodeMessage {
  var name = ""
  var operatorType = ""
  var domain = ""
  /// Names of values; "" is an input that is left out.
  var inputs: [String] = []
  var outputs: [String] = []
  var attributes: [String: AttributeMessage] = [:]

  init(_ message: WireReader) throws(ONNXError) {
    var reader = message
    while let field = try reader.next() {
      switch field.number {
      case 1:
        try bound(inputs.count, "inputs of a node", most: ONNXLimits.nodeEntries)
        inputs.append(try reader.text(field, "input"))
      case 2:
        try bound(outputs.count, "outputs of a node", most: ONNXLimits.nodeEntries)
        outputs.append(try reader.text(field, "output"))
      case 3: name = try reader.text(field, "name")
      case 4: operatorType = try reader.text(field, "op_type")
      case 5:
        try bound(attributes.count, "attributes of a node", most: ONNXLimits.attributes)
        let attribute = try AttributeMessage(WireReader(reader.bytes, try reader.range(field, "attribute")))
        guard attributes.updateValue(attribute, forKey: attribute.name) == nil else {
          throw .duplicate("attribute of node '\(name)'", name: attribute.name)
        }
      case 7: domain = try reader.text(field, "domain")
      default: break
      }
    }
    if domain == "ai.onnx" { domain = "" }
  }
}

/// An attribute of a node. What lies within subgraphs is not read: no operator that has one is mapped.
struct AttributeMessage {
  enum Value {
    case float(Float)
    case integer(Int64)
    case text(String)
    case tensor(TensorMessage)
    case floats([Float])
    case integers([Int64])
    /// A kind of value that no operator of ours has, by name.
    case other(String)
  }

  var name = ""
  var value = Value.other("nothing")

  init(_ message: WireReader) throws(ONNXError) {
    var reader = message
    var kind: Int64 = 0
    var (floats, integers): ([Range<Int>], [Int64]) = ([], [])
    while let field = try reader.next() {
      switch field.number {
      case 1: name = try reader.text(field, "name")
      case 2:
        guard case .fixed32(let bits) = field.value else { throw .fieldType("f", offset: field.offset) }
        value = .float(Float(bitPattern: bits))
      case 3: value = .integer(try reader.integer(field, "i"))
      case 4: value = .text(try reader.text(field, "s"))
      case 5: value = .tensor(try TensorMessage(WireReader(reader.bytes, try reader.range(field, "t"))))
      case 6, 11: value = .other("a subgraph")
      case 7: try reader.append(field, width: 4, to: &floats, "floats")
      case 8: try reader.append(field, to: &integers, "ints")
      case 9: value = .other("strings")
      case 10: value = .other("tensors")
      case 14, 15: value = .other("a type")
      case 20: kind = try reader.integer(field, "type")
      case 21: value = .other("a reference to a function's attribute")
      case 22, 23: value = .other("a sparse tensor")
      default: break
      }
    }
    settle(kind: kind, floats, integers, reader.bytes)
  }

  /// The lists, which may be empty, and the numbers that writers leave out because they are 0.
  private mutating func settle(
    kind: Int64, _ floats: [Range<Int>], _ integers: [Int64], _ bytes: UnsafeRawBufferPointer
  ) {
    guard case .other("nothing") = value else { return }
    if kind == 6 || !floats.isEmpty {
      value = .floats(
        floats.flatMap { place in
          stride(from: place.lowerBound, to: place.upperBound, by: 4).map {
            Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self)))
          }
        })
    } else if kind == 7 || !integers.isEmpty {
      value = .integers(integers)
    } else if kind == 1 {
      value = .float(0)
    } else if kind == 2 {
      value = .integer(0)
    } else if kind == 3 {
      value = .text("")
    }
  }
}
