import HRNFormat
import HRNGraph

extension Int {
  /// The smallest multiple of `step` that is not less than this number, which is not negative.
  func roundedUp(to step: Int) -> Int { (self + step - 1) / step * step }
}

/// The portable order of packed weights: from `[O, I, kh, kw]` (or `[O, I]`) to the order that every kernel reads.
///
///     [group of 64 lanes][input block][tap row][tap column][k / interleave][lane][interleave]
///
/// The last group is rounded up to a multiple of 16 lanes. `interleave` is 4 for int8 and 1 for float32. Lanes past
/// the output channels, and `k` past the input channels, hold zero. A stem, which reads interleaved pixels, has one
/// tap column and one input block of `kw · I` lanes (rounded up to a multiple of 4), in the order `kx · I + c`.
package struct WeightPacking: Equatable, Sendable {
  /// Output channels per group, at most.
  package static let groupLanes = 64
  /// Lanes are rounded up to a multiple of this.
  package static let laneStep = 16

  package let outputs: Int
  package let inputs: Int
  package let kernel: Extent2D
  /// Input lanes of one block.
  package let inputBlock: Int
  /// Whether a tap row of interleaved pixels is one run of lanes.
  package let isStem: Bool
  /// Neighbouring `k` that lie side by side in one lane.
  package let interleave: Int

  private init(shape: [Int], inputBlock: Int, isStem: Bool, elementType: ElementType) {
    precondition(shape.count == 2 || shape.count == 4, "weights have two or four axes, not \(shape.count)")
    outputs = shape[0]
    inputs = shape[1]
    kernel = shape.count == 4 ? Extent2D(y: shape[2], x: shape[3]) : Extent2D(y: 1, x: 1)
    self.inputBlock = inputBlock
    self.isStem = isStem
    interleave = elementType == .int8 ? 4 : 1
  }

  /// Of a convolution that reads a blocked tensor with `channelBlock` lanes per block.
  package static func convolution(_ shape: [Int], channelBlock: Int, _ type: ElementType) -> WeightPacking {
    WeightPacking(shape: shape, inputBlock: channelBlock, isStem: false, elementType: type)
  }

  /// Of a convolution that reads interleaved pixels.
  package static func stem(_ shape: [Int], _ type: ElementType) -> WeightPacking {
    WeightPacking(shape: shape, inputBlock: (shape[1] * shape[3]).roundedUp(to: 4), isStem: true, elementType: type)
  }

  /// Of a linear layer: one input block of the whole depth.
  package static func linear(_ shape: [Int], _ type: ElementType) -> WeightPacking {
    WeightPacking(shape: shape, inputBlock: shape[1].roundedUp(to: 4), isStem: false, elementType: type)
  }

  /// The packing of a stored tensor; nil when its layout is not packed, or its length fits none of the forms.
  package init?(of tensor: Tensor) {
    guard case .packed(.portable, let inputBlock) = tensor.layout, inputBlock > 1, let region = tensor.weights,
      tensor.shape.count == 2 || tensor.shape.count == 4
    else { return nil }
    let forms = tensor.shape.count == 2 ? [false] : [false, true]
    for isStem in forms {
      let form = WeightPacking(
        shape: tensor.shape, inputBlock: inputBlock, isStem: isStem, elementType: tensor.elementType)
      if form.count * tensor.elementType.byteCount == region.length {
        self = form
        return
      }
    }
    return nil
  }

  package var layout: Layout { .packed(.portable, inputBlock: inputBlock) }

  /// Output lanes: the output channels, rounded up.
  package var lanes: Int { outputs.roundedUp(to: Self.laneStep) }

  /// Products summed into one output, those with padding included.
  package var depth: Int { inputBlocks * kernel.y * tapColumns * inputBlock }

  /// Elements in packed order.
  package var count: Int { lanes * depth }

  private var inputBlocks: Int { isStem ? 1 : (inputs + inputBlock - 1) / inputBlock }
  private var tapColumns: Int { isStem ? 1 : kernel.x }

  /// Where the weight of an output, an input, and a tap lies.
  package func index(output: Int, input: Int, y: Int, x: Int) -> Int {
    let group = output / Self.groupLanes
    let lane = output % Self.groupLanes
    let width = min(Self.groupLanes, lanes - group * Self.groupLanes)
    let block = isStem ? 0 : input / inputBlock
    let k = isStem ? x * inputs + input : input % inputBlock
    let column = isStem ? 0 : x
    let step = ((block * kernel.y + y) * tapColumns + column) * inputBlock + k / interleave * interleave
    return group * Self.groupLanes * depth + step * width + lane * interleave + k % interleave
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
    for output in 0..<outputs {
      for input in 0..<inputs {
        for y in 0..<kernel.y {
          for x in 0..<kernel.x {
            body(logical, index(output: output, input: input, y: y, x: x))
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
