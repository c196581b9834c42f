/// Why images could not be had.
package enum ImageSetError: Error, Equatable, Sendable {
  /// There is nothing at `path`.
  case notFound(path: String)
  /// The system refused to read `path`.
  case unreadable(path: String, reason: String)
  /// A folder that holds neither JPEG files nor Fashion-MNIST's IDX files.
  case noImages(path: String)
  /// Every file failed; the first of them and why.
  case noneReadable(path: String, count: Int, first: String, reason: String)
  /// A file that is neither a folder nor an IDX file of images.
  case unknownKind(path: String)
  /// An IDX file that breaks its format.
  case damagedIDX(path: String, IDXDamage)
  /// The labels beside an IDX file do not belong to it.
  case labelCount(path: String, found: Int, expected: Int)
  /// The recipe does not give the size that the network reads.
  case size(name: String, found: [Int], expected: [Int])
  /// The recipe cannot be used, in the words of the image room.
  case recipe(String)

  /// The error in one line, beginning with the file that it is about.
  package var message: String {
    switch self {
    case .notFound(let path): "\(path): no such file or folder"
    case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
    case .noImages(let path):
      "\(path): holds no images; expected JPEG files (.jpg, .jpeg), in any depth of folders, or the IDX files of "
        + "Fashion-MNIST (t10k-images-idx3-ubyte.gz)"
    case .noneReadable(let path, let count, let first, let reason):
      "\(path): none of \(count) images can be read; the first, \(first), \(reason)"
    case .unknownKind(let path):
      "\(path): is neither a folder of JPEG files nor an IDX file of images (…-idx3-ubyte or …-idx3-ubyte.gz)"
    case .damagedIDX(let path, let damage): "\(path): \(damage.message)"
    case .labelCount(let path, let found, let expected):
      "\(path): holds \(found) labels, expected \(expected), one for each image of the file beside it"
    case .size(let name, let found, let expected):
      "\(name): is \(Self.words(found)) after the recipe, expected \(Self.words(expected)), which the network reads; "
        + "give the recipe a resize or a crop to that size"
    case .recipe(let words): "the recipe: \(words)"
    }
  }

  private static func words(_ size: [Int]) -> String {
    "\(size[0]) rows x \(size[1]) columns x \(size[2]) channels"
  }
}

/// What is wrong with an IDX file.
package enum IDXDamage: Error, Equatable, Sendable {
  /// The first four bytes are not those of unsigned bytes in `dimensions` dimensions.
  case magic(found: UInt32, dimensions: Int)
  /// The file ends before its elements do.
  case truncated(found: Int, expected: Int)
  /// Bytes follow the last element.
  case trailing(expected: Int)
  /// A side of zero, or more elements than `IDXFile.elementLimit`.
  case extents([UInt32])
  /// The gzip stream ends too early, or its checksum does not hold.
  case gzip(truncated: Bool)

  package var message: String {
    switch self {
    case .magic(let found, let dimensions):
      "begins with \(String(found, radix: 16)), expected \(String(0x800 + UInt32(dimensions), radix: 16)), "
        + "unsigned bytes in \(dimensions) dimension\(dimensions == 1 ? "" : "s")"
    case .truncated(let found, let expected): "holds \(found) bytes, expected \(expected) by its header"
    case .trailing(let expected): "holds more than the \(expected) bytes of its header"
    case .extents(let extents):
      "says \(extents.map { String($0) }.joined(separator: " x ")) elements; expected at least 1 on a side and at most "
        + "\(IDXFile.elementLimit) in all"
    case .gzip(let truncated): truncated ? "is a gzip file that ends too early" : "is a damaged gzip file"
    }
  }
}
