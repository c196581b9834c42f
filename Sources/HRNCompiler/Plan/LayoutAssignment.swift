import HRNFormat
import HRNGraph

/// The order in memory of every activation of a graph, and which of them are views of others.
///
/// - The image that convolutions read first is `pixels`, with a border of zeros as wide as their widest padding.
/// - Maps `[1, C, H, W]` are blocked: float32 and bfloat16 by 16 channels; uint8 by the largest of 64, 32 and 16 that
///   divides the channels of every tensor that must share the block (a pool's or a depthwise convolution's two sides, a residual and
///   the sum it is added to, a slice and the tensor it is cut from) and every slice boundary; by 16, the last block padded, when none divides.
/// - Vectors `[1, F]` are plain.
/// - Slices and flattened 1×1 maps are views; not slices that begin inside a block, or that are cut from the image.
package struct LayoutAssignment {
  /// A tensor that aliases another's memory.
  package struct View: Equatable, Sendable {
    /// The tensor that owns the memory.
    package var root: Int
    /// Where the view begins in it, in bytes.
    package var byteOffset: Int
  }

  /// By tensor; constants have none.
  package private(set) var layouts: [Int: Layout] = [:]
  /// By tensor that is a view.
  package private(set) var views: [Int: View] = [:]

  /// An activation may take this many bytes; what takes more would not run anywhere.
  static let byteLimit = 1 << 40

  /// - Throws: `LoweringError` naming the first node, in execution order, that has no kernel or no layout.
  package init(_ graph: Graph) throws(LoweringError) {
    try LoweringRules.checkInterface(graph)
    let border = try Self.imageBorder(graph)
    for node in graph.nodes { try LoweringRules.check(node, in: graph, border: border) }
    let blocks = Self.channelBlocks(graph)
    for (index, tensor) in graph.tensors.enumerated() where graph.constants[index] == nil {
      if let border, graph.inputs.contains(index) {
        layouts[index] = Self.pixels(tensor, border: border)
      } else if tensor.shape.count == 4 {
        layouts[index] = .blocked(channelBlock: blocks[index])
      } else {
        layouts[index] = .plain
      }
    }
    for node in graph.nodes {
      for index in node.inputs + node.outputs where graph.constants[index] == nil {
        guard let count = checkedByteCount(of: index, in: graph), count <= Self.byteLimit else {
          throw LoweringError(
            node: node.name,
            reason: "'\(graph.tensors[index].name)' of shape \(describe(graph.tensors[index].shape)) is too large",
            advice: "an activation may take \(Bytes.words(Self.byteLimit))")
        }
      }
      addView(of: node, in: graph)
    }
  }

  /// Bytes that a tensor takes in the arena.
  package func byteCount(of index: Int, in graph: Graph) -> Int {
    guard let count = checkedByteCount(of: index, in: graph) else {
      preconditionFailure("tensors that are too large are refused when layouts are assigned")
    }
    return count
  }

  /// Nil where a machine word cannot count the bytes.
  private func checkedByteCount(of index: Int, in graph: Graph) -> Int? {
    let tensor = graph.tensors[index]
    var factors = [tensor.elementType.byteCount]
    switch layouts[index] ?? .plain {
    case .plain, .packed: factors += tensor.shape
    case .blocked(let block): factors += [tensor.shape[1].roundedUp(to: block), tensor.shape[2], tensor.shape[3]]
    case .pixels(let border, let rowPitch): factors += [tensor.shape[2] + 2 * border, rowPitch]
    }
    return factors.reduce(1) { (product: Int?, factor) in
      guard let (count, overflow) = product?.multipliedReportingOverflow(by: factor), !overflow else { return nil }
      return count
    }
  }

  /// The border of the image: the widest padding of the convolutions that read it; nil when the input is no image.
  private static func imageBorder(_ graph: Graph) throws(LoweringError) -> Int? {
    guard let image = graph.inputs.first, graph.tensors[image].shape.count == 4 else { return nil }
    var border: Int?
    for node in graph.nodes where node.inputs.contains(image) {
      switch node.operation {
      case .slice, .dequantize: continue  // they copy
      default: break
      }
      guard case .convolution(let convolution) = node.operation, node.inputs[0] == image, node.inputs.count == 1 else {
        throw LoweringError(
          node: node.name, reason: "reads the image, which only a convolution without a residual can do",
          advice: "begin the network with a convolution")
      }
      let padding = convolution.padding
      border = max(border ?? 0, padding.top, padding.left, padding.bottom, padding.right)
    }
    return border ?? 0
  }

  /// Rows of whole 64-byte lines, long enough for a tap row read in steps of four lanes at the last position.
  private static func pixels(_ image: Tensor, border: Int) -> Layout {
    let line = ArenaPlan.alignment / image.elementType.byteCount
    let needed = (image.shape[3] + 2 * border) * image.shape[1] + 3
    return .pixels(border: border, rowPitch: needed.roundedUp(to: line))
  }

  /// The channel block of each tensor. Tensors that must share a block form a class; it is found by joining them.
  private static func channelBlocks(_ graph: Graph) -> [Int] {
    var parent = Array(graph.tensors.indices)
    func root(_ index: Int) -> Int {
      var index = index
      while parent[index] != index { index = parent[index] }
      return index
    }
    func isMap(_ index: Int) -> Bool { graph.tensors[index].shape.count == 4 }
    for node in graph.nodes {
      var alike = node.outputs
      switch node.operation {
      case .convolution(let convolution):
        let isDepthwise = convolution.isDepthwise(weights: graph.tensors[node.parameters[0]].shape)
        // The image is no map of blocks.
        let reads = isDepthwise && !graph.inputs.contains(node.inputs[0]) ? node.inputs : Array(node.inputs.dropFirst())
        alike = reads + (convolution.globalPool == nil ? node.outputs : [])
      case .concat: alike = []
      default: alike += node.inputs
      }
      alike = alike.filter(isMap)
      for index in alike.dropFirst() { parent[root(index)] = root(alike[0]) }
    }
    var divisible = [Bool](repeating: true, count: 3 * graph.tensors.count)
    let choices = [64, 32, 16]
    func require(_ index: Int, _ boundary: Int) {
      for (choice, block) in choices.enumerated() where boundary % block != 0 {
        divisible[3 * root(index) + choice] = false
      }
    }
    for (index, tensor) in graph.tensors.enumerated() where isMap(index) && graph.constants[index] == nil {
      require(index, tensor.elementType == .uint8 ? tensor.shape[1] : 16)
    }
    for node in graph.nodes {
      if case .slice(let slice) = node.operation { require(node.inputs[0], slice.begin) }
    }
    return graph.tensors.indices.map { index in
      choices.indices.first { divisible[3 * root(index) + $0] }.map { choices[$0] } ?? 16
    }
  }

  private mutating func addView(of node: Node, in graph: Graph) {
    let (input, output) = (node.inputs[0], node.outputs[0])
    let tensor = graph.tensors[input]
    let begin: Int
    switch (node.operation, layouts[input]) {
    case (.flatten, _) where tensor.shape.dropFirst(2).allSatisfy({ $0 == 1 }): begin = 0
    case (.slice(let slice), .blocked(let block)) where slice.begin % block == 0: begin = slice.begin
    case (.slice(let slice), .plain) where tensor.elementType == .float32: begin = slice.begin
    default: return
    }
    let area = tensor.shape.dropFirst(2).reduce(1, *)
    let base = views[input] ?? View(root: input, byteOffset: 0)
    views[output] = View(
      root: base.root, byteOffset: base.byteOffset + begin * area * tensor.elementType.byteCount)
  }
}
