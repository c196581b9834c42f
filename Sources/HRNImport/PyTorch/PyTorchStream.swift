import HRNFormat

/// The stream that PyTorch wrote before 1.6: five pickles, one after another (a magic number, a version, the writer's
/// machine, the object, the keys of its storages), then each storage: how many elements, and their bytes.
enum PyTorchStream {
  /// 0x1950a86a20f9469cfc6c, as a pickle holds it.
  static let magic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
  private static let version = 1001

  /// Whether a file begins as a pickle of any kind.
  static func recognizesPickle(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count >= 2 && bytes[0] == PickleOpcode.proto.rawValue && (2...5).contains(bytes[1])
  }

  /// Whether the first of its values is the magic number.
  static func recognizes(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard recognizesPickle(bytes) else { return false }
    // From protocol 4 on, the length of a frame stands before.
    let start = bytes.count > 2 && bytes[2] == PickleOpcode.frame.rawValue ? 11 : 2
    return bytes.dropFirst(start).starts(with: [PickleOpcode.long1.rawValue, UInt8(magic.count)] + magic)
  }

  static func read(_ file: ModelBytes) throws(ImportError) -> Checkpoint {
    var position = 0
    guard try next(file, &position).root == .long(magic), try next(file, &position).root == .integer(version) else {
      throw .checkpoint(.preamble)
    }
    let machine = try next(file, &position)
    let order = machine.pairs(machine.root)?.last { $0.key == .text("little_endian") }?.value
    guard case .bool(let isLittleEndian)? = order else { throw .checkpoint(.preamble) }
    guard isLittleEndian else { throw .checkpoint(.byteOrder("big")) }
    let pickle = try next(file, &position)
    let keys = try next(file, &position)
    let offsets = try storages(of: pickle, keys: keys, in: file.bytes, from: position)
    var found = PickledCheckpoint(pickle, file: file, storageOffsets: offsets)
    return try found.checkpoint(.pytorchLegacy)
  }

  private static func next(_ file: ModelBytes, _ position: inout Int) throws(ImportError) -> Pickle {
    var machine = PickleMachine(file.bytes, in: position..<file.bytes.count)
    do throws(PickleError) {
      let pickle = try machine.run()
      position = machine.position
      return pickle
    } catch {
      throw .pickle(error)
    }
  }

  /// Where the elements of each storage begin.
  private static func storages(
    of pickle: Pickle, keys: Pickle, in bytes: UnsafeRawBufferPointer, from start: Int
  ) throws(ImportError) -> [Int] {
    guard let list = keys.elements(keys.root) else { throw .checkpoint(.storageList) }
    var offsets = [Int?](repeating: nil, count: pickle.storages.count)
    let numbers = Dictionary(grouping: pickle.storages.indices) { pickle.storages[$0].key }
    var position = start
    for key in list {
      guard case .text(let key) = key, let same = numbers[key], let first = same.first, offsets[first] == nil else {
        throw .checkpoint(.storageList)
      }
      let storage = pickle.storages[first]
      guard bytes.count - position >= 8 else { throw .checkpoint(.storageMissing(key)) }
      let count = bytes.u64(position)
      position += 8
      guard count == UInt64(storage.count) else {
        let found = Int(exactly: count).flatMap { product([$0], storage.type.byteCount) } ?? .max
        throw .checkpoint(.storageSize(key, found: found, expected: storage.byteCount))
      }
      guard storage.byteCount <= bytes.count - position else {
        throw .checkpoint(.storageSize(key, found: bytes.count - position, expected: storage.byteCount))
      }
      for index in same { offsets[index] = position }
      position += storage.byteCount
    }
    guard position == bytes.count else { throw .checkpoint(.trailing(offset: position)) }
    for (index, offset) in offsets.enumerated() where offset == nil {
      throw .checkpoint(.storageMissing(pickle.storages[index].key))
    }
    return offsets.compactMap { $0 }
  }
}
