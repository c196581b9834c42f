import HRNFormat

/// Walks a pickled module in the order of its state dict: its parameters, its buffers, then the modules inside.
struct PickledModuleWalk {
  private let pickle: Pickle
  private var tensors: [(name: String, index: Int)] = []
  private var modules = 0
  private var values = 0

  private static let depthLimit = 64
  private static let moduleLimit = 1 << 16
  private static let valueLimit = 1 << 20
  /// Of lists within lists in an attribute.
  private static let attributeDepth = 4
  private static let wrapper = "torch.nn.parallel.data_parallel.DataParallel"

  init(_ pickle: Pickle) { self.pickle = pickle }

  /// The module, without DataParallel around it, and its tensors as `make` makes them.
  mutating func walk(
    _ value: Pickle.Value, _ make: (String, Int) -> Checkpoint.Tensor
  ) throws(CheckpointError) -> (PickledModule, [Checkpoint.Tensor]) {
    var value = value
    for _ in 0..<Self.depthLimit {
      guard let record = pickle.record(value), record.class.name == Self.wrapper, let state = record.state,
        let inner = pickle.pairs(state)?.last(where: { $0.key == .text("_modules") }).flatMap({ pickle.pairs($0.value) }
        ),
        let wrapped = inner.first(where: { $0.key == .text("module") })
      else { break }
      value = wrapped.value
    }
    let module = try module(value, prefix: "", depth: 0)
    return (module, tensors.map { make($0.name, $0.index) })
  }

  private mutating func module(
    _ value: Pickle.Value, prefix: String, depth: Int
  ) throws(CheckpointError) -> PickledModule {
    modules += 1
    guard modules <= Self.moduleLimit else { throw .tooMany("modules", limit: Self.moduleLimit) }
    guard depth < Self.depthLimit else { throw .modulesTooDeep(limit: Self.depthLimit) }
    guard let record = pickle.record(value), record.class.use == .layer || record.class.use == .foreign else {
      throw .notAModule(found: pickle.kind(value))
    }
    let className = record.class.name
    guard let state = record.state.flatMap({ pickle.pairs($0) }) else { throw .module(className, lacks: "state") }
    try spend(state.count)

    func part(_ name: String) throws(CheckpointError) -> [(key: Pickle.Value, value: Pickle.Value)] {
      guard let value = state.last(where: { $0.key == .text(name) })?.value, let pairs = pickle.pairs(value) else {
        throw .module(className, lacks: name)
      }
      try spend(pairs.count)
      return pairs
    }
    let unsaved = state.last { $0.key == .text("_non_persistent_buffers_set") }.flatMap { pickle.object($0.value) }
    try spend(unsaved?.items.count ?? 0)
    let unsavedNames = Set(unsaved?.items ?? [])
    try take(try part("_parameters"), of: className, prefix: prefix)
    try take(try part("_buffers").filter { !unsavedNames.contains($0.key) }, of: className, prefix: prefix)

    var result = PickledModule(className: className, prefix: prefix)
    for (key, value) in state {
      guard case .text(let name) = key, !name.hasPrefix("_"), let plain = try plain(value, depth: 0) else { continue }
      result.attributes.append((name, plain))
    }
    for (key, value) in try part("_modules") where value != .none {
      guard case .text(let name) = key else { throw .keyKind(pickle.kind(key)) }
      let inner = "\(try joined(prefix, name))."
      result.children.append((name, try module(value, prefix: inner, depth: depth + 1)))
    }
    return result
  }

  private mutating func take(
    _ pairs: [(key: Pickle.Value, value: Pickle.Value)], of className: String, prefix: String
  ) throws(CheckpointError) {
    for (key, value) in pairs where value != .none {
      guard case .text(let name) = key, case .tensor(let index) = value else {
        throw .module(className, lacks: "tensors under names")
      }
      tensors.append((try joined(prefix, name), index))
    }
  }

  /// Joins what is not too long: the text of one name may be that of many modules.
  private func joined(_ prefix: String, _ name: String) throws(CheckpointError) -> String {
    guard prefix.utf8.count + name.utf8.count <= Limits.nameBytes else { throw .name(prefix + name) }
    return prefix + name
  }

  /// A value of plain numbers and texts; nil for anything else.
  private mutating func plain(_ value: Pickle.Value, depth: Int) throws(CheckpointError) -> PickledModule.Value? {
    try spend(1)
    switch value {
    case .none: return PickledModule.Value.none
    case .bool(let bool): return .bool(bool)
    case .integer(let integer): return .integer(integer)
    case .number(let number): return .number(number)
    case .text(let text): return .text(text)
    case .long, .bytes, .global, .storage, .tensor: return nil
    case .object:
      guard depth < Self.attributeDepth, let elements = pickle.elements(value) else { return nil }
      var list: [PickledModule.Value] = []
      for element in elements {
        guard let plain = try plain(element, depth: depth + 1) else { return nil }
        list.append(plain)
      }
      return .list(list)
    }
  }

  /// Accounts for values looked at: a module may be in many places of a pickle, and is walked in each.
  private mutating func spend(_ count: Int) throws(CheckpointError) {
    values += count
    guard values <= Self.valueLimit else { throw .tooMany("values", limit: Self.valueLimit) }
  }
}
