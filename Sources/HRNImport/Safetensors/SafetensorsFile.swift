import HRNFormat

/// A safetensors file: the length of a JSON header in 8 bytes, the header, and the tensors' bytes.
///
/// Every rule of the format holds: the header is an object padded with spaces, no key comes twice, tensors have a known
/// type, their shape gives their size, and together they cover the buffer without overlap, hole or rest.
///
/// Source: https://github.com/huggingface/safetensors, section "Format".
enum SafetensorsFile {
  /// Bytes of a header, by the format.
  static let headerLimit = 100_000_000

  /// Whether bytes are laid out as such a file, whatever is in it.
  static func recognizes(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count > 8 && bytes[8] == UInt8(ascii: "{") && headerLength(bytes) < 1 << 40
  }

  static func read(_ file: ModelBytes) throws(ImportError) -> Checkpoint {
    let checkpoint: Checkpoint
    do throws(SafetensorsError) { checkpoint = try read(fields: file) } catch { throw .safetensors(error) }
    do throws(CheckpointError) { try checkpoint.check(fileBytes: file.bytes.count) } catch { throw .checkpoint(error) }
    return checkpoint
  }

  private static func read(fields file: ModelBytes) throws(SafetensorsError) -> Checkpoint {
    let bytes = file.bytes
    guard bytes.count >= 8 else { throw .truncated(found: bytes.count, expected: 8) }
    let length = headerLength(bytes)
    guard length <= UInt64(headerLimit) else { throw .headerLength(length) }
    let start = 8 + Int(length)
    guard start <= bytes.count else { throw .truncated(found: bytes.count, expected: start) }
    let members = try header(UnsafeRawBufferPointer(rebasing: bytes[8..<start]))

    var metadata: [String: String] = [:]
    var entries: [SafetensorsEntry] = []
    for member in members {
      if member.key == "__metadata__" {
        metadata = try texts(member.value)
      } else {
        entries.append(try SafetensorsEntry(member.key, member.value, bufferLength: bytes.count - start))
      }
    }
    try checkCoverage(entries, bufferLength: bytes.count - start)
    return Checkpoint(
      format: .safetensors,
      tensors: Checkpoint.withoutWrappers(
        entries.map { entry in
          Checkpoint.Tensor(
            name: entry.name, elementType: entry.type, shape: entry.shape, bytes: file,
            offset: start + entry.range.lowerBound, strides: Checkpoint.Tensor.rowMajor(entry.shape))
        }),
      metadata: metadata)
  }

  private static func headerLength(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
  }

  /// The members of the header: an object that begins at the first byte, with nothing but spaces behind it.
  private static func header(_ text: UnsafeRawBufferPointer) throws(SafetensorsError) -> [JSON.Member] {
    let end = text.lastIndex { $0 != 0x20 }.map { $0 + 1 } ?? 0
    guard text.first == UInt8(ascii: "{"), text[end - 1] == UInt8(ascii: "}") else { throw .headerText }
    let value: JSON
    do throws(JSONError) {
      value = try JSON(
        parsing: UnsafeRawBufferPointer(rebasing: text[..<end]), limits: JSON.Limits(bytes: headerLimit))
    } catch {
      throw .header(error)
    }
    guard case .object(let members) = value else { throw .headerText }
    return members
  }

  private static func texts(_ value: JSON) throws(SafetensorsError) -> [String: String] {
    guard case .object(let members) = value else { throw .metadata(found: value.kind) }
    var texts: [String: String] = [:]
    for member in members {
      guard case .string(let text) = member.value else { throw .metadata(found: member.value.kind) }
      texts[member.key] = text
    }
    return texts
  }

  /// Tensors follow each other from the buffer's first byte to its last.
  private static func checkCoverage(_ entries: [SafetensorsEntry], bufferLength: Int) throws(SafetensorsError) {
    var position = 0
    var last = ""
    for entry in entries.sorted(by: {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }) {
      guard entry.range.lowerBound >= position else { throw .overlap(last, entry.name) }
      guard entry.range.lowerBound == position else { throw .hole(position..<entry.range.lowerBound) }
      position = entry.range.upperBound
      last = entry.name
    }
    guard position == bufferLength else { throw .hole(position..<bufferLength) }
  }
}

/// What the header says of one tensor.
struct SafetensorsEntry {
  var name: String
  var type: StoredType
  var shape: [Int]
  /// In the buffer.
  var range: Range<Int>

  init(_ name: String, _ value: JSON, bufferLength: Int) throws(SafetensorsError) {
    guard case .object(let members) = value, members.count == 3, case .string(let typeName)? = value["dtype"],
      case .array(let extents)? = value["shape"], case .array(let offsets)? = value["data_offsets"]
    else { throw .entry(name, .fields) }
    guard let type = StoredType(safetensors: typeName) else { throw .entry(name, .type(typeName)) }
    guard case .some(let shape) = Self.counts(extents), shape.count <= Checkpoint.Tensor.rankLimit else {
      throw .entry(name, .shape)
    }
    guard let bounds = Self.counts(offsets), bounds.count == 2, bounds[0] <= bounds[1] else {
      throw .entry(name, .offsets)
    }
    guard bounds[1] <= bufferLength else { throw .entry(name, .outside(end: bounds[1], bufferLength: bufferLength)) }
    guard let size = product(shape, type.byteCount), size == bounds[1] - bounds[0] else {
      throw .entry(name, .size(found: bounds[1] - bounds[0], type: type, shape: shape))
    }
    self.name = name
    self.type = type
    self.shape = shape
    range = bounds[0]..<bounds[1]
  }

  /// Whole numbers from 0 on; nil where one is none.
  private static func counts(_ values: [JSON]) -> [Int]? {
    var counts: [Int] = []
    for value in values {
      guard case .integer(let count) = value, count >= 0 else { return nil }
      counts.append(count)
    }
    return counts
  }
}

extension StoredType {
  /// By the name that the format gives it; nil for types that no network here is stored in.
  init?(safetensors name: String) {
    switch name {
    case "F64": self = .float64
    case "F32": self = .float32
    case "F16": self = .float16
    case "BF16": self = .bfloat16
    case "I64": self = .int64
    case "I32": self = .int32
    case "I16": self = .int16
    case "I8": self = .int8
    case "U8": self = .uint8
    case "BOOL": self = .bool
    default: return nil
    }
  }
}
