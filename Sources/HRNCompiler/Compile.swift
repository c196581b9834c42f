import HRNFormat
import HRNGraph
import HRNImport

/// A compiled model, and what came of compiling it.
package struct Compilation {
  /// The file, in memory.
  package var file: ModelFile
  package var report: CompileReport

  /// A copy of the file's bytes.
  package var bytes: [UInt8] { [UInt8](file.fileBytes) }
}

/// From a trained graph to a compiled model: read, optimize, round or quantize, lower, run, encode.
///
/// The bytes are a function of the source's bytes, the calibration images as a set, and the options.
package struct Compiler {
  package var options: CompileOptions
  /// Told what is under way: the step, how far it is, and of how much; 0 of 0 where that is unknown.
  package var progress: (String, Int, Int) -> Void

  package init(_ options: CompileOptions, progress: @escaping (String, Int, Int) -> Void = { _, _, _ in }) {
    self.options = options
    self.progress = progress
  }

  /// Compiles a trained network that is at hand.
  ///
  /// - Parameter images: What to calibrate int8 on.
  /// - Throws: `CompileError`. A model that does not compute what its source does is never returned.
  package func compile(_ model: TrainedModel, images: ImageSet? = nil) throws(CompileError) -> Compilation {
    try compile(images: images) { () throws(CompileError) in model }
  }

  /// Compiles a trained network.
  ///
  /// A large network's constants are held once, or twice while they are rewritten: what a step has used up is let go of
  /// before the next begins.
  ///
  /// - Parameters:
  ///   - images: What to calibrate int8 on.
  ///   - pictures: The same at hand, u8 `[H][W][C]` each, where there is no set.
  ///   - load: Reads the network: once, and again where a comparison with it has to be repeated more exactly.
  /// - Throws: `CompileError`. A model that does not compute what its source does is never returned.
  package func compile(
    images: ImageSet? = nil, pictures: [[UInt8]] = [], loading load: () throws(CompileError) -> TrainedModel
  ) throws(CompileError) -> Compilation {
    var model = try load()
    let trained = try prepare(model)
    let source = CompileReport.Source(model)
    model.graph = Graph(name: "")
    return options.precision == .int8
      ? try compileInt8(source, trained, images, pictures)
      : try compileFloat(source, consume trained) { () throws(CompileError) in try prepare(load()) }
  }

  private func compileFloat(
    _ source: CompileReport.Source, _ trained: consuming Graph, again: () throws(CompileError) -> Graph
  ) throws(CompileError) -> Compilation {
    var network = trained
    let (inputs, outputs) = (try CheckInputs(network, pictures: []), network.outputs)
    let answers = try answers(of: network, to: inputs)
    try optimize(&network, through: nil)
    network.provenance = provenance(of: network, source)
    if options.precision == .bfloat16 { network = RoundBFloat16.round(network.taken()) }
    var lowered = try lower(network.taken())
    let (check, goldens) = try run(lowered, on: inputs) { (runner) throws(CompileError) in
      let check = try SelfCheck(inputs.all, outputs: outputs, model: runner, answers: answers)
      if check.isSound(in: options.precision) { return check }
      // The fast products sum each channel in an order of its own, which some networks make much of.
      let exact = try self.answers(of: again(), to: inputs, products: .plain)
      let second = try SelfCheck(inputs.all, outputs: outputs, model: runner, answers: exact)
      try second.requireSound(in: options.precision)
      return second
    }
    lowered.append(goldens)
    return try finish(source, lowered, inputs, calibration: nil, check)
  }

  private func compileInt8(
    _ source: CompileReport.Source, _ trained: Graph, _ images: ImageSet?, _ pictures: [[UInt8]]
  ) throws(CompileError) -> Compilation {
    var fused = trained
    try optimize(&fused, through: nil)
    let calibrated = try calibrate(fused, on: images, pictures)
    var network = try quantize(fused, by: calibrated)
    network.provenance = provenance(of: network, source)
    var lowered = try lower(network)
    let graph = lowered.graph
    let inputs = try CheckInputs(trained, pictures: calibrated.pixels)
    let answers = try answers(of: trained, to: inputs)
    let (check, goldens) = try run(lowered, on: inputs) { [network] (runner) throws(CompileError) in
      let check = try SelfCheck(inputs.all, outputs: trained.outputs, model: runner, answers: answers)
      try SelfCheck.requireEqualBits(runner, Int8Reference(network), on: inputs.forBits(graph))
      return check
    }
    lowered.append(goldens)
    return try finish(source, lowered, inputs, calibration: calibrated, check)
  }

  /// The trained graph after the passes, through `lastPass` where one is named.
  package func optimized(_ model: TrainedModel, through lastPass: String? = nil) throws(CompileError) -> Graph {
    var graph = try prepare(model)
    try optimize(&graph, through: lastPass)
    return graph
  }

  // MARK: Steps

  /// The trained graph, checked, and without the levels that are not asked for.
  private func prepare(_ model: TrainedModel) throws(CompileError) -> Graph {
    try checkFinite(model.graph)
    guard let levels = options.levels else { return model.graph }
    return try mapping(CompileError.passes) { () throws(PassError) in
      try RemoveUnreadLevels.run(on: model.graph, keeping: levels)
    }
  }

  private func optimize(_ graph: inout Graph, through lastPass: String?) throws(CompileError) {
    progress("optimizing", 0, 0)
    do throws(PassError) {
      graph = try PassPipeline(skipping: options.skippedPasses, stopAfter: lastPass).run(on: graph)
    } catch {
      throw .passes(error)
    }
  }

  private func calibrate(
    _ graph: Graph, on images: ImageSet?, _ pictures: [[UInt8]]
  ) throws(CompileError) -> Calibration {
    guard let images else {
      if !pictures.isEmpty {
        return try mapping(CompileError.quantize) { () throws(QuantizeError) in
          try Calibration(graph, pictures: pictures) { (graph) throws(QuantizeError) in try SessionEngine(graph) }
        }
      }
      guard graph.tensors.contains(where: { $0.range != nil }) else { throw .noCalibration }
      return Calibration()
    }
    guard let recipe = graph.recipe else { throw .quantize(.noRecipe) }
    let shape = graph.tensors[graph.inputs[0]].shape
    guard shape.count == 4, shape[0] == 1 else { throw .quantize(.notOneImage(shapes: [shape])) }
    let reader = try mapping(CompileError.images) { () throws(ImageSetError) in
      try ImageReader(images, recipe: recipe, shape: shape, limit: options.imageLimit)
    }
    return try mapping(CompileError.quantize) { () throws(QuantizeError) in
      try Calibration(
        graph, reader, engine: { (graph) throws(QuantizeError) in try SessionEngine(graph) },
        progress: { progress("calibrating", $0, $1) })
    }
  }

  private func quantize(_ graph: Graph, by calibration: Calibration) throws(CompileError) -> Graph {
    progress("quantizing", 0, 0)
    return try mapping(CompileError.quantize) { () throws(QuantizeError) in
      try QuantizeInt8.quantize(
        graph, calibration: calibration, options: QuantizeInt8.Options(method: options.rangeMethod, plan: options.plan))
    }
  }

  private func lower(_ graph: consuming Graph) throws(CompileError) -> LoweredModel {
    progress("lowering", 0, 0)
    do throws(LoweringError) { return try Lowering.lower(graph, options.plan) } catch { throw .lowering(error) }
  }

  /// What the trained network answers, input by input.
  private func answers(
    of trained: Graph, to inputs: CheckInputs, products: ReferenceExecutor.Products = .blas
  ) throws(CompileError) -> [[[Float]]] {
    progress("running the trained network", 0, 0)
    let executor = try mapping(CompileError.graph) { () throws(GraphError) in
      try ReferenceExecutor(trained, products: products)
    }
    return inputs.all.map { executor.run([$0.values(trained.recipe)]) }
  }

  /// Runs the lowered network, has it checked, and answers the goldens.
  private func run(
    _ lowered: LoweredModel, on inputs: CheckInputs, check: (CompiledRunner) throws(CompileError) -> SelfCheck
  ) throws(CompileError) -> (SelfCheck, [GoldenPicture]) {
    progress("checking", 0, 0)
    let draft = try mapping(CompileError.format) { () throws(FormatError) in
      try ModelFile(graph: lowered.graph, weights: lowered.weights)
    }
    let runner = try CompiledRunner(draft)
    return (try check(runner), try inputs.answered(by: runner))
  }

  /// The file, once it has been read back and has answered the goldens with the same bits.
  private func finish(
    _ source: CompileReport.Source, _ lowered: LoweredModel, _ inputs: CheckInputs,
    calibration: Calibration?, _ check: SelfCheck
  ) throws(CompileError) -> Compilation {
    progress("writing", 0, 0)
    var report = CompileReport(source, lowered, calibration: calibration, check: check)
    let file = try encode(lowered)
    let runner = try CompiledRunner(file)
    for (golden, input) in zip(file.graph.goldens, inputs.goldens) {
      let outputs = try runner.outputs(for: input)
      for answer in golden.answers where file.bytes(answer.expected).floats != outputs[answer.output] {
        throw .selfCheck("the file answers golden '\(golden.name)' with other bits than before it was written")
      }
    }
    report.fileBytes = file.fileBytes.count
    return Compilation(file: file, report: report)
  }

  private func encode(_ lowered: LoweredModel) throws(CompileError) -> ModelFile {
    do throws(FormatError) {
      let file = try ModelWriter.file(lowered.graph, weights: lowered.weights)
      try file.verifyDigest()
      return file
    } catch {
      throw .format(error)
    }
  }

  // MARK: Parts of steps

  private func checkFinite(_ graph: Graph) throws(CompileError) {
    for index in graph.constants.keys.sorted() {
      guard let values = graph.constants[index]?.floats, let bad = values.firstIndex(where: { !$0.isFinite }) else {
        continue
      }
      throw .notFinite(tensor: graph.tensors[index].name, index: bad, value: values[bad])
    }
  }

  private func provenance(of graph: Graph, _ source: CompileReport.Source) -> Provenance {
    var provenance = graph.provenance
    provenance.tool = CompilerVersion.tool
    provenance.toolVersion = CompilerVersion.current
    provenance.sourceSHA256 = source.sha256
    provenance.sourceFormat = source.format
    provenance.options = options.recorded
    return provenance
  }
}

extension Graph {
  /// This graph, and nothing left here, so that whoever takes it can let go of its constants.
  fileprivate mutating func taken() -> Graph {
    let graph = self
    self = Graph(name: "")
    return graph
  }
}

/// Runs `body`, with its error as a case of the compiler's.
func mapping<Value, Failure: Error>(
  _ wrap: (Failure) -> CompileError, _ body: () throws(Failure) -> Value
) throws(CompileError) -> Value {
  do throws(Failure) { return try body() } catch { throw wrap(error) }
}

extension UnsafeRawBufferPointer {
  /// Bytes as little-endian float32 numbers.
  var floats: [Float] {
    stride(from: 0, to: count - count % 4, by: 4).map {
      Float(bitPattern: UInt32(littleEndian: loadUnaligned(fromByteOffset: $0, as: UInt32.self)))
    }
  }
}
