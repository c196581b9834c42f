import HRNFormat

/// Why a pickle is refused, and where.
package struct PickleError: Error, Equatable, Sendable {
  /// The instruction's first byte, from the beginning of the entry or of the file.
  package var offset: Int
  /// The archive's entry; nil for a file that is a stream of pickles.
  package var entry: String?
  package var fault: Fault

  package enum Fault: Equatable, Sendable {
    case truncated
    case protocolVersion(Int)
    /// An instruction that is not followed.
    case opcode(UInt8)
    /// A name that is refused wherever it stands.
    case global(String)
    /// A foreign name that did not turn out to be the class of a module.
    case foreign(String)
    /// Something is called that nothing here calls.
    case call(String)
    /// A known name is given arguments that it does not take.
    case arguments(String)
    /// An instance of something that is no class, or with arguments.
    case instance(String)
    /// A class's state is not that of a module.
    case moduleState(String)
    /// An instruction meets a value of another kind.
    case type(found: String, expected: String)
    /// More is taken from the stack than lies there.
    case stack
    case memoMissing(Int)
    /// A place of the memo is written out of order or twice.
    case memo(Int)
    case text
    case nameLength
    case limit(String, Int)
    /// Values are left over at the end.
    case leftovers(Int)
    case trailing(Int)
    case storageType(String)
    case storageDeclaredTwice(String)
    case storageSize
    case storageView
    case persistentID
    /// A view that reaches beyond its storage.
    case view(shape: [Int], strides: [Int], offset: Int, count: Int)
    case shape
  }

  /// Where and what, to follow the file's path.
  package var message: String { (entry.map { "\($0.printable), " } ?? "") + "byte \(offset): \(fault.message)" }
}

/// What helps against a file that holds more than tensors.
private let saveStateDict =
  "\n  nothing of a file is executed; save the tensors alone: torch.save(model.state_dict(), FILE)"

extension PickleError.Fault {
  var message: String {
    switch self {
    case .truncated: "the pickle ends here, too early; copy the file again"
    case .protocolVersion(let found): "begins as a pickle of protocol \(found), expected 2 to 5"
    case .opcode(let code):
      "found instruction 0x\(String(code, radix: 16)) (\(PickleOpcode.refusedName(code) ?? "unknown")), which torch.save "
        + "does not write; the file is damaged or hostile"
    case .global(let name): "names '\(name.printable)', which is none of the names that tensors need" + saveStateDict
    case .foreign(let name):
      "names '\(name.printable)', which is neither needed for tensors nor the class of a module" + saveStateDict
    case .call(let name): "calls '\(name.printable)'" + saveStateDict
    case .arguments(let name): "'\(name.printable)' is given other arguments than torch.save writes"
    case .instance(let name): "makes an instance of \(name.printable) in a way that torch.save does not"
    case .moduleState(let name):
      "an instance of '\(name.printable)' has no parameters, buffers and modules, expected those of a module"
        + saveStateDict
    case .type(let found, let expected): "found \(found.printable), expected \(expected)"
    case .stack: "takes a value that is not there; the file is damaged or hostile"
    case .memoMissing(let index): "refers to value \(index), which was not given before"
    case .memo(let index): "numbers a value \(index), which is not the next number"
    case .text: "holds a text that is not UTF-8"
    case .nameLength: "holds a name of more than \(PickleMachine.nameLimit) bytes"
    case .limit(let what, let limit): "holds more than \(limit) \(what)"
    case .leftovers(let count): "ends with \(counted(count, "value")), expected 1"
    case .trailing(let count): "the pickle is followed by \(counted(count, "byte")), expected nothing"
    case .storageType(let name):
      "holds a storage of type \(name.printable), expected floating-point numbers or whole numbers up to 64 bits\n"
        + "  convert the tensor before saving, for instance with tensor.float()"
    case .storageDeclaredTwice(let key): "storage '\(key.printable)' is declared again with another size"
    case .storageSize: "declares a storage of an impossible size"
    case .storageView: "declares a view of a storage, as PyTorch wrote before 0.4; load and save it with a newer one"
    case .persistentID: "refers to something outside that is neither a storage nor a module's source"
    case .view(let shape, let strides, let offset, let count):
      "a tensor of shape \(describe(shape)), strides \(describe(strides)) and offset \(offset) reaches beyond its "
        + "storage of \(counted(count, "element"))"
    case .shape:
      "a tensor has a shape or strides that are no whole numbers from 0 on, at most "
        + "\(Checkpoint.Tensor.rankLimit) of them"
    }
  }
}
