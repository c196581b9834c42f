/// One operation: reads activations and constants, writes activations. Tensors are named by their index in the graph.
package struct Node: Equatable, Sendable {
  package var name: String
  package var operation: Operation
  /// Activations read.
  package var inputs: [Int]
  /// Constants read.
  package var parameters: [Int]
  package var outputs: [Int]
  /// Names of the source graph's nodes that this node stands for.
  package var sources: [String]
  /// Present in int8 nodes that have an epilogue.
  package var requantization: Requantization?
  /// Present in compiled graphs.
  package var plan: NodePlan?

  package init(
    name: String, operation: Operation, inputs: [Int], parameters: [Int] = [], outputs: [Int], sources: [String] = [],
    requantization: Requantization? = nil, plan: NodePlan? = nil
  ) {
    self.name = name
    self.operation = operation
    self.inputs = inputs
    self.parameters = parameters
    self.outputs = outputs
    self.sources = sources
    self.requantization = requantization
    self.plan = plan
  }
}

/// The float multipliers of an int8 node's epilogue, rounded once by the compiler.
///
/// - A convolution to uint8: `t = float(acc) · multiplier[c] (+ float(r − zᵣ) · residualMultiplier) + z`, clamped and
///   rounded half to even. `z` is the output's zero point; ReLU raises the lower bound of the clamp to `z`.
/// - With a fused pool: the same `t` without `z`, clamped to `[0, poolHigh]` (ReLU is required) and rounded, summed as
///   integers over the map; then `float(sum) · poolMultiplier + z`, clamped and rounded.
/// - Computed by Winograd in 8 bits (`winograd8`), its transformed input is rounded to uint8 by these numbers.
/// - A linear to float32: `float(acc) · multiplier[c] (+ addend)`, then the activation in float.
/// - A linear to uint8: the same, then `t · outputMultiplier + z`, clamped and rounded.
/// - An average pool: `float(Σ(x)) · poolMultiplier + z′`; see the format's description.
package struct Requantization: Equatable, Sendable {
  package var residualMultiplier: Float?
  package var poolMultiplier: Float?
  package var poolHigh: Float?
  package var outputMultiplier: Float?
  package var winograd8: Winograd8Input?

  package init(
    residualMultiplier: Float? = nil, poolMultiplier: Float? = nil, poolHigh: Float? = nil,
    outputMultiplier: Float? = nil, winograd8: Winograd8Input? = nil
  ) {
    self.residualMultiplier = residualMultiplier
    self.poolMultiplier = poolMultiplier
    self.poolHigh = poolHigh
    self.outputMultiplier = outputMultiplier
    self.winograd8 = winograd8
  }
}

/// How Winograd in 8 bits rounds its transformed input `V = B d B′`, by position:
///
///     V₈ = clamp((V · multiplier + 2¹⁴) >> 15 + offset, 0, 255)
package struct Winograd8Input: Equatable, Sendable {
  /// Positions of F(2,3): pairs of its four points, of rows and of columns.
  package static let positions = 16

  package var multipliers: [Int]
  package var offsets: [Int]

  package init(multipliers: [Int], offsets: [Int]) {
    self.multipliers = multipliers
    self.offsets = offsets
  }
}

/// How a node is computed.
package enum Algorithm: Int32, Sendable {
  /// The sum as written.
  case direct = 1
  /// No work: the output aliases the input's memory.
  case view = 2
  /// Winograd's F(4,3), F(2,3) where a map ends: a 3 × 3 convolution with a quarter of the products. In int8 it is exact.
  case winograd = 3
  /// Winograd's F(2,3) with inputs and weights rounded to 8 bits after their transforms: another function, with less than
  /// half of the products. Of pooled int8 convolutions, whose roundings average out.
  case winograd8 = 4
  /// Winograd's F(2,3) with inputs and weights rounded to bfloat16 after their transforms, of bfloat16 convolutions: another
  /// function too, whose products CPUs make pairwise.
  case winograd16 = 5

  /// Rows and columns of outputs that it computes at a time; bands are whole multiples of them.
  package var tile: Int {
    switch self {
    case .direct, .view, .winograd8: 1
    case .winograd: 4
    case .winograd16: 2
    }
  }
}

/// How a node's work is cut into items for the workers.
package enum Split: Int32, Sendable {
  case none = 1
  /// Bands of output rows.
  case rows = 2
  /// Groups of output channels.
  case groups = 3
}

package enum LoopOrder: Int32, Sendable {
  case rowsOuter = 1
  case groupsOuter = 2
}

/// What the compiler decided about one node; the runtime only follows.
package struct NodePlan: Equatable, Sendable {
  package var algorithm: Algorithm
  package var split: Split
  package var loopOrder: LoopOrder
  /// Output rows that are computed at a time; where rows are split, a work item.
  package var band: Int
  /// Input blocks whose products a pass over a band of a direct convolution adds to its sums; nil means all. Of int8 by
  /// Winograd this and the band are for CPUs whose direct kernel is as good.
  package var chunk: Int?
  /// Working memory in the arena.
  package var scratch: Region?
  /// Whether 16 bits hold the sums of two steps of an int8 convolution's weights (`Packing.narrowLimit`).
  package var isNarrow: Bool

  package init(
    algorithm: Algorithm = .direct, split: Split = .none, loopOrder: LoopOrder = .rowsOuter, band: Int = 1,
    chunk: Int? = nil, scratch: Region? = nil, isNarrow: Bool = false
  ) {
    self.algorithm = algorithm
    self.split = split
    self.loopOrder = loopOrder
    self.band = band
    self.chunk = chunk
    self.scratch = scratch
    self.isNarrow = isNarrow
  }

  /// Whether what Winograd transforms at a time is what is computed at a time: all rows where groups share it, else the
  /// rows of a band. A pooled convolution has all rows in its one band.
  package func suitsWinograd(isPooled: Bool) -> Bool { isPooled || (split == .groups) == (loopOrder == .groupsOuter) }
}
