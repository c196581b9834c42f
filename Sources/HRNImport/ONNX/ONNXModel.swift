import HRNFormat
import HRNGraph

/// A network in ONNX's form, read from its own protobuf. No other file is ever opened, and nothing of it is executed.
package struct ONNXModel: Sendable {
  private let bytes: ModelBytes
  private let message: ModelMessage
  private let opset: Int

  /// Reads the messages; constants stay where they are in the bytes.
  ///
  /// - Throws: `ImportError.onnx` where the bytes are no ONNX model, or one of versions or kinds that are not read.
  package init(_ bytes: ModelBytes) throws(ImportError) {
    do throws(ONNXError) {
      message = try ModelMessage(WireReader(bytes.bytes, 0..<bytes.bytes.count))
      opset = try Self.opset(of: message)
    } catch {
      throw .onnx(error)
    }
    self.bytes = bytes
  }

  /// The constants that the file holds: name, type, shape, and whether they are real numbers.
  package var tensors: [(name: String, type: String, shape: [Int], isReal: Bool)] {
    message.graph.initializers.map { ($0.name, $0.type.name, $0.shape, $0.type.isReal) }
  }

  /// The file's versions and who wrote it, in a line.
  package var origin: String {
    "ONNX of IR version \(message.irVersion), opset \(opset)"
      + (message.producer.isEmpty ? "" : ", written by \(message.producer.printable)")
  }

  /// How many nodes there are of each operator, by name.
  package var operators: [(name: String, count: Int)] {
    Dictionary(message.graph.nodes.map { ($0.operatorType, 1) }, uniquingKeysWith: +)
      .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// The network, and what was decided on the way, a line each.
  ///
  /// - Parameters:
  ///   - name: The graph's.
  ///   - size: Height and width of its pictures, for a file that leaves them open.
  /// - Throws: `ImportError.onnx` with everything that has no counterpart here.
  package func graph(
    name: String, size: (height: Int, width: Int)? = nil
  ) throws(ImportError) -> (graph: Graph, notes: [String]) {
    do throws(ONNXError) {
      let mapping = Mapping(message, bytes.bytes, opset: opset)
      for tensor in message.graph.initializers {
        guard mapping.bindings.updateValue(.constant(HostTensor(tensor, in: bytes.bytes)), forKey: tensor.name) == nil
        else { throw ONNXError.duplicate("initializer", name: tensor.name) }
      }
      try mapping.bindInput(of: message.graph, size: size)
      try mapping.map(message.graph)
      try mapping.bindOutputs(of: message.graph)
      var graph = JoinLines.run(on: mapping.graph.compacted())
      graph.name = name
      do throws(GraphError) { try graph.verify() } catch { throw ONNXError.graph(error.message) }
      return (graph, mapping.notes)
    } catch {
      throw .onnx(error)
    }
  }

  private static func opset(of message: ModelMessage) throws(ONNXError) -> Int {
    guard let ir = Int(exactly: message.irVersion), ONNXVersions.ir.contains(ir) else {
      throw .irVersion(message.irVersion)
    }
    guard let stated = message.opsets[""] else { throw .opset(nil) }
    guard let opset = Int(exactly: stated), ONNXVersions.opsets.contains(opset) else { throw .opset(stated) }
    guard message.functions.isEmpty else { throw .functions(message.functions) }
    return opset
  }
}
