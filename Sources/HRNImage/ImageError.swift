/// Why bytes did not become pixels. Nothing that arrives from outside ends in a trap instead.
package enum ImageError: Error, Equatable, Sendable {
  /// There are no bytes.
  case empty
  /// The bytes do not begin as a JPEG does; what they look like instead.
  case notJPEG(FileKind)
  /// The bytes end before the image does; in libjpeg's words.
  case truncated(String)
  /// The bytes contradict the JPEG format; in libjpeg's words.
  case corrupt(String)
  /// A valid JPEG of a kind that is not read (lossless, 12 bits, 2 components); in libjpeg's words.
  case unsupported(String)
  /// More pixels than `limit`. A side is never longer than 65500.
  case tooLarge(width: Int, height: Int, limit: Int)
  /// More scans than `limit`: decoding time would be out of proportion to the file.
  case tooManyScans(limit: Int)
  /// The coefficients of a whole multi-scan image need more than `bytes`, the limit in force.
  case overMemoryLimit(bytes: Int)
  /// The system gave no `bytes` more; 0 where the number is not known.
  case outOfMemory(bytes: Int)
  /// The recipe contradicts itself; what is wrong with it.
  case unusableRecipe(String)
}

extension ImageError {
  /// The error in one line without a final stop, to follow a file's name and a colon.
  package var message: String {
    switch self {
    case .empty: "is empty; expected a JPEG"
    case .notJPEG(let kind): "is not a JPEG: \(kind.words)"
    case .truncated(let words): "is truncated: \(words)"
    case .corrupt(let words): "is damaged: \(words)"
    case .unsupported(let words): "is a JPEG of a kind that is not read: \(words)"
    case .tooLarge(let width, let height, let limit):
      "is too large: \(width) x \(height) pixels, the limit is \(limit) pixels and 65500 on a side"
    case .tooManyScans(let limit): "has more than \(limit) scans"
    case .overMemoryLimit(let bytes): "needs more than \(bytes) bytes for its coefficients, the limit"
    case .outOfMemory(0): "does not fit into memory"
    case .outOfMemory(let bytes): "does not fit into memory: \(bytes) bytes more were refused"
    case .unusableRecipe(let words): "cannot be prepared by this recipe: \(words)"
    }
  }
}
