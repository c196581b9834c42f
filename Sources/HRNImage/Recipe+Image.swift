import HRNFormat

extension Recipe {
  /// The longest side a prepared picture may have, and the largest crop or pad: that of a JPEG.
  static let largestSide = 65500

  /// Refuses a recipe that cannot be followed for every picture.
  ///
  /// - Parameter pixelLimit: The largest prepared picture, where its size is fixed.
  /// - Throws: `ImageError.unusableRecipe`.
  func check(pixelLimit: Int) throws(ImageError) {
    let sides = 1...Self.largestSide
    guard channels == 1 || channels == 3 else { throw .unusableRecipe("\(channels) channels; 1 and 3 are possible") }
    guard mean.count == channels, std.count == channels else {
      throw .unusableRecipe("\(mean.count) means and \(std.count) deviations for \(channels) channels")
    }
    for value in mean where !value.isFinite { throw .unusableRecipe("a mean is not finite") }
    for value in std where !value.isFinite || value == 0 { throw .unusableRecipe("a deviation is zero or not finite") }
    guard scale.isFinite else { throw .unusableRecipe("the scale is not finite") }
    if let resize {
      guard sides.contains(resize.width), resize.mode == .shorterSide || sides.contains(resize.height) else {
        throw .unusableRecipe("a resize to \(resize.width) x \(resize.height) pixels")
      }
      try checkColor(resize.fill)
    }
    if let crop, !sides.contains(crop.width) || !sides.contains(crop.height) {
      throw .unusableRecipe("a crop of \(crop.width) x \(crop.height) pixels")
    }
    if let pad {
      for side in [pad.left, pad.top, pad.right, pad.bottom] where !(0...Self.largestSide).contains(side) {
        throw .unusableRecipe("a pad of \(side) pixels")
      }
      try checkColor(pad.value)
    }
    if let size = fixedSize, size.width > pixelLimit / size.height {
      throw .unusableRecipe("\(size.width) x \(size.height) pixels, the limit is \(pixelLimit)")
    }
  }

  private func checkColor(_ color: [Int]) throws(ImageError) {
    guard color.count == channels || color.isEmpty else {
      throw .unusableRecipe("a color of \(color.count) values for \(channels) channels")
    }
    for value in color where !(0...255).contains(value) {
      throw .unusableRecipe("a color value of \(value); 0 to 255 are possible")
    }
  }

  /// The size of every prepared picture, or nil where it depends on the picture.
  var fixedSize: (width: Int, height: Int)? {
    let size: (width: Int, height: Int)
    if let crop {
      size = (crop.width, crop.height)
    } else if let resize, resize.mode != .shorterSide {
      size = (resize.width, resize.height)
    } else {
      return nil
    }
    guard let pad else { return size }
    return (size.width + pad.left + pad.right, size.height + pad.top + pad.bottom)
  }

  /// The order of the two passes that the resize filter stands for.
  var resampleOrder: ResampleOrder {
    switch resize?.filter {
    case .bilinearAntialias, nil: .pillow13
    case .bilinearAntialiasHorizontalFirst: .horizontalFirst
    }
  }

  /// A checked color as pixel values; nil where there is none.
  static func color(_ values: [Int]?) -> [UInt8]? {
    guard let values, !values.isEmpty else { return nil }
    var color: [UInt8] = []
    for value in values { color.append(UInt8(clamping: value)) }
    return color
  }
}

/// What a recipe makes of each pixel value, 256 per channel: (value · scale − mean) / std, in this order in float32.
///
/// torch's `(x / 255 − mean) / std` differs by the rounding of one product, at most 6e-8 / std.
package struct Normalization: Sendable {
  private var table: [Float] = []

  /// - Parameter recipe: One mean and one deviation for each channel.
  package init(_ recipe: Recipe) {
    precondition(recipe.mean.count == recipe.channels && recipe.std.count == recipe.channels)
    table.reserveCapacity(recipe.channels * 256)
    for channel in 0..<recipe.channels {
      for value in 0..<256 {
        let scaled = Float(value) * recipe.scale
        table.append((scaled - recipe.mean[channel]) / recipe.std[channel])
      }
    }
  }

  /// The float that stands for `pixel` in `channel`.
  package func value(of pixel: UInt8, channel: Int) -> Float { table[channel * 256 + Int(pixel)] }

  /// Calls `body` with the 256 values of a channel.
  func withTable(of channel: Int, _ body: (UnsafePointer<Float>) -> Void) {
    table.withUnsafeBufferPointer { table in
      guard let first = table.baseAddress else { return }
      body(first + channel * 256)
    }
  }
}
