import HRNFormat

/// Why a zip archive is not one that PyTorch wrote.
package enum ZipError: Error, Equatable, Sendable {
  /// No record of the directory at the very end.
  case noEnd
  /// The 64-bit record of the end contradicts the other one, or is not where it must be.
  case end64
  /// An archive of several files.
  case parts
  case count64(Int)
  case directory
  case count(found: Int, expected: Int)
  /// What should be an entry of the directory is none.
  case header(offset: Int)
  /// A name that is not UTF-8, too long, or holds control characters.
  case name(offset: Int)
  /// Bytes that belong to no entry.
  case gap(Range<Int>)
  case entry(String, EntryFault)

  package enum EntryFault: Equatable, Sendable {
    case duplicate
    case compressed(method: Int)
    case encrypted
    case flags(Int)
    /// A link or a device.
    case notAFile
    /// An absolute name, one that leads out of its folder, or a folder.
    case path
    case sizes
    case local
    case outside
    case overlap
    /// The entry's own header says something else than the directory.
    case contradiction
    case descriptor
    case checksum
  }

  var message: String {
    switch self {
    case .noEnd: "the archive does not end with its directory; was the file cut short? copy it again"
    case .end64: "the archive's 64-bit end record contradicts the rest; the file is damaged or hostile"
    case .parts: "the archive is one of several parts, expected a whole one"
    case .count64(let count):
      "the archive's end states \(count) entries, expected one number up to \(ZipArchive.entryLimit)"
    case .directory: "the archive's directory is not where its end says; the file is damaged or hostile"
    case .count(let found, let expected):
      "the archive's directory holds \(counted(found, "entry", plural: "entries")), its end says \(expected)"
    case .header(let offset): "byte \(offset): expected an entry of the archive's directory; the file is damaged"
    case .name(let offset): "byte \(offset): the name of an entry is not UTF-8, too long, or holds control characters"
    case .gap(let range):
      "bytes \(range.lowerBound) to \(range.upperBound) belong to no entry of the archive; the file is damaged or hostile"
    case .entry(let name, let fault): "entry '\(name.printable)' \(fault.message)"
    }
  }
}

extension ZipError.EntryFault {
  var message: String {
    switch self {
    case .duplicate: "is in the archive twice"
    case .compressed(let method):
      "is compressed by method \(method); PyTorch stores its entries as they are\n"
        + "  if a tool packed the archive anew, load and save the checkpoint once more in Python"
    case .encrypted: "is encrypted"
    case .flags(let flags): "has the flags 0x\(String(flags, radix: 16)), which PyTorch does not set"
    case .notAFile: "is a link or a device, expected a file"
    case .path: "has a name that leads out of the archive or names a folder"
    case .sizes: "has two sizes, or a place or size that is missing"
    case .local: "does not begin where the directory says"
    case .outside: "ends behind the last entry's place; the file is damaged"
    case .overlap: "lies over another entry; the file is damaged or hostile"
    case .contradiction: "has a header of its own that contradicts the archive's directory"
    case .descriptor: "is not followed by its size and checksum as the directory has them"
    case .checksum: "does not match its checksum; the file is damaged, copy it again"
    }
  }
}
