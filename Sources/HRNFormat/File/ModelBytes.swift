import CHRNPlatform

/// Bytes that stay where they are: a mapped file, or memory of our own at a page boundary.
package final class ModelBytes: Sendable {
  /// The boundary on which the first byte lies, as on disk.
  static let alignment = 4096
  /// Bytes whose pages are entered at once: whole pages of any machine, however large.
  static let pageRun = 4 << 20

  package nonisolated(unsafe) let bytes: UnsafeRawBufferPointer
  private let isMapped: Bool

  /// Maps a regular file. The size is that at opening; see `hrn_map` for files that shrink afterwards.
  package init(mapping path: String) throws(FileFault) {
    var start: UnsafePointer<UInt8>?
    var length = 0
    var error: Int32 = 0
    let status = path.withCString { hrn_map($0, &start, &length, &error) }
    if let fault = FileFault(status, error: error) { throw fault }
    bytes = UnsafeRawBufferPointer(start: start, count: length)
    isMapped = true
  }

  /// Copies an array.
  package init(copying array: [UInt8]) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(array.count, 1), alignment: Self.alignment)
    copy.copyBytes(from: array)
    bytes = UnsafeRawBufferPointer(rebasing: copy[..<array.count])
    isMapped = false
  }

  /// Copies bytes that may change under a reader.
  init(copying source: UnsafeRawBufferPointer) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(source.count, 1), alignment: Self.alignment)
    copy.copyMemory(from: source)
    bytes = UnsafeRawBufferPointer(rebasing: copy[..<source.count])
    isMapped = false
  }

  /// Copies two arrays, one behind the other.
  init(joining first: [UInt8], _ second: [UInt8]) {
    let count = first.count + second.count
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(count, 1), alignment: Self.alignment)
    copy.copyBytes(from: first)
    UnsafeMutableRawBufferPointer(rebasing: copy[first.count...]).copyBytes(from: second)
    bytes = UnsafeRawBufferPointer(rebasing: copy[..<count])
    isMapped = false
  }

  /// Has the system read a mapped file from the disk in the background. It is no error where it cannot.
  func readAhead() {
    if isMapped { hrn_read_ahead(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count) }
  }

  /// Has the pages of `range`, which begins on a boundary of pages, found now rather than one by one when they are read.
  func enterPages(_ range: Range<Int>) {
    let part = UnsafeRawBufferPointer(rebasing: bytes[range])
    if isMapped { hrn_enter_pages(part.baseAddress?.assumingMemoryBound(to: UInt8.self), part.count) }
  }

  /// Gives the memory of a mapped file's pages back: they are read from the file again where they are read again.
  package func forgetPages() {
    if isMapped { hrn_forget(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count) }
  }

  deinit {
    if isMapped {
      hrn_unmap(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
    } else {
      UnsafeMutableRawPointer(mutating: bytes.baseAddress)?.deallocate()
    }
  }
}
