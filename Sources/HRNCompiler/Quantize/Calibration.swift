import HRNFormat
import HRNGraph

/// What the values of a float graph were on a set of pictures: how often each activation took which values, and what
/// each layer's taps read on average. A function of the pictures as a set.
package struct Calibration: Sendable {
  /// At most this many pictures correct biases, and about this many bytes of their activations are kept at a time.
  private static let correctionLimit = 256
  private static let correctionBytes = 1 << 30

  /// For a convolution with a fused pool, by its output: the tensor before the pool.
  private let beforePool: [Int: Int]
  private var histograms: [Int: ValueHistogram] = [:]
  /// By the position of a weighted node in the source, for the pictures in `pixels`: what it reads, and what is added
  /// to its result. None for a node that reads the image.
  private(set) var inputSums: [Int: PatchSums] = [:]
  private(set) var addendSums: [Int: PatchSums] = [:]
  /// By the output of a convolution with a fused pool: its elements for each of the pictures in `pixels`.
  private(set) var pooled: [Int: [[Float]]] = [:]
  /// The pictures that correct biases: the first in the order of digests.
  private(set) var pixels: [[UInt8]] = []
  package private(set) var imageCount = 0
  package private(set) var imagesSHA256: [UInt8] = []
  /// What was not an image.
  package private(set) var unreadable: [ImageSet.Unreadable] = []

  /// Runs `source` on every picture of `reader`.
  ///
  /// - Parameters:
  ///   - engine: makes what runs a graph; the graph is `source` with every fused pool as a node of its own.
  ///   - progress: is told after each picture how many are done, and of how many.
  package init<Engine: CalibrationEngine>(
    _ source: Graph, _ reader: ImageReader, engine: (Graph) throws(QuantizeError) -> Engine,
    progress: (Int, Int) -> Void = { _, _ in }
  ) throws(QuantizeError) {
    try self.init(source, engine: engine) { done throws(QuantizeError) in
      progress(done, reader.total)
      return try Self.next(reader)?.pixels
    }
    imagesSHA256 = reader.imagesSHA256
    unreadable = reader.unreadable
  }

  /// Runs `source` on pictures at hand, u8 `[H][W][C]` each.
  package init<Engine: CalibrationEngine>(
    _ source: Graph, pictures: [[UInt8]], engine: (Graph) throws(QuantizeError) -> Engine
  ) throws(QuantizeError) {
    try self.init(source, engine: engine) { done throws(QuantizeError) in
      done < pictures.count ? pictures[done] : nil
    }
  }

  /// No pictures: for a graph whose activations have ranges from training.
  package init() { beforePool = [:] }

  private init<Engine: CalibrationEngine>(
    _ source: Graph, engine: (Graph) throws(QuantizeError) -> Engine,
    next: (Int) throws(QuantizeError) -> [UInt8]?
  ) throws(QuantizeError) {
    let graph: Graph
    (graph, beforePool) = source.separatingGlobalPools()
    let engine = try engine(graph)
    let readings = Self.readings(of: source)
    for reading in readings.values.joined() {
      if reading.isAddend {
        addendSums[reading.node] = PatchSums(reading.window)
      } else {
        inputSums[reading.node] = PatchSums(reading.window)
      }
    }
    let kept = Self.correctionCount(source)
    while let picture = try next(imageCount) {
      try add(picture, engine, readings, corrects: pixels.count < kept)
    }
    guard imageCount > 0 else { throw .noImages }
  }

  private static func next(_ reader: ImageReader) throws(QuantizeError) -> ImageReader.Picture? {
    do {
      return try reader.next()
    } catch {
      throw .images(error)
    }
  }

  private mutating func add(
    _ picture: [UInt8], _ engine: some CalibrationEngine, _ readings: [Int: [Reading]], corrects: Bool
  ) throws(QuantizeError) {
    // One histogram at a time is moved out, so that none is copied.
    var histograms = self.histograms
    self.histograms = [:]
    var inputSums = self.inputSums
    self.inputSums = [:]
    var addendSums = self.addendSums
    self.addendSums = [:]
    defer {
      self.histograms = histograms
      self.inputSums = inputSums
      self.addendSums = addendSums
    }
    try engine.run(picture) { tensor, values in
      histograms[tensor, default: ValueHistogram()].add(values)
      if corrects, beforePool[tensor] != nil { pooled[tensor, default: []].append([Float](values)) }
      guard corrects, let readings = readings[tensor] else { return }
      for reading in readings {
        let (height, width) = (reading.window.input.y, reading.window.input.x)
        if reading.isAddend {
          addendSums[reading.node]?.add { c, y, x in Double(values[(c * height + y) * width + x]) }
        } else {
          inputSums[reading.node]?.add { c, y, x in Double(values[(c * height + y) * width + x]) }
        }
      }
    }
    imageCount += 1
    if corrects { pixels.append(picture) }
  }

  // MARK: What was seen

  /// The values of a tensor of the source.
  ///
  /// - Throws: `notFinite` where some were infinite or not a number, `noRange` where there were no pictures.
  package func histogram(of tensor: Int, in source: Graph) throws(QuantizeError) -> ValueHistogram {
    guard let histogram = histograms[tensor] else { throw .noRange(tensor: source.tensors[tensor].name) }
    guard histogram.nonFinite == 0 else {
      throw .notFinite(tensor: source.tensors[tensor].name, values: histogram.nonFinite)
    }
    return histogram
  }

  /// The largest value that a fused pool averaged, by the output of its convolution.
  func largestBeforePool(of tensor: Int, in source: Graph) throws(QuantizeError) -> Double {
    guard let before = beforePool[tensor], let histogram = histograms[before] else {
      throw .noRange(tensor: source.tensors[tensor].name)
    }
    guard histogram.nonFinite == 0 else {
      throw .notFinite(tensor: source.tensors[tensor].name, values: histogram.nonFinite)
    }
    return Double(max(histogram.maximum, 0))
  }

  // MARK: Who reads what

  /// A weighted node reads a tensor.
  struct Reading {
    let node: Int
    let window: PatchSums.Window
    let isAddend: Bool
  }

  /// The weighted nodes that read each tensor, the image left out.
  private static func readings(of graph: Graph) -> [Int: [Reading]] {
    var readings: [Int: [Reading]] = [:]
    for (position, node) in graph.nodes.enumerated() {
      guard let window = window(of: node, in: graph) else { continue }
      if !graph.inputs.contains(node.inputs[0]) {
        readings[node.inputs[0], default: []].append(Reading(node: position, window: window, isAddend: false))
      }
      if let addend = node.inputs.dropFirst().first {
        let outputs = graph.tensors[node.parameters[0]].shape[0]
        readings[addend, default: []].append(Reading(node: position, window: window.addend(outputs), isAddend: true))
      }
    }
    return readings
  }

  private static func window(of node: Node, in graph: Graph) -> PatchSums.Window? {
    switch node.operation {
    case .convolution(let convolution):
      QuantizeInt8.window(
        convolution, input: graph.tensors[node.inputs[0]].shape, weights: graph.tensors[node.parameters[0]].shape)
    case .linear: PatchSums.Window(features: graph.tensors[node.parameters[0]].shape[1])
    default: nil
    }
  }

  /// How many pictures correct biases: a function of the graph.
  private static func correctionCount(_ graph: Graph) -> Int {
    var elements = 0
    for (index, tensor) in graph.tensors.enumerated() where graph.constants[index] == nil {
      elements += tensor.shape.reduce(1, *)
    }
    return max(8, min(correctionLimit, correctionBytes / max(elements, 1)))
  }
}

extension PatchSums.Window {
  /// What is added to the result: every position of every output channel, once.
  func addend(_ outputs: Int) -> PatchSums.Window {
    let one = Extent2D(y: 1, x: 1)
    return PatchSums.Window(
      channels: outputs, input: output, kernel: one, stride: one, padding: Padding(0), output: output)
  }
}

extension Graph {
  /// The graph with every fused global pool as a node of its own; by the pool's output, the tensor that it reads.
  /// Tensors keep their indices.
  func separatingGlobalPools() -> (graph: Graph, beforePool: [Int: Int]) {
    var graph = self
    var beforePool: [Int: Int] = [:]
    graph.nodes = []
    for node in nodes {
      guard case .convolution(var convolution) = node.operation, let kind = convolution.globalPool else {
        graph.nodes.append(node)
        continue
      }
      let window = QuantizeInt8.window(
        convolution, input: tensors[node.inputs[0]].shape, weights: tensors[node.parameters[0]].shape)
      var map = tensors[node.outputs[0]]
      map.name += ".map"
      map.shape = [map.shape[0], map.shape[1], window.output.y, window.output.x]
      let before = graph.addTensor(map)
      beforePool[node.outputs[0]] = before
      convolution.globalPool = nil
      var made = node
      made.operation = .convolution(convolution)
      made.outputs = [before]
      graph.nodes.append(made)
      graph.nodes.append(
        Node(name: node.name + ".pool", operation: .pool(.global(kind)), inputs: [before], outputs: node.outputs))
    }
    return (graph, beforePool)
  }
}
