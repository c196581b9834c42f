import HRNFormat
import HRNGraph

/// Why a network has no form in ONNX.
package enum ONNXExportError: Error, Equatable, Sendable {
  /// An operation of quantized or compiled graphs.
  case operation(node: String, name: String)
  /// Protobuf has no larger files; ONNX's way around it, elements in files of their own, is not written.
  case tooLarge(bytes: Int, limit: Int)

  package var message: String {
    switch self {
    case .operation(let node, let name):
      "node '\(node)' is a \(name), which has no counterpart in ONNX; export the network as it was trained"
    case .tooLarge(let bytes, let limit):
      "as an ONNX file it has \(bytes) bytes or more, and such a file may have \(limit)"
    }
  }
}

/// Writes a float network as ONNX, with all constants in the file. Recipe and labels have no place in it.
///
/// Values are named as the graph's tensors, results as its outputs. The bytes are a function of the graph.
package struct ONNXExport {
  static let irVersion = 8
  static let opset = 17
  /// What protobuf can hold.
  package static let byteLimit = Int(Int32.max)

  /// The bytes of the file before the graph's, and the graph's.
  package let head: [UInt8]
  package let graph: [UInt8]

  /// - Parameter limit: Bytes that the file may have.
  package init(
    _ graph: Graph, toolVersion: String, limit: Int = ONNXExport.byteLimit
  ) throws(ONNXExportError) {
    let constants = graph.constants.values.reduce(0) { $0 + $1.count * $1.elementType.byteCount }
    guard constants < limit else { throw .tooLarge(bytes: constants, limit: limit) }
    self.graph = try Self.message(of: graph, reserving: constants)
    var model = WireWriter()
    model.integer(1, Self.irVersion)
    model.text(2, "hrn-compile")
    model.text(3, toolVersion)
    model.message(8) { opset in
      opset.text(1, "")
      opset.integer(2, Self.opset)
    }
    model.begin(7, byteCount: self.graph.count)
    head = model.bytes
    let bytes = head.count + self.graph.count
    guard bytes <= limit else { throw .tooLarge(bytes: bytes, limit: limit) }
  }

  private static func message(of graph: Graph, reserving bytes: Int) throws(ONNXExportError) -> [UInt8] {
    var nodes = ONNXNodes(graph)
    for node in graph.nodes { try nodes.append(node) }
    for output in graph.outputs { nodes.appendResult(output) }
    var message = WireWriter()
    message.reserve(bytes + nodes.bytes.count + (1 << 20))
    message.raw(nodes.bytes)
    message.text(2, graph.name)
    for tensor in nodes.constants { message.initializer(tensor) }
    for input in graph.inputs { message.value(11, nodes.name(of: input), shape: graph.shape(of: input)) }
    for output in graph.outputs { message.value(12, output.name, shape: graph.shape(of: output.tensor)) }
    return message.bytes
  }
}

extension WireWriter {
  /// Element types by the numbers of `TensorProto`.
  private enum ElementNumber {
    static let float = 1
    static let int64 = 7
  }

  /// A value's name, type and shape.
  fileprivate mutating func value(_ field: Int, _ name: String, shape: [Int]) {
    message(field) { value in
      value.text(1, name)
      value.message(2) { type in
        type.message(1) { tensor in
          tensor.integer(1, ElementNumber.float)
          tensor.message(2) { axes in
            for extent in shape { axes.message(1) { $0.integer(1, extent) } }
          }
        }
      }
    }
  }

  /// A constant. Its elements, which may be most of the file, are copied once.
  fileprivate mutating func initializer(_ constant: ONNXNodes.Constant) {
    var tensor = WireWriter()
    for extent in constant.shape { tensor.integer(1, extent) }
    switch constant.elements {
    case .floats: tensor.integer(2, ElementNumber.float)
    case .integers: tensor.integer(2, ElementNumber.int64)
    }
    tensor.text(8, constant.name)
    tensor.begin(9, byteCount: constant.byteCount)
    begin(5, byteCount: tensor.bytes.count + constant.byteCount)
    raw(tensor.bytes)
    // Every machine that this runs on is little-endian, as the format is.
    switch constant.elements {
    case .floats(let values): values.withUnsafeBytes { raw($0) }
    case .integers(let values): values.withUnsafeBytes { raw($0) }
    }
  }
}
