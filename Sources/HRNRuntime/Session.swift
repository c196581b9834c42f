import CHRNBLAS
import CHRNKernels
import CHRNPlatform
import HRNFormat

/// A model bound to memory, kernels and threads: give it an image, read the outputs.
///
/// Everything is decided when it is made. `run` allocates nothing and decides nothing, and leaves the same bits in the
/// outputs at any number of threads and on any CPU (with the BLAS backend: on the same CPU). A session serves one caller
/// at a time; sessions of one model share its weights.
public final class Session {
  public let model: Model
  /// Threads that compute.
  public var threads: Int { workers.count }
  /// The kernels that are used.
  public let cpu: CPUTier

  let input: ImageInput
  private let arena: Arena
  private let workers: Workers
  private let working: WorkingMemory
  private let steps: [(node: Int, step: Step)]
  private let outputs: [UnsafeBufferPointer<Float>]

  /// Allocates the arena, binds every node and starts the threads.
  ///
  /// - Throws: `SessionError` when memory or threads are missing, or a node asks for what this build does not have.
  public init(_ model: Model, options: SessionOptions = SessionOptions()) throws(SessionError) {
    let graph = model.file.graph
    guard let plan = graph.plan, let kernels = hrn_kernels_at(options.cpu.tier) else {
      preconditionFailure("a model has a plan, and there are kernels for every CPU")
    }
    if options.backend == .blas {
      guard hrn_blas_available() != 0 else { throw SessionError(.noBLAS) }
      guard graph.precision == .float32 else { throw SessionError(.blasPrecision(graph.precision.name)) }
    }
    let workers = try Workers(count: options.threads ?? SessionOptions.defaultThreads)
    let arena = try Arena(bytes: plan.arenaBytes)
    let working = WorkingMemory()
    let binder = Binder(
      graph: graph, file: model.file, arena: arena.base, arenaBytes: plan.arenaBytes, kernels: kernels,
      working: working,
      blas: options.backend == .blas ? BLASMemory(threads: workers.count) : nil)
    var steps: [(node: Int, step: Step)] = []
    for (index, node) in graph.nodes.enumerated() {
      for step in try binder.steps(for: node) { steps.append((index, step)) }
    }
    try working.allocate(workers: workers.count)
    var outputs: [UnsafeBufferPointer<Float>] = []
    for output in graph.outputs { outputs.append(try binder.values(of: output)) }
    self.model = model
    cpu = CPUTier(kernels.pointee.tier)
    let picture = model.file.graph.tensors[model.file.graph.inputs[0]]
    input = ImageInput(model.image, picture.quantization, arena: arena.base, kernels: kernels)
    self.working = working
    self.steps = steps
    self.outputs = outputs
    self.workers = workers
    self.arena = arena
    self.workers.run(WeightPages(model.file))
  }

  /// Binds the calling thread to the CPU that the workers, which are bound to the others, leave to it: for the process
  /// whose business this session is. Nothing happens where threads and CPUs are not as many as each other.
  ///
  /// An inference on all CPUs is faster so in a process just started, and beside a busy neighbour. Threads and
  /// processes that the caller starts afterwards inherit it, and a session that it makes meanwhile knows of this one
  /// CPU alone.
  public func bindCaller() { workers.bindCaller() }

  /// Lets the calling thread use all CPUs again that the process had when the session was made.
  public func releaseCaller() { workers.releaseCaller() }

  /// Runs the network on an image of `imageHeight` × `imageWidth` pixels with interleaved channels.
  ///
  /// - Throws: `InputError` when there are more or fewer bytes, or when a model of floats has no recipe.
  public func run(pixels: UnsafeBufferPointer<UInt8>) throws(InputError) {
    try input.set(pixels: pixels)
    run()
  }

  /// Runs the network on an image of `imageHeight` × `imageWidth` pixels with interleaved channels.
  ///
  /// - Throws: `InputError` when there are more or fewer bytes, or when a model of floats has no recipe.
  public func run(pixels: [UInt8]) throws(InputError) {
    let result = pixels.withUnsafeBufferPointer { pixels -> Result<Void, InputError> in
      do throws(InputError) { return .success(try run(pixels: pixels)) } catch { return .failure(error) }
    }
    try result.get()
  }

  /// Runs the network on normalised values `[C, H, W]`.
  ///
  /// - Returns: how many values an int8 network reads as another number than given, by more than a thousandth of a
  ///   pixel's step: those outside the pixels' range, between two pixel values, or not numbers.
  /// - Throws: `InputError` when there are more or fewer values.
  @discardableResult
  public func run(values: UnsafeBufferPointer<Float>) throws(InputError) -> Int {
    let changed = try input.set(values: values)
    run()
    return changed
  }

  /// The values of an output, in the order of the model's `outputs`; valid until the next run.
  public func output(_ index: Int) -> UnsafeBufferPointer<Float> { outputs[index] }

  /// Runs the network on the image that is in the arena, which a run may overwrite.
  func run() {
    for (_, step) in steps { workers.run(step) }
  }

  /// The same, telling after each node that its outputs are computed; later nodes may overwrite them. Views are told
  /// of at the place of the next computed node.
  package func run(observing didCompute: (_ node: Int) -> Void) {
    var next = 0
    for (node, step) in steps {
      while next < node {
        didCompute(next)
        next += 1
      }
      workers.run(step)
    }
    while next < model.file.graph.nodes.count {
      didCompute(next)
      next += 1
    }
  }

  /// Runs the network on pixels as `run(pixels:)` does, and tells of each node as `run(observing:)` does.
  package func run(
    pixels: UnsafeBufferPointer<UInt8>, observing didCompute: (_ node: Int) -> Void
  ) throws(InputError) {
    try input.set(pixels: pixels)
    run(observing: didCompute)
  }

  /// The same on normalised values.
  package func run(
    values: UnsafeBufferPointer<Float>, observing didCompute: (_ node: Int) -> Void
  ) throws(InputError) {
    _ = try input.set(values: values)
    run(observing: didCompute)
  }

  /// The present values of an activation, real numbers in the order of its shape.
  package func values(of tensor: Int) -> [Float] { model.file.graph.tensors[tensor].values(in: arena.base) }
}

extension Binder {
  /// Where an output's numbers will be.
  func values(of output: Output) throws(SessionError) -> UnsafeBufferPointer<Float> {
    let reader = Node(name: output.name, operation: .flatten(Flatten()), inputs: [], outputs: [])
    let place = try activation(output.tensor, .float32, of: reader)
    return UnsafeBufferPointer(start: place.floats, count: Int(try place.vectorCount(of: reader)))
  }
}
