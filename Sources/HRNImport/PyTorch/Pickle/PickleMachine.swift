/// Follows the instructions of a pickle and builds plain values of it.
///
/// A pickle is a program for a stack machine that in Python imports what it names and calls what it likes. This machine
/// knows the few instructions that `torch.save` writes, imports nothing and calls nothing: where a pickle calls one of
/// the functions that rebuild tensors, the machine makes the tensor's description itself; where it calls anything else,
/// the file is refused. What it may use is bounded: values, depth of marks, numbered values and length of names.
struct PickleMachine {
  static let valueLimit = 1 << 20
  static let markLimit = 1 << 10
  static let nameLimit = 1 << 9
  static let byteLimit = 64 << 20

  let bytes: UnsafeRawBufferPointer
  /// Where offsets in messages begin.
  private let origin: Int
  private let entry: String?
  private(set) var position: Int
  private let end: Int
  private var instruction: Int

  private(set) var pickle = Pickle()
  private var stack: [Pickle.Value] = []
  private var marks: [Int] = []
  private var memo: [Pickle.Value?] = []
  private var globalNumbers: [String: Int] = [:]
  private var budget = 1 << 23
  var storageNumbers: [String: Int] = [:]

  /// - Parameters:
  ///   - range: Where the pickle may lie in `bytes`; it may end before.
  ///   - entry: The archive's entry that it is, for messages; offsets then count from its beginning.
  init(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>, entry: String? = nil) {
    self.bytes = bytes
    self.entry = entry
    origin = entry == nil ? 0 : range.lowerBound
    position = range.lowerBound
    instruction = position
    end = min(range.upperBound, position + Self.byteLimit)
  }

  /// Runs to the instruction that ends the pickle.
  mutating func run() throws(PickleError) -> Pickle {
    guard try byte() == PickleOpcode.proto.rawValue else { throw fail(.protocolVersion(0)) }
    let version = Int(try byte())
    guard (2...5).contains(version) else { throw fail(.protocolVersion(version)) }
    while true {
      instruction = position
      let code = try byte()
      guard let opcode = PickleOpcode(rawValue: code), opcode != .proto else { throw fail(.opcode(code)) }
      if opcode == .stop { return try finish() }
      try follow(opcode)
      guard stack.count <= Self.valueLimit, pickle.objects.count <= Self.valueLimit else {
        throw fail(.limit("values", Self.valueLimit))
      }
    }
  }

  private mutating func finish() throws(PickleError) -> Pickle {
    guard stack.count == 1, marks.isEmpty else { throw fail(.leftovers(stack.count)) }
    for global in pickle.globals where global.use == .foreign && !global.isModule {
      instruction = global.offset
      throw fail(.foreign(global.name))
    }
    pickle.root = stack[0]
    return pickle
  }

  private mutating func follow(_ opcode: PickleOpcode) throws(PickleError) {
    switch opcode {
    case .proto, .stop: preconditionFailure("the loop follows these itself")
    case .frame: guard try integer(UInt64.self) <= UInt64(end - position) else { throw fail(.truncated) }
    case .mark:
      guard marks.count < Self.markLimit else { throw fail(.limit("marks within each other", Self.markLimit)) }
      marks.append(stack.count)

    case .none: push(.none)
    case .newTrue: push(.bool(true))
    case .newFalse: push(.bool(false))
    case .binInt: push(.integer(Int(try integer(Int32.self))))
    case .binInt1: push(.integer(Int(try byte())))
    case .binInt2: push(.integer(Int(try integer(UInt16.self))))
    case .long1: push(Self.whole(try take(Int(byte()))))
    case .binFloat: push(.number(Double(bitPattern: try integer(UInt64.self).byteSwapped)))
    case .binUnicode, .binString: push(.text(try text(Int(integer(UInt32.self)))))
    case .shortBinUnicode, .shortBinString: push(.text(try text(Int(byte()))))
    case .binBytes: try pushBytes(Int(integer(UInt32.self)))
    case .shortBinBytes: try pushBytes(Int(byte()))

    case .emptyTuple: push(make(.tuple))
    case .tuple1: push(make(.tuple, try pop(1)))
    case .tuple2: push(make(.tuple, try pop(2)))
    case .tuple3: push(make(.tuple, try pop(3)))
    case .tuple: push(make(.tuple, try popToMark()))
    case .emptyList: push(make(.list))
    case .append: try add(try pop(1), to: .list, named: "a list")
    case .appends: try add(try popToMark(), to: .list, named: "a list")
    case .emptyDictionary: push(make(.dictionary))
    case .setItem: try addPairs(try pop(2))
    case .setItems: try addPairs(try popToMark())
    case .emptySet: push(make(.set))
    case .addItems: try add(try popToMark(), to: .set, named: "a set")

    case .binPut: try number(Int(byte()))
    case .longBinPut: try number(Int(integer(UInt32.self)))
    case .memoize: try number(memo.count)
    case .binGet: try recall(Int(byte()))
    case .longBinGet: try recall(Int(integer(UInt32.self)))

    case .global:
      let module = try line()
      try pushGlobal(module: module, name: try line())
    case .stackGlobal:
      let names = try pop(2)
      guard case .text(let module) = names[0], case .text(let name) = names[1] else {
        throw wrong(names[0], expected: "the names of a module and of something in it")
      }
      try pushGlobal(module: module, name: name)
    case .reduce:
      let call = try pop(2)
      push(try reduce(call[0], call[1]))
    case .newObject:
      let call = try pop(2)
      push(try instance(of: call[0], call[1]))
    case .build:
      let state = try pop(1)[0]
      try build(try top(), state)
    case .binPersistentID: push(try persistent(try pop(1)[0]))
    }
  }

  // MARK: The stack and the memo

  private mutating func push(_ value: Pickle.Value) { stack.append(value) }

  private mutating func pop(_ count: Int) throws(PickleError) -> [Pickle.Value] {
    guard stack.count - (marks.last ?? 0) >= count else { throw fail(.stack) }
    let values = [Pickle.Value](stack.suffix(count))
    stack.removeLast(count)
    return values
  }

  private mutating func popToMark() throws(PickleError) -> [Pickle.Value] {
    guard let mark = marks.popLast() else { throw fail(.stack) }
    let values = [Pickle.Value](stack[mark...])
    stack.removeLast(values.count)
    return values
  }

  private func top() throws(PickleError) -> Pickle.Value {
    guard stack.count > (marks.last ?? 0), let value = stack.last else { throw fail(.stack) }
    return value
  }

  private mutating func number(_ index: Int) throws(PickleError) {
    // Python 2 counts from 1.
    if memo.isEmpty, index == 1 { memo.append(nil) }
    guard index == memo.count else { throw fail(.memo(index)) }
    guard index < Self.valueLimit else { throw fail(.limit("numbered values", Self.valueLimit)) }
    memo.append(try top())
  }

  private mutating func recall(_ index: Int) throws(PickleError) {
    guard index < memo.count, let value = memo[index] else { throw fail(.memoMissing(index)) }
    push(value)
  }

  // MARK: Containers

  mutating func make(_ kind: Pickle.Object.Kind, _ items: [Pickle.Value] = []) -> Pickle.Value {
    pickle.objects.append(Pickle.Object(kind: kind, items: items))
    return .object(pickle.objects.count - 1)
  }

  private mutating func add(
    _ values: [Pickle.Value], to kind: Pickle.Object.Kind, named expected: String
  ) throws(PickleError) {
    let target = try top()
    guard case .object(let index) = target, pickle.objects[index].kind == kind else {
      throw wrong(target, expected: expected)
    }
    pickle.objects[index].items.append(contentsOf: values)
  }

  private mutating func addPairs(_ values: [Pickle.Value]) throws(PickleError) {
    let target = try top()
    guard case .object(let index) = target, pickle.objects[index].kind == .dictionary else {
      throw wrong(target, expected: "a dictionary")
    }
    guard values.count % 2 == 0 else { throw fail(.stack) }
    for key in stride(from: 0, to: values.count, by: 2) { try checkKey(values[key]) }
    pickle.objects[index].items.append(contentsOf: values)
  }

  /// Keys are values that do not change.
  func checkKey(_ key: Pickle.Value) throws(PickleError) {
    switch key {
    case .none, .bool, .integer, .long, .number, .text, .bytes, .global: return
    case .object(let index) where pickle.objects[index].kind == .tuple: return
    case .object, .storage, .tensor: throw wrong(key, expected: "a key that does not change")
    }
  }

  /// Accounts for work on the elements of an object that other instructions have made, and may make again and again.
  mutating func spend(_ elements: Int) throws(PickleError) {
    budget -= elements
    guard budget >= 0 else { throw fail(.limit("values", Self.valueLimit)) }
  }

  mutating func addStorage(_ storage: Pickle.Storage) -> Pickle.Value {
    pickle.storages.append(storage)
    return .storage(pickle.storages.count - 1)
  }

  mutating func addTensor(_ tensor: Pickle.Tensor) -> Pickle.Value {
    pickle.tensors.append(tensor)
    return .tensor(pickle.tensors.count - 1)
  }

  mutating func setState(_ state: Pickle.Value, of object: Int) { pickle.objects[object].items = [state] }
  mutating func markAsModule(_ global: Int) { pickle.globals[global].isModule = true }

  private mutating func pushGlobal(module: String, name: String) throws(PickleError) {
    let fullName = "\(module).\(name)"
    guard fullName.utf8.count <= Self.nameLimit else { throw fail(.nameLength) }
    if let number = globalNumbers[fullName] { return push(.global(number)) }
    guard let global = PickleGlobal(module: module, name: name, offset: instruction) else {
      if module == "torch", name.hasSuffix("Storage") { throw fail(.storageType(name)) }
      throw fail(.global(fullName))
    }
    globalNumbers[fullName] = pickle.globals.count
    push(.global(pickle.globals.count))
    pickle.globals.append(global)
  }

  // MARK: Bytes

  private mutating func byte() throws(PickleError) -> UInt8 {
    guard position < end else { throw fail(.truncated) }
    position += 1
    return bytes[position - 1]
  }

  private mutating func take(_ count: Int) throws(PickleError) -> UnsafeRawBufferPointer {
    guard count <= end - position else { throw fail(.truncated) }
    position += count
    return UnsafeRawBufferPointer(rebasing: bytes[position - count..<position])
  }

  private mutating func integer<Number: FixedWidthInteger & BitwiseCopyable>(
    _ type: Number.Type
  ) throws(PickleError) -> Number {
    Number(littleEndian: try take(MemoryLayout<Number>.size).loadUnaligned(as: Number.self))
  }

  private mutating func text(_ count: Int) throws(PickleError) -> String {
    guard let text = String(validating: try take(count), as: UTF8.self) else { throw fail(.text) }
    return text
  }

  private mutating func pushBytes(_ count: Int) throws(PickleError) {
    _ = try take(count)
    push(.bytes)
  }

  private mutating func line() throws(PickleError) -> String {
    let rest = bytes[position..<min(end, position + Self.nameLimit + 1)]
    guard let newline = rest.firstIndex(of: 0x0A) else {
      throw fail(rest.count > Self.nameLimit ? .nameLength : .truncated)
    }
    let line = try text(newline - position)
    position += 1
    return line
  }

  /// A whole number of any length, little-endian in two's complement.
  private static func whole(_ bytes: UnsafeRawBufferPointer) -> Pickle.Value {
    guard bytes.count <= 8 else { return .long([UInt8](bytes)) }
    var bits: UInt64 = bytes.last.map { $0 >= 0x80 } == true ? .max : 0
    for byte in bytes.reversed() { bits = bits << 8 | UInt64(byte) }
    return .integer(Int(Int64(bitPattern: bits)))
  }

  // MARK: Errors

  func fail(_ fault: PickleError.Fault) -> PickleError {
    PickleError(offset: instruction - origin, entry: entry, fault: fault)
  }

  func wrong(_ value: Pickle.Value, expected: String) -> PickleError {
    fail(.type(found: pickle.kind(value), expected: expected))
  }
}
