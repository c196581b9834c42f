import HRNFormat
import HRNGraph

@testable import HRNImport

/// Writes protobuf, for files that no exporter writes.
enum Wire {
  static func varint(_ value: UInt64) -> [UInt8] {
    var rest = value
    var bytes: [UInt8] = []
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  static func number(_ field: Int, _ value: Int64) -> [UInt8] {
    varint(UInt64(field) << 3) + varint(UInt64(bitPattern: value))
  }

  static func bytes(_ field: Int, _ content: [UInt8]) -> [UInt8] {
    varint(UInt64(field) << 3 | 2) + varint(UInt64(content.count)) + content
  }

  static func text(_ field: Int, _ content: String) -> [UInt8] { bytes(field, Array(content.utf8)) }

  static func float(_ field: Int, _ value: Float) -> [UInt8] {
    varint(UInt64(field) << 3 | 5) + withUnsafeBytes(of: value.bitPattern.littleEndian) { [UInt8]($0) }
  }

  // MARK: ONNX's messages

  static func model(_ graph: [UInt8], ir: Int64 = 8, opset: Int64 = 17, more: [UInt8] = []) -> [UInt8] {
    number(1, ir) + bytes(7, graph) + bytes(8, number(2, opset)) + more
  }

  static func node(
    _ type: String, _ inputs: [String], _ outputs: [String], _ attributes: [UInt8] = [], name: String = ""
  ) -> [UInt8] {
    bytes(
      1,
      inputs.flatMap { text(1, $0) } + outputs.flatMap { text(2, $0) } + text(3, name) + text(4, type) + attributes)
  }

  static func integers(_ name: String, _ values: [Int64]) -> [UInt8] {
    bytes(5, text(1, name) + values.flatMap { number(8, $0) } + number(20, 7))
  }

  static func integer(_ name: String, _ value: Int64) -> [UInt8] {
    bytes(5, text(1, name) + number(3, value) + number(20, 2))
  }

  static func tensor(_ name: String, _ dims: [Int64], type: Int64 = 1, _ content: [UInt8]) -> [UInt8] {
    bytes(5, dims.flatMap { number(1, $0) } + number(2, type) + text(8, name) + content)
  }

  static func floats(_ values: [Float]) -> [UInt8] {
    bytes(9, values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { [UInt8]($0) } })
  }

  /// An input; extents that are nil are left open.
  static func input(_ name: String, _ dims: [Int64?], type: Int64 = 1) -> [UInt8] { value(11, name, dims, type) }
  static func output(_ name: String) -> [UInt8] { value(12, name, [], 1) }

  private static func value(_ field: Int, _ name: String, _ dims: [Int64?], _ type: Int64) -> [UInt8] {
    let shape = bytes(2, dims.flatMap { bytes(1, $0.map { number(1, $0) } ?? text(2, "open")) })
    return bytes(field, text(1, name) + bytes(2, bytes(1, number(1, type) + shape)))
  }

  /// A model of one node that reads `x`, with what else it needs.
  static func model(of node: [UInt8], input dims: [Int64?] = [1, 3], _ more: [UInt8]...) -> [UInt8] {
    model(node + input("x", dims) + output("y") + more.flatMap { $0 })
  }
}

/// What importing bytes as ONNX ends in: the graph's text, or the error's words.
func imported(_ bytes: [UInt8]) -> Result<String, ImportError> {
  do throws(ImportError) {
    return .success(try ONNXModel(ModelBytes(copying: bytes)).graph(name: "test").graph.text())
  } catch {
    return .failure(error)
  }
}
