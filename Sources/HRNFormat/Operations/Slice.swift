/// `y = x[:, begin ..< begin + count]` of `[N, C, H, W]` or `[N, F]`.
package struct Slice: Equatable, Sendable {
  package var begin: Int
  package var count: Int

  package init(begin: Int, count: Int) {
    self.begin = begin
    self.count = count
  }

  /// The shape of the result: the input's, with `count` along axis 1; throws what does not fit.
  package func outputShape(inputs: [[Int]], parameters: [[Int]]) throws(ShapeError) -> [Int] {
    try expectCounts(inputs: inputs, 1...1, parameters: parameters, 0...0)
    try expectImageOrVector(.input(0), inputs[0])
    guard count > 0 else { throw .attribute("count", found: count, expected: "1 or more") }
    let channels = inputs[0][1]
    guard begin >= 0, begin < channels else {
      throw .attribute("begin", found: begin, expected: "0 or more and less than \(channels)")
    }
    guard count <= channels - begin else {
      throw .attribute("count", found: count, expected: "at most \(channels - begin) from \(begin) on")
    }
    var output = inputs[0]
    output[1] = count
    return output
  }
}
