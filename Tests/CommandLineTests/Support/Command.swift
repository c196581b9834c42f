import Foundation
import HRNTestSupport

/// One of the package's commands, called as a function.
struct Command {
  let name: String

  func callAsFunction(_ arguments: String..., input: Data = Data(), in folder: URL? = nil) throws -> CommandResult {
    try runCommand(name, arguments, input: input, in: folder?.path)
  }
}
