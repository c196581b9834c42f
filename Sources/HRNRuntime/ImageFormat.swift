import HRNFormat

/// The network's input: its size, its place in the arena as rows of interleaved channels with a border of zeros, and
/// what number a pixel stands for. A vector `[1, F]` counts as one pixel of F channels.
package struct ImageFormat: Equatable {
  package let channels: Int
  package let height: Int
  package let width: Int
  let border: Int
  let rowPitch: Int
  let region: Region
  let elementType: ElementType
  /// A pixel p is the number `(p · scale − mean) / std`; nil where nothing says so.
  let normalization: Normalization?

  struct Normalization: Equatable {
    var scale: Float
    var mean: [Float]
    var std: [Float]
  }

  /// The input of a compiled graph, or nil where the graph has not exactly one, in numbers or pixels.
  init?(_ graph: ModelGraph) {
    guard graph.inputs.count == 1, graph.tensors.indices.contains(graph.inputs[0]) else { return nil }
    let tensor = graph.tensors[graph.inputs[0]]
    guard let region = tensor.arena, let plan = graph.plan, tensor.shape.first == 1,
      tensor.shape.allSatisfy({ $0 > 0 && $0 <= Int(Int32.max) }),
      tensor.elementType != .int8, tensor.elementType != .int32
    else { return nil }
    switch (tensor.layout, tensor.shape.count) {
    case (.pixels(let border, let rowPitch), 4):
      (channels, height, width) = (tensor.shape[1], tensor.shape[2], tensor.shape[3])
      (self.border, self.rowPitch) = (border, rowPitch)
    case (.plain, 2):
      (channels, height, width) = (tensor.shape[1], 1, 1)
      (border, rowPitch) = (0, tensor.shape[1])
    default: return nil
    }
    self.region = region
    elementType = tensor.elementType
    normalization = Self.normalization(graph.recipe, elementType == .uint8 ? tensor.quantization : nil)
    guard (0...Int(Int32.max)).contains(border), let row = checkedProduct(width + 2 * border, channels),
      row <= rowPitch,
      let bytes = checkedProduct(checkedProduct(height + 2 * border, rowPitch), elementType.byteCount),
      region.offset >= 0, region.length >= bytes, region.offset <= plan.arenaBytes - region.length,
      region.offset % elementType.byteCount == 0, elementType != .uint8 || normalization != nil
    else { return nil }
    if let normalization {
      guard normalization.mean.count == channels, normalization.std.count == channels else { return nil }
    }
    if elementType == .bfloat16 {
      guard let quantization = tensor.quantization, quantization.scale.count == channels,
        quantization.zeroPoint.count == channels
      else { return nil }
    }
  }

  private static func normalization(_ recipe: Recipe?, _ quantization: Quantization?) -> Normalization? {
    if let recipe { return Normalization(scale: recipe.scale, mean: recipe.mean, std: recipe.std) }
    guard let quantization else { return nil }
    return Normalization(scale: 1, mean: quantization.zeroPoint, std: quantization.scale.map { 1 / $0 })
  }

  /// Values of an image.
  package var count: Int { channels * height * width }
}
