import ArgumentParser
import HRNCompiler
import HRNFormat

/// `hrn-compile inspect MODEL`.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hrn-compile inspect",
    abstract: "Say everything about a model, trained or compiled: graph, labels, recipe, plan, where it is from.",
    discussion: """
      Examples:
        hrn-compile inspect birds.hrn
        hrn-compile inspect birds.int8.hrn --json | jq .arena
      """)

  @Argument(help: "A file that the trainer or hrn-compile wrote.", completion: .file(extensions: ["hrn"]))
  var model: String

  @Flag(help: "Print JSON: the same and more, every tensor with its place.")
  var json = false

  @Flag(help: "Read all bytes and compare them with the file's digests.")
  var verify = false

  func run() throws {
    let source = try SourceFile(path: model)
    if verify {
      try source.explaining { file throws(CompileError) in
        do throws(FormatError) { try file.verifyDigest() } catch { throw .format(error) }
      }
    }
    let inspection = Inspection(of: source.file)
    try Terminal.put(json ? inspection.json + "\n" : inspection.text)
  }
}
