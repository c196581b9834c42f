/// A place in a larger memory, the weights payload or the arena, in bytes.
package struct Region: Equatable, Sendable {
  package var offset: Int
  package var length: Int

  package init(offset: Int, length: Int) {
    self.offset = offset
    self.length = length
  }

  /// One past the last byte.
  package var end: Int { offset + length }
}

/// What stored integers mean: `real = scale · (stored − zeroPoint)`.
///
/// One scale and zero point for the tensor, or one of each per index of `axis`. Zero points are whole numbers, except
/// for raw pixels, whose mean need not be one (127.5).
package struct Quantization: Equatable, Sendable {
  package var scale: [Float]
  package var zeroPoint: [Float]
  package var axis: Int?

  package init(scale: [Float], zeroPoint: [Float], axis: Int? = nil) {
    self.scale = scale
    self.zeroPoint = zeroPoint
    self.axis = axis
  }
}

/// The real numbers that an activation's quantized values stand for, as training fixed them: `low ≤ 0 ≤ high`.
package struct ValueRange: Equatable, Sendable {
  package var low: Float
  package var high: Float

  package init(low: Float, high: Float) {
    self.low = low
    self.high = high
  }

  /// The least range that holds both.
  package func union(_ other: ValueRange) -> ValueRange {
    ValueRange(low: min(low, other.low), high: max(high, other.high))
  }
}

/// The order of a tensor's elements in memory.
package enum Layout: Equatable, Sendable {
  /// Row-major in the order of the shape.
  case plain
  /// `[⌈C / channelBlock⌉][H][W][channelBlock]`.
  case blocked(channelBlock: Int)
  /// `[H + 2·border][rowPitch]`: channels interleaved, a border of zeros, as the stem reads them.
  case pixels(border: Int, rowPitch: Int)
  /// Weights in the order of their kernel, with this many lanes per input block.
  case packed(Packing, inputBlock: Int)
}

/// How packed weights are ordered.
package enum Packing: Int32, Sendable {
  /// Groups of 64 output lanes; every CPU reads it.
  case portable = 1
  /// The same groups for depthwise convolutions, where a lane reads one input channel; every CPU reads it.
  case depthwise = 2
  /// Groups of 16 output lanes, each at the 16 positions of Winograd's F(2,3); every CPU reads it.
  case winograd8 = 3

  /// The name that people read.
  package var name: String {
    switch self {
    case .portable: "portable"
    case .depthwise: "depthwise"
    case .winograd8: "winograd-8bit"
    }
  }
}

/// A value of the graph: a constant if it has `weights`, else an activation.
package struct Tensor: Equatable, Sendable {
  package var name: String
  package var elementType: ElementType
  /// `[N, C, H, W]`, `[N, F]`, `[O, I/groups, kh, kw]`, `[O, I]` or `[C]`.
  package var shape: [Int]
  package var quantization: Quantization?
  package var layout: Layout
  /// Where a constant lies in the weights payload.
  package var weights: Region?
  /// Where an activation lies in the arena of a compiled graph.
  package var arena: Region?
  /// Of an activation of a source graph that training has rounded to eight bits.
  package var range: ValueRange?

  package init(
    name: String, elementType: ElementType, shape: [Int], quantization: Quantization? = nil, layout: Layout = .plain,
    weights: Region? = nil, arena: Region? = nil, range: ValueRange? = nil
  ) {
    self.name = name
    self.elementType = elementType
    self.shape = shape
    self.quantization = quantization
    self.layout = layout
    self.weights = weights
    self.arena = arena
    self.range = range
  }
}
