import HRNFormat

/// The end of a command that could not do what was asked: the words for people, and the status for their scripts.
package struct CommandFailure: Error, Equatable, CustomStringConvertible {
  package var status: CommandStatus
  /// Where, what was found, what was expected; further lines say what to try.
  package var message: String

  package init(_ status: CommandStatus, _ message: String) {
    self.status = status
    self.message = message
  }

  package var description: String { message }
}
