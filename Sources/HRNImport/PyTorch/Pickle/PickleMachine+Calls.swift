extension PickleMachine {
  /// What a call of a known name gives.
  mutating func reduce(_ callee: Pickle.Value, _ arguments: Pickle.Value) throws(PickleError) -> Pickle.Value {
    guard case .global(let number) = callee else { throw wrong(callee, expected: "a name that can be called") }
    let global = pickle.globals[number]
    guard let object = pickle.object(arguments), object.kind == .tuple else {
      throw wrong(arguments, expected: "a tuple of arguments")
    }
    let values = object.items
    let unfit = fail(.arguments(global.name))
    switch global.use {
    case .orderedDictionary:
      guard values.count <= 1 else { throw unfit }
      guard let list = values.first else { return make(.dictionary) }
      guard let pairs = pickle.elements(list) else { throw unfit }
      try spend(pairs.count)
      var items: [Pickle.Value] = []
      for pair in pairs {
        guard let pair = pickle.elements(pair), pair.count == 2 else { throw unfit }
        try checkKey(pair[0])
        items += pair
      }
      return make(.dictionary, items)
    case .defaultDictionary:
      guard values.count <= 1, values.allSatisfy({ isConstant($0) }) else { throw unfit }
      return make(.dictionary)
    case .counter:
      guard values.count <= 1 else { throw unfit }
      guard let dictionary = values.first else { return make(.dictionary) }
      guard isDictionary(dictionary) else { throw unfit }
      return dictionary
    case .set:
      guard values.count == 1, let elements = pickle.elements(values[0]) else { throw unfit }
      return make(.set, elements)
    case .size:
      guard values.count == 1, pickle.elements(values[0]) != nil else { throw unfit }
      return values[0]
    case .device: return .text(try device(values, unfit))
    case .nothing:
      guard values.isEmpty else { throw unfit }
      return .none
    case .rebuildTensor: return try tensor(values, unfit)
    case .rebuildParameter:
      guard values.count == 3 || values.count == 4, case .tensor = values[0] else { throw unfit }
      return values[0]
    case .storage, .constant, .namespace, .layer, .foreign: throw fail(.call(global.name))
    }
  }

  private func isDictionary(_ value: Pickle.Value) -> Bool { pickle.object(value)?.kind == .dictionary }

  private func isConstant(_ value: Pickle.Value) -> Bool {
    guard case .global(let number) = value else { return value == .none }
    return pickle.globals[number].use == .constant
  }

  private func device(_ values: [Pickle.Value], _ unfit: PickleError) throws(PickleError) -> String {
    guard values.count <= 2, case .text(let kind)? = values.first else { throw unfit }
    guard values.count == 2 else { return kind }
    guard case .integer(let index) = values[1] else { throw unfit }
    return "\(kind):\(index)"
  }

  /// An instance without a state: of a layer, of a namespace, or of a class that is not PyTorch's.
  mutating func instance(of callee: Pickle.Value, _ arguments: Pickle.Value) throws(PickleError) -> Pickle.Value {
    guard case .global(let number) = callee, let object = pickle.object(arguments), object.kind == .tuple,
      object.items.isEmpty
    else { throw fail(.instance(pickle.kind(callee))) }
    switch pickle.globals[number].use {
    case .layer, .namespace, .foreign: return make(.record(class: number))
    default: throw fail(.instance(pickle.kind(callee)))
    }
  }

  /// Gives an instance its state, once; what is given to a dictionary, the versions of a state dict, is let go.
  mutating func build(_ target: Pickle.Value, _ state: Pickle.Value) throws(PickleError) {
    guard case .object(let index) = target else { throw wrong(target, expected: "an instance") }
    switch pickle.objects[index].kind {
    case .dictionary:
      guard isDictionary(state) else { throw wrong(state, expected: "a dictionary") }
    case .record(let number):
      guard pickle.objects[index].items.isEmpty else { throw wrong(target, expected: "an instance without a state") }
      guard let pairs = pickle.pairs(state) else { throw wrong(state, expected: "a dictionary of attributes") }
      try spend(pairs.count)
      for pair in pairs {
        guard case .text = pair.key else { throw wrong(pair.key, expected: "an attribute's name") }
      }
      if pickle.globals[number].use != .namespace {
        let name = pickle.globals[number].name
        for part in ["_parameters", "_buffers", "_modules"] {
          guard pairs.contains(where: { $0.key == .text(part) && isDictionary($0.value) }) else {
            throw fail(.moduleState(name))
          }
        }
        markAsModule(number)
      }
      setState(state, of: index)
    case .tuple, .list, .set: throw wrong(target, expected: "an instance")
    }
  }

  // MARK: Storages and tensors

  /// What a reference to something outside of the pickle means: a storage, or a class with its source text, of which
  /// the class is kept and the text is not read.
  mutating func persistent(_ id: Pickle.Value) throws(PickleError) -> Pickle.Value {
    guard let object = pickle.object(id), object.kind == .tuple, object.items.count >= 4 else {
      throw fail(.persistentID)
    }
    let items = object.items
    if items[0] == .text("module") {
      guard items.count == 4, case .global(let number) = items[1],
        pickle.globals[number].use == .layer || pickle.globals[number].use == .foreign
      else { throw fail(.persistentID) }
      return items[1]
    }
    guard items[0] == .text("storage"), items.count == 5 || items.count == 6, case .global(let number) = items[1],
      case .text(let key) = items[2], case .text = items[3], case .integer(let count) = items[4]
    else { throw fail(.persistentID) }
    guard case .storage(let type) = pickle.globals[number].use else {
      throw fail(.storageType(pickle.globals[number].name))
    }
    guard items.count == 5 || items[5] == .none else { throw fail(.storageView) }
    guard count >= 0, product([count], type.byteCount) != nil else { throw fail(.storageSize) }

    // Views of another type share a storage's bytes: the key is known, and the size must be the same.
    let storage = Pickle.Storage(key: key, type: type, count: count)
    if let first = storageNumbers[key] {
      guard pickle.storages[first].byteCount == storage.byteCount else { throw fail(.storageDeclaredTwice(key)) }
      if pickle.storages[first] == storage { return .storage(first) }
    } else {
      storageNumbers[key] = pickle.storages.count
    }
    return addStorage(storage)
  }

  /// `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)` and its kin.
  private mutating func tensor(_ values: [Pickle.Value], _ unfit: PickleError) throws(PickleError) -> Pickle.Value {
    guard [4, 6, 7].contains(values.count), case .storage(let storage) = values[0],
      case .integer(let offset) = values[1],
      let extents = pickle.elements(values[2]), let steps = pickle.elements(values[3])
    else { throw unfit }
    if values.count > 4 {
      guard case .bool = values[4], isDictionary(values[5]) else { throw unfit }
    }
    guard let shape = counts(extents), let strides = counts(steps), shape.count == strides.count,
      shape.count <= Checkpoint.Tensor.rankLimit, offset >= 0
    else { throw fail(.shape) }
    let count = pickle.storages[storage].count
    guard Self.fits(shape: shape, strides: strides, offset: offset, count: count) else {
      throw fail(.view(shape: shape, strides: strides, offset: offset, count: count))
    }
    return addTensor(Pickle.Tensor(storage: storage, offset: offset, shape: shape, strides: strides))
  }

  /// Whether every element of a view lies in its storage, and the view has no more elements than that has: one that
  /// repeats elements could be of any size.
  private static func fits(shape: [Int], strides: [Int], offset: Int, count: Int) -> Bool {
    guard let elements = product(shape), elements <= count, offset <= count else { return false }
    if elements == 0 { return true }
    var last = offset
    for (extent, stride) in zip(shape, strides) {
      let (distance, overflow) = (extent - 1).multipliedReportingOverflow(by: stride)
      let (sum, sumOverflow) = last.addingReportingOverflow(distance)
      guard !overflow, !sumOverflow else { return false }
      last = sum
    }
    return last < count
  }

  private func counts(_ values: [Pickle.Value]) -> [Int]? {
    var counts: [Int] = []
    for value in values {
      guard case .integer(let count) = value, count >= 0 else { return nil }
      counts.append(count)
    }
    return counts
  }
}
