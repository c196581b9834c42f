import CHRNPlatform

/// Why a file could not be read or written.
package enum FileFault: Error, Equatable, Sendable {
  case missing
  case denied
  case directory
  /// A pipe, a device or a socket.
  case special
  case empty
  case tooLarge
  case exists
  case noSpace
  /// Complete and in place, but the directory entry may not survive a power failure.
  case notDurable
  /// Anything else, by its `errno`.
  case other(Int32)

  init?(_ status: hrn_file_status, error: Int32) {
    switch status {
    case HRN_FILE_OK: return nil
    case HRN_FILE_MISSING: self = .missing
    case HRN_FILE_DENIED: self = .denied
    case HRN_FILE_DIRECTORY: self = .directory
    case HRN_FILE_SPECIAL: self = .special
    case HRN_FILE_EMPTY: self = .empty
    case HRN_FILE_TOO_LARGE: self = .tooLarge
    case HRN_FILE_EXISTS: self = .exists
    case HRN_FILE_NO_SPACE: self = .noSpace
    case HRN_FILE_NOT_DURABLE: self = .notDurable
    default: self = .other(error)
    }
  }

  /// What reading a file that has this fault ends a command with.
  package var status: CommandStatus {
    switch self {
    case .missing, .denied, .directory, .special: .missingInput
    case .empty, .tooLarge, .exists: .badInput
    case .noSpace, .notDurable, .other: .inputOutput
    }
  }

  /// The fault in words, to follow the path.
  package var message: String {
    switch self {
    case .missing: "no such file or directory"
    case .denied: "permission denied"
    case .directory: "is a directory, expected a file"
    case .special: "is a pipe or a device, expected a regular file"
    case .empty: "is empty"
    case .tooLarge: "is too large for this machine's address space"
    case .exists: "exists already; give another name, or --force to replace it"
    case .noSpace: "no space left on the disk; nothing was written"
    case .notDurable:
      "is written, but its directory could not be flushed to the disk; it may be lost if power fails now"
    case .other(let error): String(cString: hrn_error_text(error))
    }
  }
}
