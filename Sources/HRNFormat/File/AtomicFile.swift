import CHRNPlatform

/// Writes files that are there whole or not at all.
package enum AtomicFile {
  /// The path of the file that `publish` writes for `path`: what a symbolic link leads to, there or not.
  package static func target(of path: String) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(HRN_PATH_BYTES)) { target in
      var error: Int32 = 0
      let status = path.withCString { hrn_publish_target($0, target.baseAddress, &error) }
      return status == HRN_FILE_OK ? String(cString: target.baseAddress!) : path
    }
  }

  /// Says what `publish` would refuse, before long work is spent on the bytes.
  package static func check(path: String, force: Bool) throws(FileFault) {
    var error: Int32 = 0
    let status = path.withCString { hrn_publish_check($0, force ? 1 : 0, &error) }
    if let fault = FileFault(status, error: error) { throw fault }
  }

  /// Writes the bytes to a temporary file beside `path`, flushes it and renames it.
  ///
  /// An existing file is refused without `force`. After any error but `.notDurable` nothing has changed.
  package static func publish(_ bytes: [UInt8], to path: String, force: Bool) throws(FileFault) {
    let (status, error) = bytes.withUnsafeBytes { publish([$0], to: path, force: force) }
    if let fault = FileFault(status, error: error) { throw fault }
  }

  /// The same for several runs of bytes, one after another.
  package static func publish(parts: [UnsafeRawBufferPointer], to path: String, force: Bool) throws(FileFault) {
    let (status, error) = publish(parts, to: path, force: force)
    if let fault = FileFault(status, error: error) { throw fault }
  }

  private static func publish(
    _ parts: [UnsafeRawBufferPointer], to path: String, force: Bool
  ) -> (hrn_file_status, Int32) {
    let slices = parts.map {
      hrn_slice(bytes: $0.baseAddress?.assumingMemoryBound(to: UInt8.self), length: $0.count)
    }
    var error: Int32 = 0
    let status = path.withCString { hrn_publish($0, slices, slices.count, force ? 1 : 0, &error) }
    return (status, error)
  }
}
