import HRNFormat

/// Winograd's F(2,3) over one image, for the form that is rounded to 8 bits: tiles of 2 × 2 outputs, each at 16 positions.
/// Position `4 i + j` is that of point i of the rows and point j of the columns, of
///
///     B = [ 1  0 -1  0 ]     G = [  1    0    0  ]     A = [ 1  1  1  0 ]
///         [ 0  1  1  0 ]         [ 1/2  1/2  1/2 ]         [ 0  1 -1  1 ]
///         [ 0 -1  1  0 ]         [ 1/2 -1/2  1/2 ]
///         [ 0 -1  0  1 ]         [  0    0    1  ]
///
/// `conv(d, g) = A ((G g G′) · (B d B′)) A′`, where the products of a position are summed over channels.
struct Winograd8Transform {
  static let positions = Winograd8Input.positions

  let window: PatchSums.Window
  let tiles: Extent2D

  init(_ window: PatchSums.Window) {
    self.window = window
    tiles = Extent2D(y: (window.output.y + 1) / 2, x: (window.output.x + 1) / 2)
  }

  var tileCount: Int { tiles.y * tiles.x }

  /// `V = B d B′` of stored numbers `[H][W][C]` less `zero`, 0 outside the map: `[position][tile][C]`.
  func input(_ stored: [UInt8], zero: UInt8) -> [Int16] {
    let (channels, count) = (window.channels, tileCount)
    var result = [Int16](repeating: 0, count: Self.positions * count * channels)
    result.withUnsafeMutableBufferPointer { result in
      stored.withUnsafeBufferPointer { stored in
        for tile in 0..<count {
          let first = result.baseAddress! + tile * channels, step = count * channels
          for (p, place) in places(of: tile).enumerated() {
            guard let place else { continue }
            for c in 0..<channels { first[p * step + c] = Int16(stored[place + c]) - Int16(zero) }
          }
          for i in 0..<4 { Self.points(first + i * step, 4 * step, channels) }
          for i in 0..<4 { Self.points(first + 4 * i * step, step, channels) }
        }
      }
    }
    return result
  }

  /// The least and the greatest of `V` over pictures, 0 among them, by position.
  func ranges(_ pictures: some Sequence<[Int16]>) -> [ClosedRange<Int>] {
    var bounds = [(low: Int16, high: Int16)](repeating: (0, 0), count: Self.positions)
    for picture in pictures {
      let length = picture.count / Self.positions
      for p in 0..<Self.positions {
        for value in picture[p * length..<(p + 1) * length] {
          bounds[p] = (min(bounds[p].low, value), max(bounds[p].high, value))
        }
      }
    }
    return bounds.map { Int($0.low)...Int($0.high) }
  }

  /// Where each of a tile's 4 × 4 inputs lies among numbers `[H][W][C]`; nil outside the map.
  private func places(of tile: Int) -> [Int?] {
    let first = (
      y: tile / tiles.x * 2 - window.padding.top, x: tile % tiles.x * 2 - window.padding.left
    )
    return (0..<Self.positions).map { p in
      let (y, x) = (first.y + p / 4, first.x + p % 4)
      guard (0..<window.input.y).contains(y), (0..<window.input.x).contains(x) else { return nil }
      return (y * window.input.x + x) * window.channels
    }
  }

  /// `B` of four rows of numbers, `step` apart, in place. Those of the map are below 256, so that none overflows.
  private static func points(_ v: UnsafeMutablePointer<Int16>, _ step: Int, _ channels: Int) {
    for at in 0..<channels {
      let (a, b, c, d) = (v[at], v[at + step], v[at + 2 * step], v[at + 3 * step])
      v[at] = a &- c
      v[at + step] = b &+ c
      v[at + 2 * step] = c &- b
      v[at + 3 * step] = d &- b
    }
  }

  /// `U = G g G′` of the weights `[O][C][3][3]`, at one position: `[O][C]`.
  static func weights(_ weights: [Double], at position: Int) -> [Double] {
    let rows: [[Double]] = [[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]]
    let (y, x) = (rows[position / 4], rows[position % 4])
    let factors = (0..<9).map { y[$0 / 3] * x[$0 % 3] }
    return (0..<weights.count / 9).map { index in
      var sum = 0.0
      for tap in 0..<9 where factors[tap] != 0 { sum += factors[tap] * weights[9 * index + tap] }
      return sum
    }
  }

  /// How often each tile's product at a position counts in the sum over all outputs inside the map: `[tile]`.
  func share(of position: Int) -> [Int] {
    func along(_ point: Int, _ tiles: Int, _ outputs: Int) -> [Int] {
      let first = [1, 1, 1, 0][point], second = [0, 1, -1, 1][point]
      return (0..<tiles).map { 2 * $0 + 1 < outputs ? first + second : first }
    }
    let (rows, columns) = (
      along(position / 4, tiles.y, window.output.y), along(position % 4, tiles.x, window.output.x)
    )
    return rows.flatMap { row in columns.map { row * $0 } }
  }
}

extension Winograd8Input {
  /// Rounds numbers of the given ranges, one per position, so that none is clipped.
  init(_ ranges: [ClosedRange<Int>]) {
    let multipliers = ranges.map { range in
      min(Int(Int16.max), 255 * (1 << 15) / max(1, range.upperBound - range.lowerBound))
    }
    self.init(
      multipliers: multipliers,
      offsets: zip(ranges, multipliers).map { range, multiplier in
        min(255, max(0, -Self.rounded(range.lowerBound, multiplier)))
      })
  }

  private static func rounded(_ value: Int, _ multiplier: Int) -> Int { (value * multiplier + (1 << 14)) >> 15 }

  func rounded(_ value: Int16, at position: Int) -> UInt8 {
    UInt8(min(max(Self.rounded(Int(value), multipliers[position]) + offsets[position], 0), 255))
  }

  /// What a difference of 1 between rounded numbers of a position stands for.
  func step(at position: Int) -> Double { Double(1 << 15) / Double(multipliers[position]) }
}
