import ArgumentParser
import HRNCommandLine
import HRNCompiler
import HRNFormat
import HRNGraph
import HRNImport

/// `hrn-compile passes`.
struct PassesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hrn-compile passes", abstract: "List the optimization passes in the order in which they run.")

  func run() throws {
    let pages = PassPipeline.all.map { pass in
      pass.name + "\n\n"
        + pass.summary.split(separator: "\n", omittingEmptySubsequences: false)
        .map { $0.isEmpty ? "\n" : "  \($0)\n" }.joined()
    }
    try Terminal.put(pages.joined(separator: "\n"))
  }
}

/// `hrn-compile ops`.
struct OpsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hrn-compile ops", abstract: "Explain the operations of a graph, with examples that the tests run.")

  @Argument(help: "An operation; without one, all.")
  var name: String?

  @Flag(help: "List the operators of ONNX that are imported: what each takes, and what it becomes.")
  var onnx = false

  func run() throws {
    if onnx {
      if let name { throw CommandFailure(.usage, "--onnx lists all operators; leave out '\(name)'") }
      return try Terminal.put(Claim.text)
    }
    var kinds = OpKind.allCases
    if let name {
      guard let kind = OpKind(rawValue: name) else {
        throw CommandFailure(
          .usage,
          "there is no operation '\(name)'\n  the operations are: \(kinds.map(\.rawValue).joined(separator: ", "))")
      }
      kinds = [kind]
    }
    try Terminal.put(kinds.map(OpText.page).joined(separator: "\n"))
  }
}
