import HRNFormat
import HRNGraph

extension Int {
  /// The smallest multiple of `step` that is not less than this number, which is not negative.
  func roundedUp(to step: Int) -> Int { (self + step - 1) / step * step }
}

/// The order of packed weights: from `[O, I / groups, kh, kw]` (or `[O, I]`) to the order that every kernel reads.
///
///     [group of 64 lanes][input block][tap row][tap column][k / interleave][lane][interleave]
///
/// The last group is rounded up to a multiple of 16 lanes. `interleave` is 4 for int8, 2 for bfloat16 and 1 for float32.
/// Lanes past the output channels, and `k` that are no input channel of a lane, hold zero. Which blocks a group of lanes reads says
/// `InputBlocks`. A stem, which reads interleaved pixels, has one tap column and one input block of all lanes between a
/// tap row's first and last tap (rounded up to a multiple of 4), in the order `kx · dilation · I + c`. Of a depthwise
/// convolution a lane has one `k`, and nothing is interleaved. Weights for Winograd in 8 bits, `[O, I, 4, 4]` by
/// position, have groups of 16 lanes and one input block of all channels behind the position:
///
///     [group of 16 lanes][position][k / 4][lane][4]
package struct WeightPacking: Hashable, Sendable {
  /// Output channels per group, at most.
  package static let groupLanes = 64
  /// Lanes are rounded up to a multiple of this.
  package static let laneStep = 16

  /// What reads the weights.
  private enum Reader: Hashable {
    /// A convolution of blocks of channels, or a linear, whose block is all of them.
    case blocks(InputBlocks)
    /// A convolution of interleaved pixels; neighbouring taps of a row are `dilation` pixels apart.
    case stem(dilation: Int)
    case depthwise
    case winograd8
  }

  package let outputs: Int
  /// Input channels that an output channel reads.
  package let inputs: Int
  package let groups: Int
  package let kernel: Extent2D
  /// Input lanes of one block.
  package let inputBlock: Int
  /// Neighbouring `k` that lie side by side in one lane.
  package let interleave: Int
  private let reader: Reader

  private init(_ shape: [Int], groups: Int, inputBlock: Int, interleave: Int, _ reader: Reader) {
    precondition(shape.count == 2 || shape.count == 4, "weights have two or four axes, not \(shape.count)")
    outputs = shape[0]
    inputs = shape[1]
    self.groups = groups
    kernel = shape.count == 4 ? Extent2D(y: shape[2], x: shape[3]) : Extent2D(y: 1, x: 1)
    self.inputBlock = inputBlock
    self.interleave = interleave
    self.reader = reader
  }

  /// Of a convolution that reads a blocked tensor with `channelBlock` lanes per block.
  package static func convolution(
    _ shape: [Int], _ convolution: Convolution, channelBlock: Int, _ type: ElementType
  ) -> WeightPacking {
    let groups = convolution.groups
    if convolution.isDepthwise(weights: shape) {
      return WeightPacking(shape, groups: groups, inputBlock: 1, interleave: 1, .depthwise)
    }
    let blocks = InputBlocks(outputs: shape[0], inputs: shape[1], groups: groups, block: channelBlock)
    return WeightPacking(
      shape, groups: groups, inputBlock: channelBlock, interleave: interleave(of: type), .blocks(blocks))
  }

  /// Of a convolution that reads interleaved pixels.
  package static func stem(_ shape: [Int], _ convolution: Convolution, _ type: ElementType) -> WeightPacking {
    let extent = convolution.extent(of: Extent2D(y: shape[2], x: shape[3]))
    return WeightPacking(
      shape, groups: convolution.groups, inputBlock: (extent.x * shape[1] * convolution.groups).roundedUp(to: 4),
      interleave: interleave(of: type), .stem(dilation: convolution.dilation.x))
  }

  /// Of a linear layer: one input block of the whole depth.
  package static func linear(_ shape: [Int], _ type: ElementType) -> WeightPacking {
    let block = shape[1].roundedUp(to: 4)
    let blocks = InputBlocks(outputs: shape[0], inputs: shape[1], groups: 1, block: block)
    return WeightPacking(shape, groups: 1, inputBlock: block, interleave: interleave(of: type), .blocks(blocks))
  }

  /// Of Winograd in 8 bits, of transformed weights `[O, I, 4, 4]` and a blocked tensor with `channelBlock` lanes per block.
  package static func winograd8(_ shape: [Int], channelBlock: Int) -> WeightPacking {
    WeightPacking(
      shape, groups: 1, inputBlock: shape[1].roundedUp(to: channelBlock), interleave: interleave(of: .int8), .winograd8)
  }

  private static func interleave(of type: ElementType) -> Int {
    switch type {
    case .int8: Packing.interleave
    case .bfloat16: 2
    case .float32, .uint8, .int32: 1
    }
  }

  package var layout: Layout {
    switch reader {
    case .blocks, .stem: .packed(.portable, inputBlock: inputBlock)
    case .depthwise: .packed(.depthwise, inputBlock: inputBlock)
    case .winograd8: .packed(.winograd8, inputBlock: inputBlock)
    }
  }

  /// Output channels of a group of this packing, at most.
  private var lanesPerGroup: Int { reader == .winograd8 ? Self.laneStep : Self.groupLanes }

  /// Output lanes: the output channels, rounded up.
  package var lanes: Int { outputs.roundedUp(to: Self.laneStep) }

  /// Products summed into one output, those with padding included.
  package var depth: Int {
    switch reader {
    case .blocks(let blocks): blocks.count * kernel.y * kernel.x * inputBlock
    case .stem: kernel.y * inputBlock
    case .depthwise: kernel.y * kernel.x
    case .winograd8: kernel.y * kernel.x * inputBlock
    }
  }

  /// Input blocks that an output reads.
  package var blockCount: Int { if case .blocks(let blocks) = reader { blocks.count } else { 1 } }

  /// Elements in packed order.
  package var count: Int { lanes * depth }

  /// The place among an output's products of one of the inputs that it reads, at its first tap.
  private func step(output: Int, input: Int) -> Int {
    let channel = output / (outputs / groups) * inputs + input
    switch reader {
    case .blocks(let blocks):
      let block = channel / inputBlock - blocks.first(of: output / Self.groupLanes)
      return block * kernel.y * kernel.x * inputBlock + channel % inputBlock
    case .stem, .winograd8: return channel
    case .depthwise: return 0
    }
  }

  /// How far a tap of the next row, and one of the next column, is from there.
  private var tapSteps: (y: Int, x: Int) {
    switch reader {
    case .blocks, .winograd8: (kernel.x * inputBlock, inputBlock)
    case .stem(let dilation): (inputBlock, dilation * inputs * groups)
    case .depthwise: (kernel.x, 1)
    }
  }

  /// Of the weights `[I][kh][kw]` of one output, which are summed in one 16-bit lane where they are narrow
  /// (`PackedSums.narrowLimit`): those of one number. Every channel block, a multiple of 16, gives the same.
  package func narrowLanes() -> [Int] {
    var lanes: [Int] = []
    let tapSteps = tapSteps
    for input in 0..<inputs {
      for y in 0..<kernel.y {
        for x in 0..<kernel.x {
          let step = step(output: 0, input: input) + y * tapSteps.y + x * tapSteps.x
          let place = step % inputBlock
          lanes.append((step / inputBlock * ((inputBlock + 7) / 8) + place / 8) * 2 + place % 4 / 2)
        }
      }
    }
    return lanes
  }

  /// Where the weight of an output, one of the inputs that it reads, and a tap lies.
  package func index(output: Int, input: Int, y: Int, x: Int) -> Int {
    let tapSteps = tapSteps
    return index(lane(of: output), step(output: output, input: input) + y * tapSteps.y + x * tapSteps.x)
  }

  /// An output's first weight, and the elements between those of neighbouring `k` that do not lie side by side.
  private func lane(of output: Int) -> (first: Int, width: Int) {
    let (group, lane) = output.quotientAndRemainder(dividingBy: lanesPerGroup)
    let width = min(lanesPerGroup, lanes - group * lanesPerGroup)
    return (group * lanesPerGroup * depth + lane * interleave, width)
  }

  /// `interleave` is a power of 2.
  @inline(__always)
  private func index(_ lane: (first: Int, width: Int), _ step: Int) -> Int {
    let rest = step & (interleave - 1)
    return lane.first + (step - rest) * lane.width + rest
  }

  /// Weights in the order of their shape to packed order.
  package func pack<Element: Numeric>(_ weights: [Element]) -> [Element] {
    precondition(weights.count == outputs * inputs * kernel.y * kernel.x, "weights do not fill their shape")
    var packed = [Element](repeating: 0, count: count)
    forEachWeight { logical, stored in packed[stored] = weights[logical] }
    return packed
  }

  /// Packed order back to the order of the shape.
  package func unpack<Element: Numeric>(_ packed: [Element]) -> [Element] {
    precondition(packed.count == count, "packed weights do not fill their layout")
    var weights = [Element](repeating: 0, count: outputs * inputs * kernel.y * kernel.x)
    forEachWeight { logical, stored in weights[logical] = packed[stored] }
    return weights
  }

  @inline(__always)
  private func forEachWeight(_ body: (_ logical: Int, _ stored: Int) -> Void) {
    var logical = 0
    let tapSteps = tapSteps
    for output in 0..<outputs {
      let lane = lane(of: output)
      for input in 0..<inputs {
        let first = step(output: output, input: input)
        for y in 0..<kernel.y {
          for x in 0..<kernel.x {
            body(logical, index(lane, first + y * tapSteps.y + x * tapSteps.x))
            logical += 1
          }
        }
      }
    }
  }
}

extension WeightPacking {
  /// The layout of a constant with one element per output channel.
  package static let perLaneLayout = Layout.packed(.portable, inputBlock: 1)

  /// Rounds the last axis of `shape`, one element per output channel, up to whole lanes of zeros: a bias `[O]`, the
  /// biases `[R, K, O]` of border classes, a multiplier `[O]`.
  package static func packPerLane<Element: Numeric>(_ values: [Element], outputs: Int) -> [Element] {
    precondition(outputs > 0 && values.count % outputs == 0, "\(values.count) values are not rows of \(outputs)")
    let lanes = outputs.roundedUp(to: laneStep)
    var packed = [Element](repeating: 0, count: values.count / outputs * lanes)
    for index in values.indices { packed[index / outputs * lanes + index % outputs] = values[index] }
    return packed
  }

  /// The inverse of `packPerLane`.
  package static func unpackPerLane<Element: Numeric>(_ packed: [Element], outputs: Int) -> [Element] {
    let lanes = outputs.roundedUp(to: laneStep)
    precondition(packed.count % lanes == 0, "\(packed.count) values are not rows of \(lanes) lanes")
    var values = [Element](repeating: 0, count: packed.count / lanes * outputs)
    for index in values.indices { values[index] = packed[index / outputs * lanes + index % outputs] }
    return values
  }
}
