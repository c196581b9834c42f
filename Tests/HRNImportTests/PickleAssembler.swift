@testable import HRNImport

/// Writes pickles by hand: each part is the bytes of some instructions.
enum Assembler {
  typealias Code = [UInt8]

  static func pickle(_ parts: Code..., version: UInt8 = 2) -> Code {
    [0x80, version] + parts.flatMap { $0 } + [0x2E]
  }

  static func op(_ opcodes: PickleOpcode...) -> Code { opcodes.map(\.rawValue) }

  static func global(_ module: String, _ name: String) -> Code {
    op(.global) + [UInt8]("\(module)\n\(name)\n".utf8)
  }

  static func text(_ text: String) -> Code {
    op(.binUnicode) + UInt32(text.utf8.count).bytes + [UInt8](text.utf8)
  }

  static func int(_ value: Int) -> Code {
    if let small = Int32(exactly: value) { return op(.binInt) + small.bytes }
    return op(.long1) + [8] + Int64(value).bytes
  }

  static func tuple(_ items: Code...) -> Code { op(.mark) + items.flatMap { $0 } + op(.tuple) }

  static func dictionary(_ members: (String, Code)...) -> Code {
    op(.emptyDictionary, .mark) + members.flatMap { text($0.0) + $0.1 } + op(.setItems)
  }

  static func call(_ module: String, _ name: String, _ arguments: Code...) -> Code {
    global(module, name) + op(.mark) + arguments.flatMap { $0 } + op(.tuple, .reduce)
  }

  static func storage(_ key: String, type: String = "FloatStorage", count: Int) -> Code {
    tuple(text("storage"), global("torch", type), text(key), text("cpu"), int(count))
      + op(.binPersistentID)
  }

  static func tensor(
    _ storage: Code, offset: Int = 0, shape: [Int], strides: [Int]
  ) -> Code {
    func list(_ values: [Int]) -> Code { op(.mark) + values.flatMap { int($0) } + op(.tuple) }
    return call(
      "torch._utils", "_rebuild_tensor_v2", storage, int(offset), list(shape), list(strides),
      op(.newFalse),
      call("collections", "OrderedDict"))
  }

  /// A module of a class with parameters, modules, and whatever else before them.
  static func module(
    _ module: String, _ name: String, parameters: Code = op(.emptyDictionary), modules: Code = op(.emptyDictionary),
    more: (String, Code)...
  ) -> Code {
    global(module, name) + op(.emptyTuple, .newObject, .emptyDictionary, .mark)
      + more.flatMap { text($0.0) + $0.1 } + text("_parameters") + parameters + text("_buffers") + op(.emptyDictionary)
      + text("_modules") + modules + op(.setItems, .build)
  }
}
