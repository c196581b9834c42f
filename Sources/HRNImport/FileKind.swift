import HRNFormat

/// What a file is by its bytes, whatever its name says.
package enum FileKind: Equatable, Sendable {
  /// A model in our own format.
  case hrn
  /// A checkpoint of PyTorch, or safetensors.
  case checkpoint
  case onnx
  case foreign(ForeignFile)

  package init(of file: ModelBytes) {
    let bytes = file.bytes
    // As `hrn.proto` begins: the field `magic`, eight bytes.
    if bytes.starts(with: [0x0A, 0x08, 0x89, 0x48, 0x52, 0x4E]) {
      self = .hrn
      return
    }
    if Checkpoint.recognizes(file) {
      self = .checkpoint
      return
    }
    if let other = ForeignFile(of: bytes) {
      self = .foreign(other)
      return
    }
    switch ForeignFormat(recognizing: bytes) {
    case .zip, .pickle, .safetensors: self = .checkpoint
    case .onnx: self = .onnx
    case .tflite: self = .foreign(.tflite)
    case .jpeg: self = .foreign(.jpeg)
    case .png: self = .foreign(.png)
    case .gzip: self = .foreign(.gzip)
    case .damagedInTransfer: self = .foreign(.damagedInTransfer)
    case .text: self = .foreign(.text)
    case .unknown: self = ONNXFields.makeUp(bytes) ? .onnx : .foreign(.unknown)
    }
  }
}

/// Files that hold no network that is imported, told apart so that a message can say what they are.
package enum ForeignFile: Equatable, Sendable {
  case jpeg, png, gif, webp
  case gzip, xz, zstd, bzip2, sevenZip
  case hdf5, tflite, numpy
  case html
  /// What Git LFS leaves where a file has not been fetched.
  case lfsPointer
  case text
  case damagedInTransfer
  case zeros
  case unknown

  /// What `HRNFormat`, which knows the formats that a device may be given, does not tell apart.
  init?(of bytes: UnsafeRawBufferPointer) {
    let signatures: [(ForeignFile, [UInt8], Int)] = [
      (.gif, Array("GIF8".utf8), 0), (.webp, Array("WEBP".utf8), 8), (.xz, [0xFD, 0x37, 0x7A, 0x58, 0x5A], 0),
      (.zstd, [0x28, 0xB5, 0x2F, 0xFD], 0), (.bzip2, Array("BZh".utf8), 0), (.sevenZip, [0x37, 0x7A, 0xBC, 0xAF], 0),
      (.hdf5, [0x89, 0x48, 0x44, 0x46], 0), (.numpy, [0x93, 0x4E, 0x55, 0x4D], 0),
      (.lfsPointer, Array("version https://git-lfs".utf8), 0),
    ]
    let known = signatures.first { _, signature, offset in bytes.dropFirst(offset).starts(with: signature) }
    if let known {
      self = known.0
    } else if Self.isHTML(bytes) {
      self = .html
    } else if bytes.prefix(4096).allSatisfy({ $0 == 0 }) {
      self = .zeros
    } else {
      return nil
    }
  }

  private static func isHTML(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let text = String(decoding: bytes.prefix(64).drop { $0 <= 0x20 }, as: UTF8.self).lowercased()
    return ["<!doctype", "<html", "<?xml", "<head"].contains { text.hasPrefix($0) }
  }

  package var message: String {
    switch self {
    case .jpeg: "is a JPEG picture, expected a trained network; are model and picture exchanged?"
    case .png: "is a PNG picture, expected a trained network"
    case .gif: "is a GIF picture, expected a trained network"
    case .webp: "is a WebP picture, expected a trained network"
    case .gzip: "is compressed by gzip; unpack it with: gunzip FILE"
    case .xz: "is compressed by xz; unpack it with: unxz FILE"
    case .zstd: "is compressed by zstd; unpack it with: unzstd FILE"
    case .bzip2: "is compressed by bzip2; unpack it with: bunzip2 FILE"
    case .sevenZip: "is a 7-Zip archive; unpack it first"
    case .hdf5: "is an HDF5 file, as Keras writes; export the network to ONNX and give that"
    case .tflite: "is a TensorFlow Lite model; export the network to ONNX from where it was trained and give that"
    case .numpy: "is a NumPy array; a checkpoint holds named tensors: save the state_dict"
    case .html: "is a web page, not the file itself; was the download's page saved instead?"
    case .lfsPointer: "is a pointer of Git LFS; fetch the file itself with: git lfs pull"
    case .text: "is text, expected a trained network"
    case .damagedInTransfer: "was changed by a transfer in text mode; copy it again in binary mode"
    case .zeros: "holds only zeros; was the copy cut short?"
    case .unknown:
      "is of no kind that is read: an .hrn file, a PyTorch checkpoint, safetensors, ONNX; is it damaged, or encrypted?"
    }
  }
}

/// The outermost fields of an ONNX model, as far as they tell it from other files.
private enum ONNXFields {
  /// Numbers of ModelProto's fields that are whole numbers, and of those with a length.
  private static let (numbers, lengths): (Set<UInt64>, Set<UInt64>) = ([1, 5], [2, 3, 4, 6, 7, 8, 14, 20, 25, 26])
  private static let graph: UInt64 = 7

  /// Whether the bytes are ModelProto's fields from the first to the last, and a graph is among them.
  static func makeUp(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var position = 0
    var hasGraph = false
    while position < bytes.count {
      guard let tag = varint(bytes, &position) else { return false }
      let (field, wire) = (tag >> 3, tag & 7)
      guard let value = varint(bytes, &position) else { return false }
      if wire == 0, numbers.contains(field) { continue }
      guard wire == 2, lengths.contains(field), value <= UInt64(bytes.count - position) else { return false }
      position += Int(value)
      if field == graph { hasGraph = true }
    }
    return hasGraph
  }

  private static func varint(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 63, by: 7) {
      guard position < bytes.count else { return nil }
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }
}
