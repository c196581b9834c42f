import Testing

@testable import HRNImage

@Suite struct ResampleTests {
  @Test func equalsPillowByteForByte() throws {
    let cases = try Goldens.cases("resize.txt")
    #expect(cases.count == 240)
    for columns in cases {
      let numbers = columns.map { Int($0) ?? 0 }
      let (width, height, channels) = (numbers[2], numbers[3], numbers[4])
      let pixels = SeededBytes.pixels(
        seed: UInt64(numbers[0]), kind: columns[1], count: width * height * channels)
      let image = try PixelBuffer(width: width, height: height, channels: channels, pixels: pixels.span)
      let resized = Picture(try image.resized(width: numbers[5], height: numbers[6]))
      #expect(resized.crc == columns[7], "\(columns.joined(separator: " "))")
      let horizontalFirst = Picture(
        try image.resized(width: numbers[5], height: numbers[6], order: .horizontalFirst))
      #expect(horizontalFirst.crc == columns[8], "horizontal first: \(columns.joined(separator: " "))")
    }
  }

  @Test func keepsAPictureThatKeepsItsSize() throws {
    let pixels = SeededBytes.pixels(seed: 1, kind: "noise", count: 7 * 5 * 3)
    let image = try PixelBuffer(width: 7, height: 5, channels: 3, pixels: pixels.span)
    #expect(Picture(try image.resized(width: 7, height: 5)).bytes == pixels)
  }

  @Test(arguments: [0, 1, 127, 254, 255])
  func keepsAFlatColorFlat(value: UInt8) throws {
    let pixels = [UInt8](repeating: value, count: 97 * 61)
    let image = try PixelBuffer(width: 97, height: 61, channels: 1, pixels: pixels.span)
    for (width, height) in [(1, 1), (13, 60), (300, 62), (96, 1)] {
      #expect(Picture(try image.resized(width: width, height: height)).bytes.allSatisfy { $0 == value })
    }
  }

  @Test func computesOnlyTheWindowWithTheSameBytes() throws {
    let pixels = SeededBytes.pixels(seed: 2, kind: "noise", count: 50 * 40 * 3)
    let image = try PixelBuffer(width: 50, height: 40, channels: 3, pixels: pixels.span)
    for (width, height) in [(30, 70), (50, 20), (81, 40), (60, 15)] {
      let whole = Picture(try image.resized(width: width, height: height))
      let (x, y) = (3..<width - 5, 4..<height - 2)
      var resampler = Resampler()
      // Twice, because a resampler keeps its memory.
      for _ in 0..<2 {
        try resampler.begin(input: (50, 40), output: (width, height), x: x, y: y, channels: 3, order: .pillow13)
        var window = [UInt8](repeating: 0, count: x.count * y.count * 3)
        window.withUnsafeMutableBufferPointer { target in
          image.withPixels { source in
            source.withUnsafeBufferPointer { source in
              for row in 0..<40 {
                resampler.add(source.baseAddress! + row * 150, writing: target.baseAddress!, stride: x.count * 3)
              }
            }
          }
        }
        let expected = y.flatMap { row in
          x.flatMap { column in whole.bytes[(row * width + column) * 3..<(row * width + column) * 3 + 3] }
        }
        #expect(window == expected)
      }
    }
  }

  @Test func resamplesTheVerticalAxisFirstWherePillow13Does() {
    let cases: [(input: (Int, Int), output: (Int, Int), isVerticalFirst: Bool)] = [
      ((500, 375), (550, 550), false), ((500, 600), (550, 550), true), ((768, 1024), (550, 550), true),
      ((100, 100), (90, 80), false), ((100, 100), (90, 79), true), ((60, 300), (40, 260), false),
      ((60, 300), (40, 259), true), ((100, 100), (150, 100), false), ((100, 100), (50, 1), false),
    ]
    for (input, output, expected) in cases {
      #expect(ResampleOrder.pillow13.isVerticalFirst(input: input, output: output) == expected)
      #expect(!ResampleOrder.horizontalFirst.isVerticalFirst(input: input, output: output))
    }
  }

  @Test func weightsOfEveryOutputPixelSumToOne() {
    var axis = ResampleAxis()
    for (input, output) in [(65500, 1), (65500, 550), (1, 999), (3, 2), (448, 448), (375, 550)] {
      axis.prepare(input: input, output: output, window: 0..<output)
      for index in 0..<output {
        let first = index * axis.tapStride
        let sum = axis.weights[first..<first + axis.counts[index]].reduce(0) { $0 + Int($1) }
        #expect(abs(sum - 1 << 22) <= axis.counts[index])
        #expect(axis.starts[index] >= 0 && axis.starts[index] + axis.counts[index] <= input)
        if index > 0 { #expect(axis.starts[index] >= axis.starts[index - 1]) }
      }
    }
  }
}
