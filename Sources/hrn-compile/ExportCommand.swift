import ArgumentParser
import HRNCommandLine
import HRNCompiler
import HRNFormat
import HRNImport

/// `hrn-compile export-onnx MODEL`.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hrn-compile export-onnx",
    abstract: "Write a trained network as ONNX, for other engines to run.",
    discussion: """
      Examples:
        hrn-compile export-onnx birds.hrn
        hrn-compile export-onnx birds.pth -o birds.onnx --size 448
        hrn-compile export-onnx birds.hrn --stop-after fold-batch-norm-into-convolution

      The float network as it was trained, or after some of the passes, with all its weights in the one file. ONNX has no place for \
      labels and for the recipe: whoever runs the file prepares pictures as the recipe says, and gets scores by number.
      """)

  @Argument(
    help: "What the trainer exported, or a checkpoint; no compiled model.", completion: .file())
  var model: String

  @Option(
    name: [.short, .long], help: "Where to write. Without it: the model's name with .onnx, beside the model.",
    completion: .file(extensions: ["onnx"]))
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Size of the images where neither model nor recipe says it: 448, or HEIGHTxWIDTH.", valueName: "size"))
  var size: ImageSize?

  @Option(help: ArgumentHelp("Run the passes up to this one first: hrn-compile passes.", valueName: "pass"))
  var stopAfter: String?

  @Flag(help: "Replace an output that exists.")
  var force = false

  @Flag(name: [.short, .long], help: "Print nothing but errors.")
  var quiet = false

  func run() throws {
    let target = output ?? CompileCommand.output(for: model, ending: ".onnx")
    try CompileCommand.refuse(target, reading: model, force: force)
    let source = try SourceFile(path: model)
    var trained = try source.model(try ImportOptions(labels: nil, recipe: nil, size: size))
    if let stopAfter {
      trained.graph = try source.explaining { () throws(CompileError) in
        try Compiler(CompileOptions()).optimized(trained, through: stopAfter)
      }
    }
    let file: ONNXExport
    do throws(ONNXExportError) {
      file = try ONNXExport(trained.graph, toolVersion: CompilerVersion.current)
    } catch {
      throw CommandFailure(.badInput, "\(model): \(error.message)")
    }
    try file.head.withUnsafeBytes { head in
      try file.graph.withUnsafeBytes { graph in
        try Terminal.publish([head, graph], to: target, force: force)
      }
    }
    if !quiet { Terminal.say("wrote \(target), \(Bytes.words(file.head.count + file.graph.count))") }
  }
}
