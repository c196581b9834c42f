import HRNFormat
import HRNTestSupport
import Testing

@testable import HRNImport

/// Every way of being wrong that a hostile file may try, with the words that it gets. The words are goldens.
struct RefusalTests {
  private typealias A = Assembler

  /// Words for each case; a case that is read says so.
  private func words(_ cases: [(String, [UInt8])]) -> String {
    cases.map { "\($0.0): \(failure($0.1)?.message ?? "READ")\n" }.joined()
  }

  @Test func namesWhatAPickleMayNotDo() throws {
    let floats = [UInt8](repeating: 0, count: 24)
    func file(_ parts: A.Code..., version: UInt8 = 2) -> [UInt8] {
      ZipBuilder.checkpoint(
        [0x80, version] + parts.flatMap { $0 } + [0x2E], storages: ["0": floats]
      ).bytes
    }
    let six = A.storage("0", count: 6)
    let good = A.tensor(six, shape: [2, 3], strides: [3, 1])
    let cases: [(String, [UInt8])] = [
      ("a call of the system", file(A.call("os", "system", A.text("id")))),
      ("the same by another name", file(A.call("posix", "system", A.text("id")))),
      ("a builtin", file(A.call("builtins", "eval", A.text("1")))),
      ("a builtin of Python 2", file(A.call("__builtin__", "exec", A.text("1")))),
      ("getattr", file(A.call("builtins", "getattr", A.text("1")))),
      ("torch.load", file(A.call("torch", "load", A.text("x")))),
      ("bytes that hold a file", file(A.call("torch.storage", "_load_from_bytes", A.text("x")))),
      ("numpy", file(A.call("numpy.core.multiarray", "_reconstruct", A.text("x")))),
      (
        "numpy's runner",
        file(
          A.call("numpy.testing._private.utils", "runstring", A.text("x"), A.op(.emptyDictionary)))
      ),
      ("a function as a value", file(A.dictionary(("w", good), ("f", A.global("os", "system"))))),
      (
        "a function by its names",
        file(A.text("os"), A.text("system"), A.op(.stackGlobal, .emptyTuple, .reduce), version: 4)
      ),
      (
        "a function through the memo",
        file(
          A.global("os", "system"), A.op(.binPut), [0], A.op(.emptyList), A.op(.binGet), [0],
          A.op(.append),
          A.op(.binGet), [0], A.text("id"), A.op(.tuple1, .reduce))
      ),
      (
        "a call of what a call gave",
        file(A.call("collections", "OrderedDict"), A.op(.emptyTuple, .reduce))
      ),
      (
        "a nested call",
        file(A.call("collections", "OrderedDict", A.call("subprocess", "Popen", A.text("id"))))
      ),
      ("a class called", file(A.call("RFM", "HIFD2"))),
      ("an instance of a function", file(A.global("os", "system"), A.op(.emptyTuple, .newObject))),
      (
        "an instance with arguments",
        file(A.global("a", "B"), A.text("x"), A.op(.tuple1, .newObject))
      ),
      (
        "an instance of a storage type",
        file(A.global("torch", "FloatStorage"), A.op(.emptyTuple, .newObject))
      ),
      ("an instance of text", file(A.text("os.system"), A.op(.emptyTuple, .newObject))),
      (
        "an instance with another state",
        file(
          A.global("a", "B"), A.op(.emptyTuple, .newObject), A.dictionary(("x", A.int(1))),
          A.op(.build))
      ),
      (
        "a state that is a list",
        file(A.global("a", "B"), A.op(.emptyTuple, .newObject, .emptyList, .build))
      ),
      ("a state twice", file(A.module("a", "B"), A.dictionary(("x", A.int(1))), A.op(.build))),
      ("a state of a list", file(A.op(.emptyList, .emptyDictionary, .build))),
      ("a layer that is not listed", file(A.module("torch.nn.modules.rnn", "LSTM"))),
      ("a name with code in it", file(A.module("a", "B;import os"))),
      ("an instruction of protocol 0", file(Array("i".utf8))),
      ("a value thrown away", file(A.op(.none), [0x30])),
      ("an unknown instruction", file([0xFF])),
      ("an extension", file([0x82, 1])),
      ("protocol 0", ZipBuilder.checkpoint(Array("(lp0\n.".utf8)).bytes),
      ("protocol 9", file(version: 9)),
      ("items of a tensor", file(good, A.text("x"), A.int(1), A.op(.setItem))),
      ("items of a list", file(A.op(.emptyList), A.text("x"), A.int(1), A.op(.setItem))),
      ("elements of a dictionary", file(A.op(.emptyDictionary), A.int(1), A.op(.append))),
      ("elements of a tuple", file(A.op(.emptyTuple, .mark, .none, .appends))),
      ("elements of a list for a set", file(A.op(.emptyList, .mark, .none, .addItems))),
      ("a list as a key", file(A.op(.emptyDictionary, .emptyList, .none, .setItem))),
      ("a tensor as a key", file(A.op(.emptyDictionary), good, A.op(.none, .setItem))),
      ("half a pair", file(A.op(.emptyDictionary, .mark, .none, .setItems))),
      ("nothing to take", file(A.op(.append))),
      ("a value below the mark", file(A.op(.none, .mark, .tuple1))),
      ("no mark", file(A.op(.tuple))),
      ("a memo entry that is missing", file(A.op(.binGet), [7])),
      ("a memo entry far away", file(A.op(.none, .longBinPut), UInt32.max.bytes)),
      ("a memo entry written twice", file(A.op(.none, .binPut), [0], A.op(.none, .binPut), [0])),
      ("two values", file(A.op(.none, .none))),
      ("no value", file()),
      ("a mark left over", file(A.op(.mark))),
      (
        "something behind",
        ZipBuilder.checkpoint(A.pickle(good) + [0], storages: ["0": floats]).bytes
      ),
      ("text that is not UTF-8", file(A.op(.shortBinUnicode), [2, 0xC3, 0x28])),
      ("text longer than the file", file(A.op(.binUnicode), UInt32.max.bytes)),
      ("a frame longer than the file", file(A.op(.frame), UInt64.max.bytes)),
      ("an endless name", file(A.op(.global), [UInt8](repeating: 0x41, count: 2000))),
      ("marks within marks", file([UInt8](repeating: PickleOpcode.mark.rawValue, count: 2000))),
      ("a million values", file([UInt8](repeating: PickleOpcode.none.rawValue, count: 1 << 21))),
      (
        "a million lists", file([UInt8](repeating: PickleOpcode.emptyList.rawValue, count: 1 << 21))
      ),
      ("a reference to a file", file(A.text("/etc/passwd"), A.op(.binPersistentID))),
      (
        "a reference to a function",
        file(
          A.tuple(A.text("module"), A.global("torch", "Size"), A.op(.none), A.op(.none)),
          A.op(.binPersistentID))
      ),
      (
        "a class that is never a module",
        file(
          A.tuple(A.text("module"), A.global("os", "system"), A.op(.none), A.op(.none)),
          A.op(.binPersistentID))
      ),
      ("a storage of complex numbers", file(A.storage("0", type: "ComplexFloatStorage", count: 3))),
      (
        "a storage of nothing known",
        file(
          A.tuple(
            A.text("storage"), A.global("torch", "Size"), A.text("0"), A.text("cpu"), A.int(1)),
          A.op(.binPersistentID))
      ),
      ("a negative storage", file(A.storage("0", count: -1))),
      ("a storage whose bytes wrap", file(A.storage("0", type: "DoubleStorage", count: 1 << 61))),
      (
        "a storage with two sizes",
        file(A.op(.emptyList), six, A.op(.append), A.storage("0", count: 5), A.op(.append))
      ),
      (
        "a view of a storage",
        file(
          A.tuple(
            A.text("storage"), A.global("torch", "FloatStorage"), A.text("0"), A.text("cpu"),
            A.int(6), A.tuple(A.text("1"), A.int(0), A.int(6))), A.op(.binPersistentID))
      ),
      (
        "a forged storage",
        file(
          A.call(
            "torch._utils", "_rebuild_tensor_v2", A.int(0x4141_4141), A.int(0), A.tuple(A.int(1)),
            A.tuple(A.int(1)), A.op(.newFalse), A.op(.emptyDictionary)))
      ),
      ("a tensor as a storage", file(A.tensor(good, shape: [1], strides: [1]))),
      (
        "a parameter of no tensor",
        file(
          A.call("torch._utils", "_rebuild_parameter", six, A.op(.newTrue), A.op(.emptyDictionary)))
      ),
      ("a view beyond", file(A.tensor(six, shape: [2, 3], strides: [4, 1]))),
      ("an offset beyond", file(A.tensor(six, offset: 1, shape: [6], strides: [1]))),
      ("an offset that wraps", file(A.tensor(six, offset: .max, shape: [2], strides: [1]))),
      ("a stride that wraps", file(A.tensor(six, shape: [3], strides: [1 << 62]))),
      ("a negative stride", file(A.tensor(six, offset: 5, shape: [6], strides: [-1]))),
      ("a negative offset", file(A.tensor(six, offset: -1, shape: [6], strides: [1]))),
      (
        "a shape whose product wraps",
        file(A.tensor(six, shape: [1 << 33, 1 << 33], strides: [0, 0]))
      ),
      ("one number a million times", file(A.tensor(six, shape: [1 << 20], strides: [0]))),
      ("fewer strides than axes", file(A.tensor(six, shape: [2, 3], strides: [1]))),
      (
        "nine axes",
        file(
          A.tensor(six, shape: [1, 1, 1, 1, 1, 1, 1, 1, 1], strides: [1, 1, 1, 1, 1, 1, 1, 1, 1]))
      ),
      (
        "a shape of texts",
        file(
          A.call(
            "torch._utils", "_rebuild_tensor_v2", six, A.int(0), A.tuple(A.text("1")),
            A.tuple(A.int(1)), A.op(.newFalse), A.op(.emptyDictionary)))
      ),
      ("pairs that are none", file(A.call("collections", "OrderedDict", A.tuple(A.int(1))))),
      ("a size of nothing", file(A.call("torch", "Size", A.int(1)))),
    ]
    #expect(try goldenDifference(words(cases), "pickles.txt") == nil)
  }

  @Test func namesWhatIsMissingInACheckpoint() throws {
    let floats = [UInt8](repeating: 0, count: 24)
    func file(_ value: A.Code, storages: [String: [UInt8]]? = nil, byteOrder: String? = nil)
      -> [UInt8]
    {
      ZipBuilder.checkpoint(
        A.pickle(value), storages: storages ?? ["0": floats], byteOrder: byteOrder
      ).bytes
    }
    let six = A.storage("0", count: 6)
    let good = A.tensor(six, shape: [2, 3], strides: [3, 1])
    let state = A.dictionary(("w", good))
    func numbered(_ key: A.Code, _ value: A.Code) -> A.Code {
      A.op(.emptyDictionary) + key + value + A.op(.setItem)
    }
    var deep = A.module("a", "B")
    for _ in 0..<80 { deep = A.module("a", "B", modules: A.dictionary(("x", deep))) }
    // Each module holds the one before twice: 2^24 modules in a kilobyte.
    var doubled = A.module("a", "B", more: ("x", A.int(1))) + A.op(.binPut) + [0]
    for level in 1...24 {
      let inner =
        A.op(.emptyDictionary, .mark) + A.text("l") + A.op(.binGet) + [UInt8(level - 1)]
        + A.text("r")
        + A.op(.binGet) + [UInt8(level - 1)] + A.op(.setItems)
      doubled += A.module("a", "B", modules: inner) + A.op(.binPut) + [UInt8(level)]
    }
    doubled = A.op(.mark) + doubled + A.op(.tuple)
    let views = (0..<40).map { "\($0)" }
    let manyViews =
      A.op(.emptyDictionary, .mark)
      + views.flatMap {
        A.text($0) + A.tensor(A.storage("0", count: 10000), shape: [10000], strides: [1])
      } + A.op(.setItems)
    let cases: [(String, [UInt8])] = [
      ("a state dict", file(state)),
      ("a module", file(A.module("a", "B", parameters: state))),
      (
        "a module of PyTorch 1.2",
        file(
          A.module(
            "a", "B", parameters: state,
            more: ("_backend", A.call("torch.nn.backends.thnn", "_get_thnn_function_backend"))))
      ),
      (
        "what optimizers and schedulers keep",
        file(
          A.dictionary(
            ("state_dict", state), ("counts", A.call("collections", "Counter", A.op(.emptyDictionary))),
            ("state", A.call("collections", "defaultdict", A.global("__builtin__", "dict"))),
            ("size", A.call("torch", "Size", A.tuple(A.int(1)))),
            ("place", A.call("torch", "device", A.text("cuda"), A.int(0))),
            ("type", A.global("torch", "float32")), ("set", A.call("__builtin__", "set", A.op(.emptyList)))))
      ),
      (
        "a state dict within two dictionaries",
        file(A.dictionary(("model", A.dictionary(("state_dict", state), ("n", A.int(1))))))
      ),
      ("a state dict beside another", file(A.dictionary(("ema", state), ("state_dict", state)))),
      ("no archive entry", ZipBuilder(entries: [.init("archive/other", [])]).bytes),
      (
        "two descriptions",
        ZipBuilder(entries: [.init("a/data.pkl", []), .init("b/data.pkl", [])]).bytes
      ),
      (
        "a TorchScript program",
        ZipBuilder(entries: [.init("a/data.pkl", []), .init("a/constants.pkl", [])]).bytes
      ),
      ("big-endian", file(state, byteOrder: "big")),
      ("another byte order", file(state, byteOrder: "middle\u{7}")),
      ("a storage that is not there", file(state, storages: [:])),
      ("a storage too short", file(state, storages: ["0": [0, 0, 0, 0]])),
      ("a storage too long", file(state, storages: ["0": floats + [0]])),
      ("a number", file(A.int(1))),
      ("a list of tensors", file(A.op(.emptyList) + good + A.op(.append))),
      ("one tensor", file(good)),
      ("an empty dictionary", file(A.op(.emptyDictionary))),
      ("a dictionary of numbers", file(A.dictionary(("lr", A.int(1))))),
      ("a numbered tensor", file(numbered(A.int(1), good))),
      ("a key twice", file(A.dictionary(("w", good), ("w", good)))),
      ("two sets under odd names", file(A.dictionary(("left", state), ("right", state)))),
      ("one set under an odd name", file(A.dictionary(("left", state), ("n", A.int(1))))),
      ("a name without letters", file(A.dictionary(("", good)))),
      ("a name that moves the cursor", file(A.dictionary(("\u{1B}[2J", good)))),
      ("a name of 2000 letters", file(A.dictionary((String(repeating: "x", count: 2000), good)))),
      (
        "a namespace",
        file(
          A.global("argparse", "Namespace") + A.op(.emptyTuple, .newObject) + state + A.op(.build))
      ),
      (
        "a module without a state",
        file(
          A.module(
            "a", "B",
            modules: A.dictionary(("x", A.global("a", "B") + A.op(.emptyTuple, .newObject)))))
      ),
      ("a module of numbers", file(A.module("a", "B", modules: A.dictionary(("x", A.int(1)))))),
      (
        "a parameter that is a number",
        file(A.module("a", "B", parameters: A.dictionary(("x", A.int(1)))))
      ),
      ("modules 80 deep", file(deep)),
      (
        "modules that multiply",
        file(
          A.module(
            "a", "B", modules: A.dictionary(("x", A.op(.binGet) + [24])), more: ("first", doubled)))
      ),
      (
        "views that multiply", file(manyViews, storages: ["0": [UInt8](repeating: 0, count: 40000)])
      ),
      ("a tar archive", [UInt8](repeating: 0, count: 257) + Array("ustar".utf8)),
      ("a pickle of something", A.pickle(state)),
      ("a JPEG", [0xFF, 0xD8, 0xFF, 0xE0, 0, 16, 0x4A, 0x46, 0x49, 0x46]),
      ("text", Array("epoch,loss\n1,0.5\n".utf8)),
      ("nothing", []),
    ]
    #expect(try goldenDifference(words(cases), "checkpoints.txt") == nil)
  }
}
