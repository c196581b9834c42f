import HRNFormat
import HRNGraph
import Testing

@testable import HRNImport

/// Files that are no models, that lie, or that ask for more than there is: each ends in an error that says so.
@Suite struct ONNXBadInputTests {
  @Test(arguments: ["small-opset17", "typed"]) func truncationAtEveryLengthEndsInAnErrorOrAGraph(name: String) throws {
    let bytes = try ONNXFixture(name).bytes
    for length in bytes.indices { _ = imported(Array(bytes[..<length])) }
    #expect(throws: Never.self) { try imported(bytes).get() }
    #expect(throws: ImportError.self) { try imported(Array(bytes.dropLast())).get() }
  }

  @Test(arguments: ["small-opset17"]) func flippedBytesEndInAnErrorOrAGraph(name: String) throws {
    let bytes = try ONNXFixture(name).bytes
    for index in bytes.indices {
      for mask: UInt8 in [0x01, 0x80, 0xFF] {
        var damaged = bytes
        damaged[index] ^= mask
        _ = imported(damaged)
      }
    }
  }

  @Test(arguments: BadModel.all) func isRefusedWithWords(model: BadModel) {
    guard case .failure(let error) = imported(model.bytes) else {
      Issue.record("\(model) was imported")
      return
    }
    #expect(error.message.contains(model.words), "\(error.message)")
  }

  @Test func everyUnsupportedNodeIsListedOnceWithItsReason() {
    let nodes =
      Wire.node("Einsum", ["x"], ["a"], name: "first") + Wire.node("Relu", ["a"], ["b"], name: "consequence")
      + Wire.node("Clip", ["x"], ["c"], Wire.integer("min", 1), name: "second") + Wire.node("Det", ["b"], ["d"])
      + Wire.node("Sum", ["b", "c", "d"], ["y"])
    guard case .failure(.onnx(.unsupported(let found))) = imported(Wire.model(of: nodes)) else {
      Issue.record("expected a list of nodes")
      return
    }
    #expect(found.map(\.name) == ["first", "second", "d"])
    #expect(found.map(\.operatorType) == ["Einsum", "Clip", "Det"])
    #expect(
      ONNXError.unsupported(found).message == """
        3 nodes cannot be compiled:
          Einsum 'first' is of an operator that is not supported
          Clip 'second' has the attribute 'min', which is of opset 7 to 10, and the file of 17
          Det 'd' is of an operator that is not supported
          what can be: hrn-compile ops --onnx
        """)
  }

  @Test func nodesThatNoOutputDependsOnAreNotMapped() throws {
    let nodes = Wire.node("Einsum", ["x"], ["unread"]) + Wire.node("Relu", ["x"], ["y"])
    #expect(try imported(Wire.model(of: nodes)).get().contains("relu"))
  }

  @Test func subgraphsAreNotReadHoweverDeepTheyAre() {
    var graph: [UInt8] = []
    for _ in 0..<2000 {
      graph = Wire.node("If", ["x"], ["y"], Wire.bytes(5, Wire.text(1, "then_branch") + Wire.bytes(6, graph)))
    }
    guard case .failure(.onnx(.unsupported(let found))) = imported(Wire.model(of: graph)) else {
      Issue.record("expected the outermost node to be refused")
      return
    }
    #expect(found.map(\.operatorType) == ["If"])
  }

  @Test func aPartOfAPartIsFollowedHoweverLongTheChain() throws {
    let depth = 20_000
    var nodes = Wire.node("Sigmoid", ["x"], ["s0"])
    for index in 1...depth { nodes += Wire.node("Slice", ["s\(index - 1)", "one", "end", "one"], ["s\(index)"]) }
    let constants = [("one", Int64(1)), ("end", Int64.max)].flatMap {
      Wire.tensor($0, [1], type: 7, Wire.number(7, $1))
    }
    let bytes = Wire.model(
      nodes + constants + Wire.input("x", [1, Int64(depth + 2)]) + Wire.output("s\(depth)"))
    let graph = try ONNXModel(ModelBytes(copying: bytes)).graph(name: "chain").graph
    #expect(graph.outputs.map(\.kind) == [.sigmoid])
  }

  @Test func constantsThatManyNodesSpreadAreRefusedBeforeTheyAreMade() {
    let big = Wire.node("ConstantOfShape", ["s"], ["c"])
    let bytes = Wire.model(
      of: big + Wire.node("Sum", [String](repeating: "c", count: 64), ["t"]) + Wire.node("Add", ["x", "t"], ["y"]),
      Wire.tensor("s", [1], type: 7, Wire.number(7, 1 << 24)))
    guard case .failure(let error) = imported(bytes) else {
      Issue.record("64 constants of 16 million numbers were added")
      return
    }
    #expect(error.message.contains("too many"), "\(error.message)")
  }

  @Test func controlCharactersOfNamesAreNotShown() {
    guard case .failure(let error) = imported(Wire.model(of: Wire.node("Einsum", ["x"], ["y"], name: "a\u{1B}[31m\n")))
    else {
      Issue.record("expected an error")
      return
    }
    #expect(!error.message.contains("\u{1B}"))
  }
}

/// A file that is refused, and a part of the words.
struct BadModel: CustomTestStringConvertible {
  let testDescription: String
  let words: String
  let bytes: [UInt8]

  init(_ description: String, _ words: String, _ bytes: [UInt8]) {
    testDescription = description
    self.words = words
    self.bytes = bytes
  }

  private static let relu = Wire.node("Relu", ["x"], ["y"])
  private static func constant(_ dims: [Int64], type: Int64 = 1, _ content: [UInt8]) -> [UInt8] {
    Wire.model(of: Wire.node("Add", ["x", "w"], ["y"]), Wire.tensor("w", dims, type: type, content))
  }

  static let all = versions + interfaces + constants + nodes

  private static let versions = [
    BadModel("a JPEG file", "byte", [0xFF, 0xD8, 0xFF, 0xE0, 0, 16, 0x4A, 0x46, 0x49, 0x46]),
    BadModel("nothing", "no graph", []),
    BadModel("a group", "wire type 3", [0x0B, 0x0C]),
    BadModel("a number of 70 bits", "more than 64 bits", [0x08] + [UInt8](repeating: 0xFF, count: 9) + [0x7F]),
    BadModel("a length beyond the file", "only 1", [0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0]),
    BadModel("a graph that is a number", "field graph", [0x38, 1]),
    BadModel("two graphs", "second time", Wire.bytes(7, []) + Wire.bytes(7, [])),
    BadModel("an IR of the future", "IR version 99", Wire.model(of: relu) + Wire.number(1, 99)),
    BadModel(
      "an opset of the future", "opset 99", Wire.model(relu + Wire.input("x", [1, 3]) + Wire.output("y"), opset: 99)),
    BadModel("no opset", "no operator set", Wire.number(1, 8) + Wire.bytes(7, [])),
    BadModel("functions", "onnx.inliner", Wire.model(of: relu) + Wire.bytes(25, Wire.text(1, "Gelu"))),
  ]

  private static let interfaces = [
    BadModel("no input", "0 inputs", Wire.model(relu + Wire.output("y"))),
    BadModel("two inputs", "2 inputs", Wire.model(of: relu, Wire.input("z", [1, 3]))),
    BadModel("no outputs", "no outputs", Wire.model(relu + Wire.input("x", [1, 3]))),
    BadModel("a batch of 8", "batch of 8", Wire.model(of: relu, input: [8, 3])),
    BadModel("an extent of 0", "an extent of 0", Wire.model(of: relu, input: [1, 0])),
    BadModel("a negative extent", "an extent of -4", Wire.model(of: relu, input: [1, -4])),
    BadModel(
      "extents whose product wraps", "at most", Wire.model(of: relu, input: [1, 1 << 22, 1 << 22, 1 << 22])),
    BadModel(
      "an input of whole numbers", "elements of int64",
      Wire.model(relu + Wire.input("x", [1, 3], type: 7) + Wire.output("y"))),
    BadModel(
      "an output that is a constant", "is a constant",
      Wire.model(
        Wire.node("Shape", ["x"], ["y"]) + Wire.input("x", [1, 3]) + Wire.output("y"))),
    BadModel(
      "an output twice", "second output", Wire.model(of: relu, Wire.output("y"))),
    BadModel("an output that nothing makes", "'z'", Wire.model(of: relu, Wire.output("z"))),
  ]

  private static let constants = [
    BadModel("fewer elements than the shape says", "8 bytes", constant([1, 3], Wire.floats([1, 2]))),
    BadModel("a negative dimension", "extents", constant([-1], Wire.floats([1]))),
    BadModel("dimensions whose product wraps", "extents", constant([1 << 32, 1 << 32], Wire.floats([]))),
    BadModel("a dimension that is huge", "extents", constant([Int64.max], Wire.floats([]))),
    BadModel("too many axes", "axes", constant([Int64](repeating: 1, count: 99), Wire.floats([1]))),
    BadModel("text", "holds string", constant([1], type: 8, Wire.text(6, "one"))),
    BadModel("a type that nobody has", "type 99", constant([1], type: 99, Wire.floats([1]))),
    BadModel(
      "external data", "another file",
      constant([1], Wire.bytes(13, Wire.text(1, "location") + Wire.text(2, "../../etc/passwd")) + Wire.number(14, 1))),
    BadModel("elements in two forms", "2 forms", constant([1], Wire.floats([1]) + Wire.float(4, 1))),
    BadModel("raw elements twice", "second time", constant([1], Wire.floats([1]) + Wire.floats([1]))),
    BadModel(
      "a constant twice", "second initializer",
      Wire.model(
        of: relu, Wire.tensor("w", [1], Wire.floats([1])), Wire.tensor("w", [1], Wire.floats([1])))),
    BadModel("a number that is none", "not finite", constant([1], Wire.floats([.nan]))),
    BadModel(
      "constants of one number that are larger than a small file may ask for", "64 MiB",
      Wire.model(
        of: Wire.node("ConstantOfShape", ["s"], ["w"]) + Wire.node("MatMul", ["x", "w"], ["y"]), input: [1, 1 << 12],
        Wire.tensor("s", [2], type: 7, Wire.number(7, 1 << 12) + Wire.number(7, 1 << 12 + 1)))),
  ]

  private static let nodes = [
    BadModel(
      "a value that nothing makes", "nothing before it makes", Wire.model(of: Wire.node("Add", ["x", "w"], ["y"]))),
    BadModel(
      "nodes out of order", "nothing before it makes",
      Wire.model(of: Wire.node("Relu", ["a"], ["y"]) + Wire.node("Relu", ["x"], ["a"]))),
    BadModel(
      "a node that reads itself", "nothing before it makes", Wire.model(of: Wire.node("Add", ["x", "y"], ["y"]))),
    BadModel("a value made twice", "second value", Wire.model(of: relu + relu)),
    BadModel("a node that makes its input", "second value", Wire.model(of: relu + Wire.node("Relu", ["y"], ["x"]))),
    BadModel(
      "an attribute twice", "second attribute",
      Wire.model(of: Wire.node("Elu", ["x"], ["y"], Wire.integer("a", 1) + Wire.integer("a", 1)))),
    BadModel(
      "more attributes than an operator has", "more than 64 attributes",
      Wire.model(of: Wire.node("Elu", ["x"], ["y"], (0...64).flatMap { Wire.integer("a\($0)", 1) }))),
    BadModel(
      "an unknown attribute", "not known", Wire.model(of: Wire.node("Relu", ["x"], ["y"], Wire.integer("a", 1)))),
    BadModel(
      "an attribute of another kind", "finite float",
      Wire.model(of: Wire.node("Elu", ["x"], ["y"], Wire.integer("alpha", 1)))),
    BadModel(
      "a foreign domain", "not ONNX's own",
      Wire.model(
        of: Wire.bytes(1, Wire.text(1, "x") + Wire.text(2, "y") + Wire.text(4, "Relu") + Wire.text(7, "com.microsoft")))
    ),
    BadModel("too many inputs", "2 inputs", Wire.model(of: Wire.node("Relu", ["x", "x"], ["y"]))),
    BadModel(
      "an axis out of range", "axis", Wire.model(of: Wire.node("Softmax", ["x"], ["y"], Wire.integer("axis", .min)))),
    BadModel(
      "strides of 0", "window",
      Wire.model(
        of: Wire.node(
          "MaxPool", ["x"], ["y"], Wire.integers("kernel_shape", [2, 2]) + Wire.integers("strides", [0, 0])),
        input: [1, 1, 4, 4])),
    BadModel(
      "pads beyond all sizes", "pads",
      Wire.model(
        of: Wire.node(
          "MaxPool", ["x"], ["y"], Wire.integers("kernel_shape", [2, 2]) + Wire.integers("pads", [.max, 0, 0, 0])),
        input: [1, 1, 4, 4])),
    BadModel(
      "a window that does not fit", "window",
      Wire.model(of: Wire.node("MaxPool", ["x"], ["y"], Wire.integers("kernel_shape", [9, 9])), input: [1, 1, 4, 4])),
    BadModel(
      "weights of other ranks", "expected maps",
      Wire.model(
        of: Wire.node("Conv", ["x", "w"], ["y"]), input: [1, 1, 4, 4], Wire.tensor("w", [1], Wire.floats([1])))),
    BadModel(
      "a convolution whose weights are computed", "expected a constant",
      Wire.model(of: Wire.node("Conv", ["x", "x"], ["y"]), input: [1, 1, 4, 4])),
  ]

}
