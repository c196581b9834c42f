import CHRNKernels

/// Winograd in bfloat16: its kernels, and what the contract words, on logical tensors with nothing shared with them.
extension ConvolutionBFloat16 {
  /// Runs one tier in bands of some rows, each in one call or cut after some input blocks and some groups. What the kernel
  /// is lent ends or begins at a guard page.
  func runWinograd16(
    _ tier: Tier, bandRows: Int, blockCut: Int = 0, groupCut: Int = 0, against side: GuardedBuffer<UInt16>.Side = .end
  ) -> Result {
    let kernels = tier.kernels.pointee
    var geometry = shape.shape
    let size = hrn_winograd16_bytes(&geometry, Int32(bandRows))
    let v = GuardedBuffer<UInt16>(count: Int(size.input) / 2, against: side)
    let scratch = GuardedBuffer<UInt8>(count: Int(size.scratch), against: side == .end ? .end : .start)
    return fill { arguments in
      for row in stride(from: 0, to: shape.outHeight, by: bandRows) {
        let r0 = Int32(row), r1 = Int32(min(row + bandRows, shape.outHeight))
        for (b0, b1) in ConvolutionFloat.cut(shape.inBlocks, at: blockCut) {
          kernels.winograd16_input(&arguments, b0, b1, r0, r1, v.pointer)
        }
        for (g0, g1) in ConvolutionFloat.cut(shape.groups, at: groupCut) {
          kernels.winograd16(&arguments, g0, g1, r0, r1, v.pointer, scratch.pointer)
        }
      }
    }
  }

  /// What the convolution writes before the last rounding, or the terms of its pool sums in their order.
  func forEachWinograd16Value(of n: Int, _ body: (_ oy: Int, _ ox: Int, _ value: Float) -> Void) {
    let weights = (0..<shape.channels).map { transformedWeights(n, $0) }
    for (oy, ox) in tiles {
      let sums = winograd16Sums(oy, ox, weights)
      for y in 0..<min(2, shape.outHeight - oy) {
        for x in 0..<min(2, shape.outWidth - ox) {
          var value = sums[y][x] + float.bias[n]
          if shape.hasResidual { value += float.residual[shape.outputOffset(n, oy + y, ox + x)] }
          body(oy + y, ox + x, min(max(value, float.low), float.high))
        }
      }
    }
  }

  /// Half tiles at the right, whole ones, half ones at the bottom, the corner.
  private var tiles: [(Int, Int)] {
    let all = stride(from: 0, to: shape.outHeight, by: 2).flatMap { oy in
      stride(from: 0, to: shape.outWidth, by: 2).map { (oy, $0) }
    }
    func isHalf(_ place: Int, of extent: Int) -> Bool { place + 1 == extent }
    return [(false, true), (false, false), (true, false), (true, true)].flatMap { bottom, right in
      all.filter { isHalf($0.0, of: shape.outHeight) == bottom && isHalf($0.1, of: shape.outWidth) == right }
    }
  }

  /// A M A' of one tile, M over pairs of channels, the second of each first.
  private func winograd16Sums(_ oy: Int, _ ox: Int, _ weights: [[[Float]]]) -> [[Float]] {
    let inputs = (0..<shape.channels).map { transformedInput($0, oy, ox) }
    var m = [[Float]](repeating: [Float](repeating: 0, count: 4), count: 4)
    for i in 0..<4 {
      for j in 0..<4 {
        for pair in stride(from: 0, to: shape.channels, by: 2) {
          for c in [pair + 1, pair] where c < shape.channels { m[i][j].addProduct(inputs[c][i][j], weights[c][i][j]) }
        }
      }
    }
    return Self.both(m) { m in [(0.5 * (m[1] + m[2]) + m[0]), (0.5 * (m[1] - m[2]) + m[3])] }
  }

  private func transformedWeights(_ n: Int, _ c: Int) -> [[Float]] {
    let g = (0..<3).map { y in (0..<3).map { ConvolutionFloat.weight(float.weights, shape, n, c, y, $0) } }
    let u = Self.both(g) { g in [g[0], (g[0] + g[2]) + g[1], (g[0] + g[2]) - g[1], g[2]] }
    return u.map { $0.map { wide(nearestBFloat16($0)) } }
  }

  private func transformedInput(_ c: Int, _ oy: Int, _ ox: Int) -> [[Float]] {
    let d = (0..<4).map { r in
      (0..<4).map { column -> Float in
        let (y, x) = (oy + r - shape.padTop, ox + column - shape.padLeft)
        guard (0..<shape.height).contains(y), (0..<shape.width).contains(x) else { return 0 }
        return float.input[shape.inputOffset(c, y, x)]
      }
    }
    let v = Self.both(d) { d in [d[0] - d[2], d[1] + d[2], d[2] - d[1], d[3] - d[1]] }
    return v.map { $0.map { wide(nearestBFloat16($0)) } }
  }

  /// A transform along y, then the same along x.
  private static func both(_ matrix: [[Float]], _ transform: ([Float]) -> [Float]) -> [[Float]] {
    func transposed(_ matrix: [[Float]]) -> [[Float]] { matrix[0].indices.map { c in matrix.map { $0[c] } } }
    return transposed(transposed(matrix).map(transform)).map(transform)
  }
}
