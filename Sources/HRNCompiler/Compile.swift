import HRNFormat
import HRNGraph
import HRNImport

/// A compiled model, and what came of compiling it.
package struct Compilation {
  /// The file.
  package var bytes: [UInt8]
  package var report: CompileReport
}

/// From a trained graph to a compiled model: read, optimize, quantize, lower, run, encode.
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

  /// Compiles a trained network.
  ///
  /// - Parameter images: What to calibrate int8 on.
  /// - Throws: `CompileError`. A model that does not compute what its source does is never returned.
  package func compile(_ model: TrainedModel, images: ImageSet? = nil) throws(CompileError) -> Compilation {
    let trained = try prepare(model)
    let fused = try optimize(trained, through: nil)
    let calibrated = try calibrate(fused, on: images)
    var network = try calibrated.map { (seen) throws(CompileError) in try quantize(fused, by: seen) } ?? fused
    network.provenance = provenance(of: network, model)
    var lowered = try lower(network)
    let inputs = try CheckInputs(trained, pictures: calibrated?.pixels ?? [])
    let (check, goldens) = try run(lowered, of: network, trained, on: inputs)
    lowered.append(goldens)
    let bytes = try encode(lowered, inputs)
    return Compilation(
      bytes: bytes, report: CompileReport(model, lowered, bytes: bytes.count, calibration: calibrated, check: check))
  }

  /// The trained graph after the passes, through `lastPass` where one is named.
  package func optimized(_ model: TrainedModel, through lastPass: String? = nil) throws(CompileError) -> Graph {
    try optimize(try prepare(model), through: lastPass)
  }

  // MARK: Steps

  /// The trained graph, checked, and without the levels that are not asked for.
  private func prepare(_ model: TrainedModel) throws(CompileError) -> Graph {
    if options.precision == .bfloat16 { throw .bfloat16 }
    try checkFinite(model.graph)
    guard let levels = options.levels else { return model.graph }
    return try mapping(CompileError.passes) { () throws(PassError) in
      try RemoveUnreadLevels.run(on: model.graph, keeping: levels)
    }
  }

  private func optimize(_ graph: Graph, through lastPass: String?) throws(CompileError) -> Graph {
    progress("optimizing", 0, 0)
    return try mapping(CompileError.passes) { () throws(PassError) in
      try PassPipeline(skipping: options.skippedPasses, stopAfter: lastPass).run(on: graph)
    }
  }

  private func calibrate(_ graph: Graph, on images: ImageSet?) throws(CompileError) -> Calibration? {
    guard options.precision == .int8 else { return nil }
    guard let images else {
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
        graph, calibration: calibration, options: QuantizeInt8.Options(method: options.rangeMethod))
    }
  }

  private func lower(_ graph: Graph) throws(CompileError) -> LoweredModel {
    progress("lowering", 0, 0)
    return try mapping(CompileError.lowering) { () throws(LoweringError) in try Lowering.lower(graph) }
  }

  /// Runs the lowered network beside the trained one, and an int8 network beside its formulas; answers the goldens.
  private func run(
    _ lowered: LoweredModel, of network: Graph, _ trained: Graph, on inputs: CheckInputs
  ) throws(CompileError) -> (SelfCheck, [GoldenPicture]) {
    progress("checking", 0, 0)
    let draft = try mapping(CompileError.format) { () throws(FormatError) in
      try ModelFile(graph: lowered.graph, weights: lowered.weights)
    }
    let runner = try CompiledRunner(draft)
    let executor = try mapping(CompileError.graph) { () throws(GraphError) in try ReferenceExecutor(trained) }
    let check = try SelfCheck(inputs.all, outputs: trained.outputs, model: runner) { input in
      executor.run([input.values(trained.recipe)])
    }
    if network.precision == .float32 {
      try check.requireTolerance()
    } else {
      try SelfCheck.requireEqualBits(runner, Int8Reference(network), on: inputs.forBits(lowered.graph))
    }
    return (check, try inputs.answered(by: runner))
  }

  /// The file's bytes, once they have been read back and have answered the goldens with the same bits.
  private func encode(_ lowered: LoweredModel, _ inputs: CheckInputs) throws(CompileError) -> [UInt8] {
    progress("writing", 0, 0)
    let (bytes, file) = try mapping(CompileError.format) { () throws(FormatError) in
      let bytes = try ModelWriter.encode(lowered.graph, weights: lowered.weights)
      let file = try ModelFile(bytes: bytes)
      try file.verifyDigest()
      return (bytes, file)
    }
    let runner = try CompiledRunner(file)
    for (golden, input) in zip(file.graph.goldens, inputs.goldens) {
      let outputs = try runner.outputs(for: input)
      for answer in golden.answers where file.bytes(answer.expected).floats != outputs[answer.output] {
        throw .selfCheck("the file answers golden '\(golden.name)' with other bits than before it was written")
      }
    }
    return bytes
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

  private func provenance(of graph: Graph, _ model: TrainedModel) -> Provenance {
    var provenance = graph.provenance
    provenance.tool = CompilerVersion.tool
    provenance.toolVersion = CompilerVersion.current
    provenance.sourceSHA256 = model.sourceSHA256
    provenance.sourceFormat = model.format
    provenance.options = options.recorded
    return provenance
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
