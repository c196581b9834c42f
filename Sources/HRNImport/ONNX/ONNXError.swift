import HRNFormat

/// A node that is not mapped, and why.
package struct UnsupportedNode: Equatable, Sendable {
  /// The node's name, or the value that it writes where it has none.
  package var name: String
  package var operatorType: String
  package var reason: String
}

/// Why an ONNX file is not imported.
package enum ONNXError: Error, Equatable, Sendable {
  case wire(offset: Int, WireFault)
  /// A field holds another kind of value than its message says.
  case fieldType(String, offset: Int)
  /// A field that may come once comes again.
  case twice(String, offset: Int)
  case noGraph
  case sparse
  case tooMany(String, most: Int)
  case duplicate(String, name: String)
  case irVersion(Int64)
  /// Nil where the file imports no operators of ONNX's own.
  case opset(Int64?)
  case functions([String])
  case externalData(tensor: String)
  case elementType(tensor: String, found: String)
  case shape(tensor: String, found: [Int64], expected: String)
  case elements(tensor: String, found: String, expected: String)
  /// A node reads a value that nothing before it makes.
  case unknownValue(String, reader: String)
  /// Not one input that comes from outside.
  case inputs([String])
  case input(String, found: String, expected: String, advice: String)
  case noOutputs
  case output(String, reason: String)
  case unsupported([UnsupportedNode])
  /// The mapped graph is not sound: a defect of the mapping.
  case graph(String)

  /// The error in words, to follow the file's name.
  package var message: String {
    switch self {
    case .wire(let offset, let fault):
      "byte \(offset): \(fault.message)\n  is it an ONNX file, and whole?"
    case .fieldType(let name, let offset):
      "byte \(offset): the field \(name) holds another kind of value than ONNX's messages say"
    case .twice(let name, let offset):
      "byte \(offset): the field \(name) comes a second time, expected once"
    case .noGraph: "holds no graph, expected an ONNX model"
    case .sparse: "holds sparse constants, expected dense ones\n  export the model with dense initializers"
    case .tooMany(let what, let most): "holds more than \(most) \(what)"
    case .duplicate(let what, let name): "has a second \(what) named '\(name.printable)', expected a name for each"
    case .irVersion(let found):
      "is of ONNX's IR version \(found), expected \(ONNXVersions.ir.lowerBound) to \(ONNXVersions.ir.upperBound)"
    case .opset(nil): "imports no operator set of ONNX itself, expected one"
    case .opset(let found?):
      "uses opset \(found), expected \(ONNXVersions.opsets.lowerBound) to \(ONNXVersions.opsets.upperBound)\n"
        + "  export it again with an opset_version in between"
    case .functions(let names):
      "defines \(counted(names.count, "function")) of its own (\(list(names))), which are not read\n"
        + "  inline them first: onnx.inliner.inline_local_functions"
    case .externalData(let tensor):
      "keeps tensor '\(tensor.printable)' in another file, which is never opened\n"
        + "  save the model with its weights inside: onnx.save(onnx.load(model), single_file)"
    case .elementType(let tensor, let found):
      "tensor '\(tensor.printable)' holds \(found), expected floats of 16, 32 or 64 bits, integers or bool"
    case .shape(let tensor, let found, let expected):
      "tensor '\(tensor.printable)' has the extents \(found), expected \(expected)"
    case .elements(let tensor, let found, let expected):
      "tensor '\(tensor.printable)' holds \(found), expected \(expected)"
    case .unknownValue(let value, let reader):
      "\(reader) reads '\(value.printable)', which nothing before it makes"
    case .inputs(let names):
      "has \(counted(names.count, "input")) (\(list(names))), expected one, the picture\n"
        + "  bind the others as initializers"
    case .input(let name, let found, let expected, let advice):
      "input '\(name.printable)' has \(found), expected \(expected)\n  \(advice)"
    case .noOutputs: "has no outputs"
    case .output(let name, let reason): "output '\(name.printable)' \(reason)"
    case .unsupported(let nodes):
      "\(counted(nodes.count, "node")) cannot be compiled:\n"
        + nodes.map { "  \($0.operatorType.printable) '\($0.name.printable)' \($0.reason)\n" }.joined()
        + "  what can be: hrn-compile ops --onnx"
    case .graph(let words): "the mapped graph is not sound, which is a defect of hrn-compile: \(words)"
    }
  }

  private func list(_ names: [String]) -> String {
    let shown = names.prefix(8).map { "\($0.printable)" }.joined(separator: ", ")
    return names.isEmpty ? "none" : names.count > 8 ? shown + " …" : shown
  }
}

extension WireFault {
  /// The fault in words.
  var message: String {
    switch self {
    case .cut: "the bytes end within a number"
    case .longNumber: "a number has more than 64 bits"
    case .fieldNumber: "a field has a number that no message has"
    case .wireType(let type): "a field is of wire type \(type), which ONNX does not have"
    case .length(let length, let available): "a field of \(length) bytes where only \(available) are left"
    }
  }
}

/// The versions of ONNX that are read.
package enum ONNXVersions {
  /// Of the file's messages.
  package static let ir = 3...14
  /// Of the operators.
  package static let opsets = 7...28
}
