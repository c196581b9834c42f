/// Pictures that nobody took, with a photograph's statistics: brightness and colour that vary at every scale, more the
/// larger the scale, and a few hard edges.
package enum SyntheticPicture {
  private static let edges = 6

  /// The pixels `[size][size][3]`, a function of size and seed.
  package static func pixels(size: Int, seed: UInt64) -> [UInt8] {
    var random = SplitMix(seed: seed &* 0x9E37 &+ 0x51)
    let brightness = field(size, &random)
    var pixels = [UInt8](repeating: 0, count: size * size * 3)
    for channel in 0..<3 {
      let tint = field(size, &random)
      let (level, contrast) = (115 + 20 * random.normal(), 30 + 30 * random.unit())
      var plane = (0..<size * size).map { level + contrast * (0.85 * brightness[$0] + 0.5 * tint[$0]) }
      for _ in 0..<edges { addRectangle(&plane, size, &random) }
      for index in plane.indices { pixels[index * 3 + channel] = UInt8(min(max(plane[index], 0), 255)) }
    }
    return pixels
  }

  /// From a grid to one twice as fine. In photographs the amplitude of a frequency falls a little faster than 1 / f, and
  /// an octave has twice as many frequencies along either axis as the one below.
  private static let strengthPerOctave: Float = 0.9

  /// Values of mean 0 and deviation 1: random grids of every fineness, interpolated and summed.
  private static func field(_ size: Int, _ random: inout SplitMix) -> [Float] {
    var values = [Float](repeating: 0, count: size * size)
    var (cells, strength) = (2, Float(1))
    while cells <= size {
      let grid = (0..<(cells + 1) * (cells + 1)).map { _ in random.normal() }
      for y in 0..<size {
        let (row, dy) = position(y, size, cells)
        for x in 0..<size {
          let (column, dx) = position(x, size, cells)
          let corner = row * (cells + 1) + column
          let top = grid[corner] + (grid[corner + 1] - grid[corner]) * dx
          let bottom = grid[corner + cells + 1] + (grid[corner + cells + 2] - grid[corner + cells + 1]) * dx
          values[y * size + x] += (top + (bottom - top) * dy) * strength
        }
      }
      cells *= 2
      strength *= strengthPerOctave
    }
    let mean = values.reduce(0, +) / Float(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(values.count)
    return values.map { ($0 - mean) / variance.squareRoot() }
  }

  /// The cell that a pixel lies in, and how far.
  private static func position(_ pixel: Int, _ size: Int, _ cells: Int) -> (cell: Int, part: Float) {
    let place = Float(pixel * cells) / Float(size)
    return (Int(place), place - Float(Int(place)))
  }

  private static func addRectangle(_ plane: inout [Float], _ size: Int, _ random: inout SplitMix) {
    let (top, left) = (random.below(size), random.below(size))
    let (height, width) = (size / 16 + random.below(size / 4), size / 16 + random.below(size / 4))
    let brightness = 40 * random.normal()
    for y in top..<min(top + height, size) {
      for x in left..<min(left + width, size) { plane[y * size + x] += brightness }
    }
  }
}
