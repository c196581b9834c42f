import ArgumentParser
import HRNCommandLine
import HRNCompiler
import HRNFormat
import HRNGraph
import HRNImport

/// `hrn-compile inspect FILE`.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hrn-compile inspect",
    abstract: "Say everything about a model, trained or compiled, or about a checkpoint.",
    discussion: """
      Examples:
        hrn-compile inspect birds.hrn
        hrn-compile inspect birds.int8.hrn --json | jq .arena
        hrn-compile inspect birds.pth

      Of a model: graph, labels, recipe, plan, where it is from. Of a checkpoint or an ONNX model: its tensors, and \
      what network it is recognized as, or why it is not compiled as it is.
      """)

  @Argument(help: "A file that the trainer or hrn-compile wrote, a checkpoint, or an ONNX model.", completion: .file())
  var model: String

  @Flag(help: "Print JSON: the same and more, every tensor with its place.")
  var json = false

  @Flag(help: "Read all bytes and hold them to the file's digests and to what its plan says.")
  var verify = false

  func run() throws {
    let file = try SourceFile(path: model)
    let report: (text: String, json: String)
    switch file.source.content {
    case .hrn(let model):
      if verify {
        try file.explaining { () throws(CompileError) in
          do throws(FormatError) {
            try model.verifyDigest()
            try model.verifyWeights()
          } catch {
            throw .format(error)
          }
        }
      }
      let inspection = Inspection(of: model)
      report = (inspection.text, inspection.json)
    case .checkpoint(let checkpoint):
      try refuseToVerify()
      let inspection = CheckpointInspection(checkpoint, fileBytes: file.source.byteCount)
      report = (inspection.text, inspection.json)
    case .onnx(let model):
      try refuseToVerify()
      let inspection = CheckpointInspection(model, fileBytes: file.source.byteCount)
      report = (inspection.text, inspection.json)
    }
    try Terminal.put(json ? report.json + "\n" : report.text)
  }

  private func refuseToVerify() throws(CommandFailure) {
    if verify { throw CommandFailure(.usage, "\(model): holds no digests, so leave out --verify") }
  }
}
