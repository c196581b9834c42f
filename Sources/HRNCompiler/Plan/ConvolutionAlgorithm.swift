import HRNFormat
import HRNGraph

/// What kernels a compilation may choose.
package struct PlanOptions: Equatable, Sendable {
  /// What a file is made to be good at.
  package enum Goal: String, CaseIterable, Sendable {
    case speed
    /// No working memory besides the arena: direct kernels alone.
    case size
  }

  /// What may be computed approximately.
  package enum Approximated: String, CaseIterable, Sendable {
    case none
    /// Convolutions whose result is only averaged, as in the blocks of HRN.
    case gsb
  }

  /// The machines that it is made for.
  package var target: Target
  package var goal: Goal
  /// Where pooled convolutions may be computed by Winograd in 8 bits, within these limits; nil for nowhere.
  package var approximation: Approximation?

  package init(target: Target = .portable, goal: Goal = .speed, approximation: Approximation? = nil) {
    self.target = target
    self.goal = goal
    self.approximation = approximation
  }
}

/// The algorithms of convolutions, from their geometry alone: the quantizer chooses weights by them before there are
/// layouts.
enum ConvolutionAlgorithm {
  /// Channels below which Winograd's transforms cost more than it saves.
  static let leastChannels = 32

  /// Rows and columns of outputs likewise, and below 12 over direct kernels of 512-bit vectors: fewer tiles leave the
  /// transform of the weights the larger part. Of int8 a CPU that has those computes such nodes of other targets' files
  /// directly; of floats it may not, for their sums would be other sums.
  static func leastExtent(_ target: Target) -> Int {
    switch target {
    case .portable, .avx2: 7
    case .avx512vnni, .avx512bf16: 12
    }
  }

  /// The same of Winograd in bfloat16, which is for CPUs that multiply pairs at twice the rate of floats: F(4,3)'s fewer
  /// products of floats take longer there than F(2,3)'s of pairs.
  static let leastExtentOfPairs = 6

  /// - Parameters:
  ///   - input: `[1, C, H, W]`.
  ///   - weights: `[O, I, kh, kw]`.
  ///   - type: the weights' type.
  static func choose(
    _ convolution: Convolution, input: [Int], weights: [Int], _ type: ElementType, readsPixels: Bool,
    _ options: PlanOptions
  ) -> Algorithm {
    guard options.goal == .speed, !readsPixels, convolution.allowsWinograd(weights: weights),
      let output = try? convolution.convolvedShape(input: input, weights: weights),
      min(weights[0], weights[1]) >= leastChannels
    else { return .direct }
    let extent = min(output[2], output[3])
    if type == .bfloat16, options.target == .avx512bf16 {
      return extent >= leastExtentOfPairs ? .winograd16 : .direct
    }
    return extent >= leastExtent(options.target) ? .winograd : .direct
  }

  /// What an int8 convolution's weights must obey.
  static func rule(
    _ convolution: Convolution, input: [Int], weights: [Int], readsPixels: Bool, _ options: PlanOptions
  ) -> SumRule {
    switch choose(convolution, input: input, weights: weights, .int8, readsPixels: readsPixels, options) {
    case .winograd: return .winograd
    case .direct where options.target == .avx2 && convolution.groups == 1:
      let packing: WeightPacking =
        readsPixels
        ? .stem(weights, convolution, .int8)
        : .convolution(weights, convolution, channelBlock: WeightPacking.laneStep, .int8)
      return .narrow(lanes: packing.narrowLanes())
    case .direct, .view, .winograd8, .winograd16: return .none
    }
  }

  /// Whether Winograd in 8 bits may be tried. It takes working memory, as Winograd does.
  static func allowsWinograd8(
    _ convolution: Convolution, weights: [Int], hasResidual: Bool, readsPixels: Bool, _ options: PlanOptions
  ) -> Bool {
    options.approximation != nil && options.goal == .speed && !readsPixels
      && convolution.allowsWinograd8(weights: weights, hasResidual: hasResidual)
      && min(weights[0], weights[1]) >= leastChannels
  }

  /// What its weights of one output and one position must obey, in order of input channels.
  static func winograd8Rule(channels: Int, _ options: PlanOptions) -> SumRule {
    guard options.target == .avx2 else { return .none }
    let packing = WeightPacking.convolution(
      [1, channels, 1, 1], Convolution(), channelBlock: WeightPacking.laneStep, .int8)
    return .narrow(lanes: packing.narrowLanes())
  }
}
