import HRNFormat

/// Finds the network in what was pickled: a state dict or a module, alone or within the dictionary of a training state.
struct PickledCheckpoint {
  private let pickle: Pickle
  private let file: ModelBytes
  /// Of each storage's first byte in the file.
  private let storageOffsets: [Int]
  /// What `holdsNetwork` found of an object, by its number: shared ones are looked at once.
  private var findings: [Int: Bool] = [:]

  /// Under which keys training states keep the network, the first that is there taken. Others that are there too are
  /// told of.
  private static let customaryKeys = [
    "state_dict", "model_state_dict", "model_state", "model", "net_state_dict", "net", "network", "module",
    "state_dict_ema", "ema_state_dict", "model_ema", "ema", "params", "weights",
  ]
  /// Our own trainer's, in the order in which it exports them: of the selected epoch, the averaged, the trained ones.
  private static let trainerKeys = ["best", "average", "model"]
  private static let depthLimit = 4

  init(_ pickle: Pickle, file: ModelBytes, storageOffsets: [Int]) {
    self.pickle = pickle
    self.file = file
    self.storageOffsets = storageOffsets
  }

  mutating func checkpoint(_ format: Checkpoint.Format) throws(ImportError) -> Checkpoint {
    do throws(CheckpointError) {
      var checkpoint = Checkpoint(format: format, tensors: [])
      try read(pickle.root, into: &checkpoint, depth: 0)
      checkpoint.tensors = Checkpoint.withoutWrappers(checkpoint.tensors)
      try checkpoint.check(fileBytes: file.bytes.count)
      return checkpoint
    } catch {
      throw .checkpoint(error)
    }
  }

  // MARK: Where the network is

  private mutating func read(
    _ value: Pickle.Value, into checkpoint: inout Checkpoint, depth: Int
  ) throws(CheckpointError) {
    if isModule(value) {
      var walk = PickledModuleWalk(pickle)
      (checkpoint.module, checkpoint.tensors) = try walk.walk(value) { name, tensor in self.tensor(name, tensor) }
      return
    }
    guard let members = try members(value) else { throw .noTensors(found: pickle.kind(value)) }
    for member in members {
      if let text = plainText(member.value) { checkpoint.metadata[member.key] = text }
    }
    if let chosen = try choose(from: members, &checkpoint, depth: depth) {
      return try read(chosen, into: &checkpoint, depth: depth + 1)
    }
    for member in members {
      if case .tensor(let index) = member.value { checkpoint.tensors.append(tensor(member.key, index)) }
    }
    guard !checkpoint.tensors.isEmpty else { throw .noTensors(found: "a dictionary without tensors") }
  }

  /// The value among a dictionary's that holds the network; nil where the dictionary itself does.
  private mutating func choose(
    from members: [(key: String, value: Pickle.Value)], _ checkpoint: inout Checkpoint, depth: Int
  ) throws(CheckpointError) -> Pickle.Value? {
    guard depth < Self.depthLimit else { return nil }
    let holders = members.filter { holdsNetwork($0.value, depth: depth + 1) }
    let isTrainers = members.contains { $0.key == "about" } && members.contains { $0.key == "format" }
    let order = isTrainers ? Self.trainerKeys : Self.customaryKeys
    let named = order.compactMap { key in holders.first { $0.key == key } }
    if named.isEmpty {
      let isStateDict = members.contains { if case .tensor = $0.value { true } else { false } }
      if isStateDict || holders.isEmpty { return nil }
      guard holders.count == 1 else { throw .several(holders.map { $0.key }) }
    }
    let chosen = named.first ?? holders[0]
    checkpoint.notes.append("the tensors are those under '\(chosen.key.printable)'")
    for other in named.dropFirst() {
      checkpoint.notes.append("'\(other.key.printable)' holds other tensors, which are not used")
    }
    return chosen.value
  }

  /// Whether a value is a module, a state dict, or a dictionary that holds one under a customary name.
  private mutating func holdsNetwork(_ value: Pickle.Value, depth: Int) -> Bool {
    if isModule(value) { return true }
    guard depth <= Self.depthLimit, case .object(let number) = value, let pairs = pickle.pairs(value) else {
      return false
    }
    if let finding = findings[number] { return finding }
    findings[number] = false
    let holds = pairs.contains { pair in
      guard case .text(let key) = pair.key else { return false }
      if case .tensor = pair.value { return true }
      return Self.customaryKeys.contains(key) && holdsNetwork(pair.value, depth: depth + 1)
    }
    findings[number] = holds
    return holds
  }

  private func isModule(_ value: Pickle.Value) -> Bool {
    pickle.record(value).map { $0.class.use == .layer || $0.class.use == .foreign } ?? false
  }

  /// A dictionary's members under names, each name once; others may not hold tensors. Nil for what is no dictionary.
  private func members(_ value: Pickle.Value) throws(CheckpointError) -> [(key: String, value: Pickle.Value)]? {
    guard let pairs = pickle.pairs(value) else { return nil }
    var keys: Set<String> = []
    var members: [(key: String, value: Pickle.Value)] = []
    for pair in pairs {
      guard case .text(let key) = pair.key else {
        if case .tensor = pair.value { throw .keyKind(pickle.kind(pair.key)) }
        continue
      }
      guard keys.insert(key).inserted else { throw .keyTwice(key) }
      members.append((key, pair.value))
    }
    return members
  }

  private func plainText(_ value: Pickle.Value) -> String? {
    switch value {
    case .text(let text): text
    case .integer(let integer): "\(integer)"
    case .number(let number): "\(number)"
    case .bool(let bool): bool ? "true" : "false"
    default: nil
    }
  }

  // MARK: Tensors

  private func tensor(_ name: String, _ index: Int) -> Checkpoint.Tensor {
    let view = pickle.tensors[index]
    let type = pickle.storages[view.storage].type
    return Checkpoint.Tensor(
      name: name, elementType: type, shape: view.shape, bytes: file,
      offset: storageOffsets[view.storage] + view.offset * type.byteCount, strides: view.strides)
  }
}
