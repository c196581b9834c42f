import HRNFormat

extension Pool: OpDefinition {
  package static let summary = """
    Keeps the largest element, or the mean, of each window of an image; a global pool has one window, the whole image. \
    Taps outside the image do not count, neither for the maximum nor for the mean.
    """

  package static let examples = [
    OpExample(
      "the maximum of each 3x3 window, stride 2, padding 1",
      .pool(.window(.max, kernel: Extent2D(y: 3, x: 3), stride: Extent2D(y: 2, x: 2), padding: Padding(1))),
      Operands([Value([1, 1, 3, 3], [-1, -2, -3, -4, -5, -6, -7, -8, -9])]),
      gives: Value([1, 1, 2, 2], [-1, -2, -4, -5])),
    OpExample(
      "the mean of a window at the border, of the taps inside",
      .pool(.window(.average, kernel: Extent2D(y: 1, x: 3), stride: Extent2D(y: 1, x: 1), padding: Padding(0))),
      Operands([Value([1, 1, 1, 4], [1, 2, 6, 10])]), gives: Value([1, 1, 1, 2], [3, 6])),
    OpExample(
      "a global mean for each channel", .pool(.global(.average)),
      Operands([Value([1, 2, 1, 2], [1, 3, 10, 30])]), gives: Value([1, 2, 1, 1], [2, 20])),
  ]

  package func evaluate(_ operands: Operands) -> Value {
    let x = operands.inputs[0]
    let (height, width) = (x.shape[2], x.shape[3])
    guard let shape = try? outputShape(inputs: [x.shape], parameters: []) else {
      preconditionFailure("a pool was evaluated on a shape it does not take")
    }
    var y: [Float] = []
    for image in 0..<shape[0] * shape[1] {
      for oy in 0..<shape[2] {
        for ox in 0..<shape[3] {
          let (rows, columns) = taps(oy: oy, ox: ox, height: height, width: width)
          var (largest, sum) = (-Float.infinity, 0.0)
          for iy in rows {
            for ix in columns {
              let element = x.elements[(image * height + iy) * width + ix]
              largest = max(largest, element)
              sum += Double(element)
            }
          }
          y.append(kind == .max ? largest : Float(sum / Double(rows.count * columns.count)))
        }
      }
    }
    return Value(shape, y)
  }

  /// The rows and columns of the input that one position's window covers.
  private func taps(oy: Int, ox: Int, height: Int, width: Int) -> (Range<Int>, Range<Int>) {
    guard case .window(_, let kernel, let stride, let padding) = self else { return (0..<height, 0..<width) }
    let (top, left) = (oy * stride.y - padding.top, ox * stride.x - padding.left)
    return (max(top, 0)..<min(top + kernel.y, height), max(left, 0)..<min(left + kernel.x, width))
  }
}
