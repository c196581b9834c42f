import CHRNSchema

/// Where the fields of a file lie: the walk over the few top-level tags of the Model message.
///
/// Magic, graph, digest, certificate, signature, padding, weights, in this order, each at most once, with minimal
/// varints; nothing else, nothing after. The payload of the weights begins at a multiple of 4096.
struct Container {
  /// The first ten bytes of every file: the field `magic` with its eight bytes.
  static let magic: [UInt8] = [0x0A, 0x08, 0x89, 0x48, 0x52, 0x4E, 0x0D, 0x0A, 0x1A, 0x0A]
  static let page = 4096
  static let graphLimit = 16 << 20
  /// The size of a message that every protobuf library still reads.
  static let fileLimit = Int(Int32.max)

  var graph: Range<Int>
  var digest: Range<Int>
  var certificate: Range<Int>?
  var signature: Range<Int>?
  var weights: Range<Int>

  /// Walks the fields of a file.
  init(walking bytes: UnsafeRawBufferPointer) throws(FormatError) {
    guard bytes.count >= Self.magic.count else { throw Self.notAModel(bytes) }
    for (index, byte) in Self.magic.enumerated() where bytes[index] != byte { throw Self.notAModel(bytes) }
    guard bytes.count <= Self.fileLimit else {
      throw .container(offset: Self.fileLimit, .fileTooLarge(found: bytes.count))
    }
    var fields = [Range<Int>?](repeating: nil, count: HRN_MODEL_WEIGHTS + 1)
    var position = Self.magic.count
    var last = HRN_MODEL_MAGIC
    while position < bytes.count {
      let start = position
      let tag = try Self.varint(bytes, &position)
      guard tag & 7 == 2, let field = Int(exactly: tag >> 3), field > last, field <= HRN_MODEL_WEIGHTS else {
        throw .container(offset: start, .field(found: Int(clamping: tag >> 3)))
      }
      let length = try Self.varint(bytes, &position)
      guard length <= UInt64(bytes.count - position) else {
        throw .container(
          offset: bytes.count, .truncated(missing: Int(clamping: length - UInt64(bytes.count - position))))
      }
      fields[field] = position..<position + Int(length)
      position += Int(length)
      last = field
    }
    graph = try Self.required(fields, HRN_MODEL_GRAPH, end: bytes.count)
    digest = try Self.required(fields, HRN_MODEL_DIGEST, end: bytes.count)
    certificate = fields[HRN_MODEL_CERTIFICATE]
    signature = fields[HRN_MODEL_SIGNATURE]
    weights = try Self.required(fields, HRN_MODEL_WEIGHTS, end: bytes.count)
    guard graph.count <= Self.graphLimit else {
      throw .container(offset: graph.lowerBound, .graphTooLarge(found: graph.count))
    }
    try checkPadding(fields[HRN_MODEL_PADDING], in: bytes)
  }

  private func checkPadding(_ padding: Range<Int>?, in bytes: UnsafeRawBufferPointer) throws(FormatError) {
    guard weights.lowerBound % Self.page == 0 else {
      throw .container(offset: weights.lowerBound, .alignment)
    }
    let head = (signature ?? certificate ?? digest).upperBound
    let expected = Self.padding(after: head, weights: weights.count)
    guard padding?.count == expected else {
      throw .container(
        offset: padding?.lowerBound ?? head, .padding(found: padding?.count ?? 0, expected: expected ?? 0))
    }
    guard let padding else { return }
    for index in padding where bytes[index] != 0 { throw .container(offset: index, .paddingValue) }
  }

  /// Bytes of padding in a file whose fields before the padding end at `head`; nil: no padding field.
  ///
  /// With r bytes missing to the next multiple of 4096, the padding field takes r bytes: its tag, its length and n
  /// zeros. Where no n gives r, because lengths of 1 and 2 bytes leave out r = 1 and r = 130, it takes r + 4096.
  static func padding(after head: Int, weights: Int) -> Int? {
    let start = head + 1 + varintLength(weights)
    let missing = (page - start % page) % page
    if missing == 0 { return nil }
    if missing == 1 || missing == 130 { return missing + page - 3 }
    return missing < 130 ? missing - 2 : missing - 3
  }

  /// Bytes of a minimal varint.
  static func varintLength(_ value: Int) -> Int {
    var length = 1
    var rest = value >> 7
    while rest > 0 {
      length += 1
      rest >>= 7
    }
    return length
  }

  private static func varint(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) throws(FormatError) -> UInt64 {
    let start = position
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      guard position < bytes.count else { throw .container(offset: bytes.count, .truncated(missing: 1)) }
      let byte = bytes[position]
      guard shift < 63 || byte <= 1 else { throw .container(offset: start, .varint) }
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 {
        guard byte != 0 || position == start + 1 else { throw .container(offset: start, .varint) }
        return value
      }
      shift += 7
    }
  }

  private static func required(_ fields: [Range<Int>?], _ field: Int, end: Int) throws(FormatError) -> Range<Int> {
    guard let range = fields[field] else { throw .container(offset: end, .missing(field: field)) }
    return range
  }

  private static func notAModel(_ bytes: UnsafeRawBufferPointer) -> FormatError {
    var isPrefix = true
    for index in 0..<min(bytes.count, magic.count) where bytes[index] != magic[index] { isPrefix = false }
    if isPrefix { return .container(offset: bytes.count, .truncated(missing: magic.count - bytes.count)) }
    return .foreign(ForeignFormat(recognizing: bytes))
  }
}

extension ForeignFormat {
  /// Recognizes what bytes are that are not an HRN file.
  package init(recognizing bytes: UnsafeRawBufferPointer) {
    func begins(_ prefix: [UInt8], at offset: Int = 0) -> Bool {
      guard bytes.count >= offset + prefix.count else { return false }
      for (index, byte) in prefix.enumerated() where bytes[offset + index] != byte { return false }
      return true
    }
    if begins([0x50, 0x4B, 0x03, 0x04]) {
      self = .zip
    } else if begins([0x80, 0x02]) || begins([0x80, 0x03]) || begins([0x80, 0x04]) {
      self = .pickle
    } else if begins([0x7B, 0x22], at: 8) {
      self = .safetensors
    } else if begins([0x54, 0x46, 0x4C, 0x33], at: 4) {
      self = .tflite
    } else if begins([0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if begins([0x89, 0x50, 0x4E, 0x47]) {
      self = .png
    } else if begins([0x1F, 0x8B]) {
      self = .gzip
    } else if begins([0x48, 0x52, 0x4E], at: 3) || begins([0x48, 0x52, 0x4E], at: 4) {
      self = .damagedInTransfer
    } else if bytes.count > 2, bytes[0] == 0x08, bytes[1] < 0x20,
      bytes[2] == 0x12 || bytes[2] == 0x1A || bytes[2] == 0x3A
    {
      self = .onnx
    } else if bytes.prefix(64).allSatisfy({ ($0 >= 0x20 && $0 < 0x7F) || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }) {
      self = .text
    } else {
      self = .unknown
    }
  }
}
