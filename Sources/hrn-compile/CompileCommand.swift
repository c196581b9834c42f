import ArgumentParser
import HRNCommandLine
import HRNCompiler
import HRNFormat
import HRNGraph
import HRNImport

/// `hrn-compile MODEL`.
struct CompileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hrn-compile",
    abstract: "Compile a trained network into a file that hrn-run and hrn-bench run.",
    usage: """
      hrn-compile MODEL [--calibrate IMAGES] [-o OUTPUT] [options]
      hrn-compile inspect FILE [--json]
      hrn-compile export-onnx MODEL [-o OUTPUT]
      hrn-compile passes
      hrn-compile ops [NAME]
      """,
    discussion: """
      Examples:
        hrn-compile birds.hrn                       to float32: birds.float32.hrn
        hrn-compile birds.hrn --calibrate train/    to int8: birds.int8.hrn
        hrn-compile birds.pth --recipe birds.json   from a PyTorch checkpoint
        hrn-compile resnet50.safetensors --labels things.tsv --recipe things.json
        hrn-compile birds.hrn --stop-after fuse-activation
        hrn-compile inspect birds.pth

      MODEL is what the trainer exported, or its checkpoint.pt, a PyTorch checkpoint (state dict or whole module), \
      safetensors, or ONNX: told by its bytes, and read without executing any of them. What was recognized and decided \
      is said.

      The network is optimized, quantized where asked, laid out and packed, run beside the trained one, and only then \
      written, whole or not at all. Equal inputs give equal bytes on every machine.

      Exit status: 0 done, 64 usage, 65 bad input, 66 missing input, 70 a defect of ours, 73 the \
      output cannot be created or exists, 74 reading or writing failed, or memory or threads are missing.
      """,
    version: CompilerVersion.current)

  @Argument(help: "The trained network.", completion: .file())
  var model: String

  @Option(
    name: [.short, .long],
    help: "Where to write. Without it: the model's name with the precision, beside the model.",
    completion: .file(extensions: ["hrn"]))
  var output: String?

  @Option(help: "float32, bfloat16 or int8. Without it: int8 where --calibrate is given, else float32.")
  var precision: PrecisionName?

  @Option(
    help: ArgumentHelp(
      "Images to calibrate int8 on: a folder of JPEG files in any depth, or Fashion-MNIST's IDX files.",
      valueName: "images"), completion: .directory)
  var calibrate: String?

  @Option(
    help: ArgumentHelp(
      "Calibrate on at most this many images. Without it: \(CompileOptions().imageLimit).", valueName: "count"))
  var limit: Int?

  @Option(
    help: ArgumentHelp(
      """
      How value ranges are chosen: minmax, mse, percentile (99.99) or percentile-N. Without it: \
      \(CompileOptions().rangeMethod.name).
      """, valueName: "method"))
  var calibrationMethod: RangeMethodName?

  @Option(
    help: ArgumentHelp(
      "Labels by output position: a TSV table (a column per level, a row per leaf), or a tree in JSON.",
      valueName: "file"), completion: .file())
  var labels: String?

  @Option(
    help: ArgumentHelp(
      "How pictures become inputs: the schema's Recipe in JSON, or 'authors' for that of HRN's authors.",
      valueName: "file"), completion: .file(extensions: ["json"]))
  var recipe: String?

  @Option(
    help: ArgumentHelp(
      "Size of the images where neither model nor recipe says it: 448, or HEIGHTxWIDTH.", valueName: "size"))
  var size: ImageSize?

  @Option(
    help: ArgumentHelp(
      """
      The machines to choose int8 weights, algorithms and the order of work for: portable; avx2, which is faster on x86 \
      CPUs without 8-bit dot products; avx512vnni, for CPUs with AVX-512 and their caches; avx512bf16, for those of them \
      that multiply bfloat16 at twice the rate of float32, as AMD's do. Every machine runs each, with the same bits. \
      Without it: portable.
      """, valueName: "name"))
  var target: TargetName?

  @Option(
    help: ArgumentHelp(
      "speed, or size: no working memory besides that of the activations. Without it: speed.", valueName: "goal"))
  var optimize: PlanOptions.Goal?

  @Option(
    help: ArgumentHelp(
      """
      gsb: where a 3x3 convolution's result is only averaged over its map, as in HRN's blocks, compute it in int8 by \
      Winograd's F(2,3) in 8 bits: faster, and another function, the same bits everywhere. A layer stays as it is where \
      its output on the calibration images would be too far from float. none, and without it: nowhere.
      """, valueName: "where"))
  var approximate: PlanOptions.Approximated?

  @Option(
    help: ArgumentHelp(
      """
      With --approximate: the least signal-to-noise ratio of a layer's output. Without it: \
      \(PlanOptions.Approximation().leastDecibels).
      """, valueName: "decibels"))
  var approximateSnr: Double?

  @Option(
    help: ArgumentHelp(
      """
      With --approximate: how much less it may be than without. Without it: \
      \(PlanOptions.Approximation().mostLoss).
      """, valueName: "decibels"))
  var approximateLoss: Double?

  @Option(help: ArgumentHelp("Keep this many levels of the label tree, from the coarse end.", valueName: "count"))
  var levels: Int?

  @Option(
    name: .customLong("skip-pass"), help: ArgumentHelp("Leave out a pass; may be repeated.", valueName: "name"))
  var skippedPasses: [String] = []

  @Option(help: ArgumentHelp("Stop after a pass and print the graph; nothing is compiled.", valueName: "pass"))
  var stopAfter: String?

  @Option(
    help: ArgumentHelp("Write the optimized graph as text to a file.", valueName: "file"), completion: .file())
  var dump: String?

  @Flag(help: "Replace an output that exists.")
  var force = false

  @Flag(help: "Print the report as JSON to standard output.")
  var json = false

  @Flag(name: [.short, .long], help: "Print nothing but errors.")
  var quiet = false

  func run() throws {
    try check()
    let target = output ?? Self.output(for: model, options.precision)
    if stopAfter == nil { try refuse(target) }
    if let dump {
      try refuse(dump)
      guard stopAfter != nil || !Terminal.isSame(dump, target) else {
        throw CommandFailure(.usage, "\(dump): --dump and --output name one file; give the graph's text another name")
      }
    }
    let line = ProgressLine()
    defer { line.clear() }
    let isShown = !quiet && Terminal.isWatched
    let compiler = Compiler(options) { if isShown { line.show($0, $1, $2) } }
    let importing = try ImportOptions(labels: labels, recipe: recipe, size: size)
    let source = try SourceFile(path: model)
    if isShown { line.show("reading", 0, 0) }
    if stopAfter != nil || dump != nil {
      let trained = try source.model(importing)
      let graph = try source.explaining { () throws(CompileError) in
        try compiler.optimized(trained, through: stopAfter)
      }
      line.clear()
      try write(graph.text(namesNodes: true))
      if stopAfter != nil { return }
    }
    let images = try calibrate.map { try Self.images(at: $0) }
    let compilation = try source.explaining { () throws(CompileError) in
      try compiler.compile(images: images) { () throws(CompileError) in try source.trained(importing) }
    }
    line.clear()
    try Terminal.publish([compilation.file.fileBytes], to: target, force: force)
    if json { try Terminal.put(compilation.report.json(output: target)) }
    if !quiet { summarize(compilation.report, target, takesPictures: compilation.file.graph.recipe != nil) }
  }

  // MARK: Steps

  private var options: CompileOptions {
    var options = CompileOptions(
      precision: precision?.value ?? (calibrate == nil ? .float32 : .int8), skippedPasses: Set(skippedPasses),
      levels: levels)
    if let target { options.plan.target = target.value }
    if let optimize { options.plan.goal = optimize }
    if let method = calibrationMethod?.method { options.rangeMethod = method }
    if let limit { options.imageLimit = limit }
    if approximates {
      var approximation = PlanOptions.Approximation()
      if let approximateSnr { approximation.leastDecibels = approximateSnr }
      if let approximateLoss { approximation.mostLoss = approximateLoss }
      options.plan.approximation = approximation
    }
    return options
  }

  private var approximates: Bool { approximate == .gsb }

  /// Refuses what contradicts itself before anything is read.
  private func check() throws {
    if options.precision != .int8, calibrate != nil {
      throw CommandFailure(.usage, "--calibrate is for int8, and --precision asks for \(options.precision.name)")
    }
    if approximates {
      if options.precision != .int8 {
        throw CommandFailure(.usage, "--approximate is for int8, and the precision is \(options.precision.name)")
      }
      guard calibrate != nil else {
        throw CommandFailure(.usage, "--approximate measures layers on pictures: name them with --calibrate")
      }
      if optimize == .size {
        throw CommandFailure(.usage, "--approximate takes working memory, which --optimize size spares")
      }
      guard (approximateSnr ?? 0).isFinite, (approximateLoss ?? 0).isFinite else {
        throw CommandFailure(.usage, "--approximate-snr and --approximate-loss are finite numbers")
      }
    }
    if let limit, limit < 1 { throw CommandFailure(.usage, "--limit is \(limit), expected 1 or more") }
    if let levels, levels < 1 { throw CommandFailure(.usage, "--levels is \(levels), expected 1 or more") }
    try checkUnused()
  }

  /// Refuses options that nothing would come of.
  private func checkUnused() throws(CommandFailure) {
    if stopAfter != nil {
      let ofModels = [
        ("output", output != nil), ("calibrate", calibrate != nil), ("precision", precision != nil),
        ("target", target != nil), ("optimize", optimize != nil), ("approximate", approximate != nil), ("json", json),
      ]
      for (name, isGiven) in ofModels where isGiven {
        throw CommandFailure(.usage, "--stop-after compiles no model; leave out --\(name) or --stop-after")
      }
    }
    if calibrate == nil {
      for (name, isGiven) in [("limit", limit != nil), ("calibration-method", calibrationMethod != nil)] where isGiven {
        throw CommandFailure(.usage, "--\(name) is about pictures to calibrate on: name them with --calibrate")
      }
    }
    if !approximates {
      for (name, isGiven) in [("snr", approximateSnr != nil), ("loss", approximateLoss != nil)] where isGiven {
        throw CommandFailure(
          .usage, "--approximate-\(name) bounds what --approximate gsb takes, which is not asked for")
      }
    }
  }

  /// Endings of files that networks are in.
  private static let endings = [".hrn", ".pth", ".pt", ".pth.tar", ".ckpt", ".bin", ".safetensors", ".onnx"]

  /// `birds.pth` to `birds.int8.hrn`.
  static func output(for model: String, _ precision: Precision) -> String {
    output(for: model, ending: ".\(precision.name).hrn")
  }

  /// The model's name with another ending.
  static func output(for model: String, ending: String) -> String {
    let known = endings.filter { model.hasSuffix($0) }.max { $0.count < $1.count } ?? ""
    return model.dropLast(known.count) + ending
  }

  /// Refuses an output that could not be written, or is the model itself, before long work.
  private func refuse(_ target: String) throws { try Self.refuse(target, reading: model, force: force) }

  static func refuse(_ target: String, reading model: String, force: Bool) throws {
    if Terminal.isSame(target, model) {
      throw CommandFailure(.cannotCreate, "\(target): is the model that is read; give another name")
    }
    try Terminal.refuse(target, force: force)
  }

  private static func images(at path: String) throws -> ImageSet {
    do throws(ImageSetError) {
      return try ImageSet(path: path, split: .train)
    } catch {
      throw CommandFailure(CompileError.images(error))
    }
  }

  /// The graph's text, to the file of `--dump` or to standard output.
  private func write(_ text: String) throws {
    guard let dump else { return try Terminal.put(text) }
    try Terminal.publish(Array(text.utf8), to: dump, force: force)
  }

  private func summarize(_ report: CompileReport, _ target: String, takesPictures: Bool) {
    for line in report.lines { Terminal.say(line) }
    if approximates, report.approximations.isEmpty {
      Terminal.say("approximations: none, since no 3x3 convolution's result is only averaged over its map")
    }
    Terminal.say("wrote \(target), \(Bytes.words(report.fileBytes))")
    Terminal.say(
      takesPictures
        ? "next: hrn-run \(target) PICTURE.jpg, or hrn-parity \(model) \(target) --images FOLDER"
        : "next: hrn-run \(target) --tensor NUMBERS.bin, with float32 numbers as the network reads them")
  }
}
