/// Winograd as the contract words it, on logical tensors: output by output, with nothing shared with the kernels.
extension ConvolutionFloat {
  /// What the convolution writes, or the terms of its pool sums in their order: channel, position, value.
  func forEachWinogradValue(of n: Int, _ body: (_ oy: Int, _ ox: Int, _ value: Float) -> Void) {
    for tile in tiles {
      let values = winogradSums(n, tile)
      for y in 0..<min(tile.height, shape.outHeight - tile.oy) {
        for x in 0..<min(tile.width, shape.outWidth - tile.ox) {
          var value = values[y][x] + bias[n]
          if shape.hasResidual { value += residual[shape.outputOffset(n, tile.oy + y, tile.ox + x)] }
          body(tile.oy + y, tile.ox + x, min(max(value, low), high))
        }
      }
    }
  }

  /// The sum that every kernel approximates, in double.
  func exactSum(_ n: Int, _ oy: Int, _ ox: Int) -> Double {
    var sum = Double(bias[n])
    for c in 0..<shape.channels {
      for ky in 0..<3 {
        for kx in 0..<3 {
          let x = inputValue(c, oy + ky - shape.padTop, ox + kx - shape.padLeft)
          sum += Double(x) * Double(weight(n, c, ky, kx))
        }
      }
    }
    return sum
  }

  private typealias Tile = (oy: Int, ox: Int, height: Int, width: Int)

  /// Those 4 high and 2 wide, 4 by 4, 2 high and 4 wide, 2 by 2.
  private var tiles: [Tile] {
    let rows = Self.pieces(shape.outHeight), columns = Self.pieces(shape.outWidth)
    return [(4, 2), (4, 4), (2, 4), (2, 2)].flatMap { height, width in
      rows.filter { $0.count == height }.flatMap { row in
        columns.filter { $0.count == width }.map { (row.lowerBound, $0.lowerBound, height, width) }
      }
    }
  }

  /// Pieces of 4, and one of 2 where 1 or 2 are left.
  private static func pieces(_ extent: Int) -> [Range<Int>] {
    stride(from: 0, to: extent, by: 4).map { $0..<$0 + (extent - $0 <= 2 ? 2 : 4) }
  }

  /// A M A' of one tile, M over all channels.
  private func winogradSums(_ n: Int, _ tile: Tile) -> [[Float]] {
    var products = [[Float]](repeating: [Float](repeating: 0, count: tile.width + 2), count: tile.height + 2)
    for c in 0..<shape.channels {
      let d = (0..<tile.height + 2).map { r in
        (0..<tile.width + 2).map { inputValue(c, tile.oy + r - shape.padTop, tile.ox + $0 - shape.padLeft) }
      }
      let g = (0..<3).map { ky in (0..<3).map { weight(n, c, ky, $0) } }
      let v = Self.both(d, rows: Self.inputPoints, columns: Self.inputPoints)
      let u = Self.both(g, rows: Self.weightPoints, columns: Self.weightPoints)
      for i in products.indices {
        for j in products[i].indices { products[i][j].addProduct(v[i][j], u[i][j]) }
      }
    }
    return Self.both(products, rows: Self.outputValues, columns: Self.outputValues)
  }

  /// A transform along y, then one along x.
  private static func both(
    _ matrix: [[Float]], rows: ([Float]) -> [Float], columns: ([Float]) -> [Float]
  ) -> [[Float]] {
    let transformed = transpose(transpose(matrix).map(rows))
    return transformed.map(columns)
  }

  private static func transpose(_ matrix: [[Float]]) -> [[Float]] {
    matrix[0].indices.map { column in matrix.map { $0[column] } }
  }

  private static func fma(_ x: Float, _ y: Float, _ z: Float) -> Float { z.addingProduct(x, y) }

  private static func inputPoints(_ d: [Float]) -> [Float] {
    let a: Float = 0.75, b: Float = 1.5
    if d.count == 4 {
      return [fma(-a * a, d[0], d[2]), fma(a, d[1], d[2]), fma(-a, d[1], d[2]), fma(-a * a, d[1], d[3])]
    }
    let (aOdd, aEven) = (fma(-b * b, d[1], d[3]), fma(-b * b, d[2], d[4]))
    let (bOdd, bEven) = (fma(-a * a, d[1], d[3]), fma(-a * a, d[2], d[4]))
    return [
      fma(81 / 64, d[0], fma(-45 / 16, d[2], d[4])), fma(a, aOdd, aEven), fma(-a, aOdd, aEven),
      fma(81 / 64, d[1], fma(-45 / 16, d[3], d[5])), fma(b, bOdd, bEven), fma(-b, bOdd, bEven),
    ]
  }

  /// All six: a tile 2 long uses the first four.
  private static func weightPoints(_ g: [Float]) -> [Float] {
    let a: Float = 0.75, b: Float = 1.5
    let (aEven, bEven) = (fma(a * a, g[2], g[0]), fma(b * b, g[2], g[0]))
    return [g[0], fma(a, g[1], aEven), fma(-a, g[1], aEven), g[2], fma(b, g[1], bEven), fma(-b, g[1], bEven)]
  }

  private static func outputValues(_ m: [Float]) -> [Float] {
    let (aEven, aOdd) = (m[1] + m[2], m[1] - m[2])
    if m.count == 4 { return [fma(-16 / 9, m[0], 8 / 9 * aEven), fma(2 / 3, aOdd, m[3])] }
    let (bEven, bOdd) = (m[4] + m[5], m[4] - m[5])
    return [
      fma(64 / 81, m[0], 32 / 243 * fma(-4, aEven, bEven)), 16 / 81 * fma(-2, aOdd, bOdd),
      8 / 27 * (bEven - aEven), fma(4 / 9, fma(-0.5, aOdd, bOdd), m[3]),
    ]
  }

  /// Zero outside the map.
  private func inputValue(_ c: Int, _ y: Int, _ x: Int) -> Float {
    (0..<shape.height).contains(y) && (0..<shape.width).contains(x) ? input[shape.inputOffset(c, y, x)] : 0
  }

  private func weight(_ n: Int, _ c: Int, _ ky: Int, _ kx: Int) -> Float {
    weights[((n * shape.channels + c) * 3 + ky) * 3 + kx]
  }
}
