import CHRNPlatform
import HRNFormat

/// Standard output and standard error.
enum Streams {
  /// Writes to standard output.
  ///
  /// - Throws: `Failure`; with status `done` and without words where the reader has gone, as `head` does.
  static func write(_ bytes: [UInt8]) throws(Failure) {
    var error: Int32 = 0
    let result = bytes.withUnsafeBufferPointer {
      hrn_write_stream(Int32(HRN_STDOUT), $0.baseAddress, Int64($0.count), &error)
    }
    if result == 0 { return }
    if hrn_is_broken_pipe(error) != 0 { throw Failure(.done, "") }
    throw Failure(.inputOutput, "standard output: \(String(cString: hrn_error_text(error)))")
  }

  static func write(_ text: String) throws(Failure) { try write([UInt8](text.utf8)) }

  /// Writes words for people to standard error, where nothing can be done about a failure.
  static func complain(_ words: String) {
    let line = [UInt8](("hrn-run: " + words + "\n").utf8)
    var error: Int32 = 0
    _ = line.withUnsafeBufferPointer {
      hrn_write_stream(Int32(HRN_STDERR), $0.baseAddress, Int64($0.count), &error)
    }
  }
}

/// A file to read: the bytes of its name as the system knows it, which need not be UTF-8, or standard input.
struct InputPath {
  let bytes: [CChar]

  /// A name of bytes that end with a zero.
  init(_ name: UnsafePointer<CChar>) {
    var length = 0
    while name[length] != 0 { length += 1 }
    bytes = [CChar](UnsafeBufferPointer(start: name, count: length + 1))
  }

  /// A name of bytes without a zero.
  init(_ name: some Sequence<UInt8>) { bytes = name.map { CChar(bitPattern: $0) } + [0] }

  var isStandardInput: Bool { bytes.count == 2 && bytes[0] == 0x2D }
  /// The name as people read it.
  var name: String { String(decoding: bytes.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self) }
}

/// A file, a pipe or standard input, read from its beginning.
struct InputStream: ~Copyable {
  private let stream: Int32
  private let name: String

  /// - Throws: `Failure` with status `missingInput`.
  init(_ path: InputPath) throws(Failure) {
    var error: Int32 = 0
    name = path.name
    stream = path.isStandardInput ? Int32(HRN_STDIN) : hrn_open_stream(path.bytes, &error)
    guard stream >= 0 else { throw Self.failure(.missingInput, path.name, error) }
  }

  deinit { if stream != HRN_STDIN { hrn_close_stream(stream) } }

  private static func failure(_ status: CommandStatus, _ name: String, _ error: Int32) -> Failure {
    Failure(status, "\(escaped(name)): \(String(cString: hrn_error_text(error)))")
  }

  /// Appends at most `count` bytes, waiting for the first; false at the end.
  func read(_ count: Int, into bytes: inout [UInt8]) throws(Failure) -> Bool {
    var error: Int32 = 0
    let start = bytes.count
    Self.reserve(start + count, in: &bytes)
    bytes.append(contentsOf: repeatElement(0, count: count))
    let found = bytes.withUnsafeMutableBufferPointer {
      hrn_read_stream(stream, $0.baseAddress! + start, Int64(count), &error)
    }
    bytes.removeLast(count - Int(max(found, 0)))
    guard found >= 0 else {
      if error == hrn_error_directory() {
        throw Failure(.missingInput, "\(escaped(name)): is a directory, expected a file")
      }
      throw Self.failure(.inputOutput, name, error)
    }
    return found > 0
  }

  /// Makes place for `count` bytes. An array that grows by itself moves its bytes one by one in Embedded Swift.
  private static func reserve(_ count: Int, in bytes: inout [UInt8]) {
    guard bytes.capacity < count else { return }
    let kept = bytes
    bytes = [UInt8](unsafeUninitializedCapacity: max(count, 2 * kept.count)) { place, filled in
      kept.withUnsafeBytes { UnsafeMutableRawBufferPointer(place).copyMemory(from: $0) }
      filled = kept.count
    }
  }

  /// What is read to its end.
  enum Content {
    case jpeg
    case names

    /// No photograph is larger, and no list.
    var byteLimit: Int { self == .jpeg ? Runner.imageByteLimit : 1 << 30 }

    /// Whether these first bytes may be it.
    func mayBegin(with bytes: [UInt8]) -> Bool {
      switch self {
      case .jpeg: bytes[0] == 0xFF && bytes[1] == 0xD8
      case .names: !bytes.contains(0)
      }
    }
  }

  /// So many bytes tell what kind of file it is.
  static let bytesThatTellAKind = 64

  /// Reads to the end; no further than the first bytes where they are not of what is asked for, which is for whoever uses
  /// them to say.
  ///
  /// - Throws: `Failure` with status `badInput` for more bytes than there may be, else `inputOutput`.
  func readAll(_ content: Content) throws(Failure) -> [UInt8] {
    var bytes: [UInt8] = []
    var isKnown = false
    while try read(max(65_536, bytes.count), into: &bytes) {
      guard bytes.count <= content.byteLimit else {
        throw Failure(.badInput, "\(escaped(name)): has more than \(content.byteLimit) bytes")
      }
      if !isKnown, bytes.count >= Self.bytesThatTellAKind {
        if !content.mayBegin(with: bytes) { break }
        isKnown = true
      }
    }
    return bytes
  }
}
