/// What a pooling window keeps.
package enum PoolKind: Int32, Sendable {
  case max = 1
  case average = 2
}

/// Pooling of `[N, C, H, W]`. Taps outside the input count neither for the maximum nor for the average.
///
/// - Output: `[N, C, 1, 1]` when global, else `[N, C, OH, OW]`.
package enum Pool: Equatable, Sendable {
  case global(PoolKind)
  case window(PoolKind, kernel: Extent2D, stride: Extent2D, padding: Padding)

  /// What the pool keeps.
  package var kind: PoolKind {
    switch self {
    case .global(let kind), .window(let kind, kernel: _, stride: _, padding: _): kind
    }
  }

  /// The name that people read: `max-pool`, `global-average-pool` and so on.
  package var name: String {
    switch self {
    case .global(.max): "global-max-pool"
    case .global(.average): "global-average-pool"
    case .window(.max, kernel: _, stride: _, padding: _): "max-pool"
    case .window(.average, kernel: _, stride: _, padding: _): "average-pool"
    }
  }

  /// The shape of the result; throws what does not fit.
  package func outputShape(inputs: [[Int]], parameters: [[Int]]) throws(ShapeError) -> [Int] {
    try expectCounts(inputs: inputs, 1...1, parameters: parameters, 0...0)
    let input = inputs[0]
    guard input.count == 4 else { throw .shape(.input(0), found: input, expected: "[N, C, H, W]") }
    guard case .window(_, let kernel, let stride, let padding) = self else { return [input[0], input[1], 1, 1] }
    let window = SlidingWindow(kernel: kernel, stride: stride, padding: padding, dilation: Extent2D(y: 1, x: 1))
    let positions = try window.positions(height: input[2], width: input[3])
    return [input[0], input[1], positions.y, positions.x]
  }
}
