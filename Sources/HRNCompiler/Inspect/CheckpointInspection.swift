import Foundation
import HRNFormat
import HRNImport

/// What a checkpoint or an ONNX model says about itself, as `hrn-compile inspect` shows it: one value, printed as text or
/// encoded as JSON.
package struct CheckpointInspection: Encodable, Equatable, Sendable {
  package struct Tensor: Encodable, Equatable, Sendable {
    package var name: String
    package var elementType: String
    package var shape: [Int]
  }

  package var format: String
  package var fileBytes: Int
  /// Of the whole module, where one was saved.
  package var moduleClass: String?
  /// Keys of the text beside the tensors.
  package var metadata: [String]
  /// What was recognized, a line each.
  package var recognized: [String]
  /// Why it is not compiled as it is.
  package var obstacle: String?
  package var parameters: Int
  package var tensors: [Tensor]

  package init(_ model: ONNXModel, fileBytes: Int) {
    let summary = CheckpointSummary(model)
    format = "onnx"
    self.fileBytes = fileBytes
    metadata = []
    recognized = summary.recognized
    obstacle = summary.obstacle
    tensors = model.tensors.map { Tensor(name: $0.name.printable, elementType: $0.type, shape: $0.shape) }
    parameters = model.tensors.reduce(0) { $0 + ($1.isReal ? $1.shape.reduce(1, *) : 0) }
  }

  package init(_ checkpoint: Checkpoint, fileBytes: Int) {
    let summary = CheckpointSummary(checkpoint)
    format = checkpoint.format.name
    self.fileBytes = fileBytes
    moduleClass = checkpoint.module?.className
    metadata = checkpoint.metadata.keys.sorted()
    recognized = summary.recognized
    obstacle = summary.obstacle
    tensors = checkpoint.tensors.map { tensor in
      Tensor(name: tensor.name.printable, elementType: tensor.elementType.name, shape: tensor.shape)
    }
    parameters = checkpoint.tensors.reduce(0) { $0 + ($1.elementType.isFloatingPoint ? $1.elementCount : 0) }
  }

  /// As JSON, keys sorted.
  package var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    // Every value is text or a whole number, so encoding cannot fail.
    return String(decoding: try! encoder.encode(self), as: UTF8.self)
  }

  /// For people: what it is, then a line for each tensor.
  package var text: String {
    var lines = [
      "\(format) \(format == "onnx" ? "model" : "checkpoint"), \(Bytes.words(fileBytes)), "
        + "\(counted(tensors.count, "tensor")) of \(parameters) numbers"
    ]
    if let moduleClass { lines.append("a whole module of the class \(moduleClass.printable)") }
    if !metadata.isEmpty { lines.append("with \(metadata.map(\.printable).joined(separator: ", "))") }
    if !recognized.isEmpty { lines += ["", "recognized"] + recognized.map { "  " + $0 } }
    if let obstacle {
      lines += ["", "not compiled as it is"] + obstacle.split(separator: "\n").map { "  " + $0 }
    }
    lines += ["", "tensors"]
    lines += tensors.map { tensor in
      let shape = tensor.shape.isEmpty ? "one" : tensor.shape.map(String.init).joined(separator: "×")
      return "  \(tensor.name) \(shape) \(tensor.elementType)"
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
