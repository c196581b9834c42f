/// What a command tells its caller: one table for all commands.
package enum CommandStatus: Int32, Sendable {
  /// It did what was asked.
  case done = 0
  /// It did what was asked, and the answer is no.
  case no = 1
  /// Some of the images failed.
  case someFailed = 2
  /// The command line is wrong.
  case usage = 64
  /// An input is not what it should be.
  case badInput = 65
  /// An input is missing or cannot be opened.
  case missingInput = 66
  /// A defect of our own.
  case defect = 70
  /// An output cannot be created.
  case cannotCreate = 73
  /// Reading or writing failed midway, or memory or threads are missing.
  case inputOutput = 74
}
