import HRNFormat

extension Quantization {
  /// uint8 over `range`, which holds zero: zero is one of the 256 values exactly, and is stored as 0 where nothing is
  /// negative. A range of nothing but zero gets the scale 1.
  static func uint8(_ range: ClosedRange<Double>) -> Quantization {
    precondition(range.contains(0), "the range of an activation holds zero")
    let width = range.upperBound - range.lowerBound
    // A step that float32 cannot tell from zero stands for values that are zero.
    let step = Float(width / 255)
    guard step >= .leastNormalMagnitude else { return Quantization(scale: [1], zeroPoint: [0]) }
    let zero = (-range.lowerBound / Double(step)).rounded(.toNearestOrEven)
    return Quantization(scale: [step], zeroPoint: [Float(min(max(zero, 0), 255))])
  }

  /// Raw pixels: `(p · scale − mean) / std = (scale / std) · (p − mean / scale)`, one of each per channel.
  static func pixels(_ recipe: Recipe) -> Quantization {
    Quantization(
      scale: recipe.std.map { Float(Double(recipe.scale) / Double($0)) },
      zeroPoint: recipe.mean.map { Float(Double($0) / Double(recipe.scale)) }, axis: 1)
  }

  /// The same of pixels less the one that is nearest to the mean. What is left is a whole number, which bfloat16 holds,
  /// and in its middle, where sums of it are small.
  package static func centredPixels(_ recipe: Recipe) -> Quantization {
    var quantization = pixels(recipe)
    quantization.zeroPoint = recipe.mean.map { mean in
      let zero = Double(mean) / Double(recipe.scale)
      return Float(zero - min(max(zero.rounded(), 0), 255))
    }
    return quantization
  }
}
