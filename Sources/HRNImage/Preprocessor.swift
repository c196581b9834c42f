import HRNFormat

/// From a JPEG's bytes to the pixels a network reads, exactly as the recipe says, in this order:
///
///     decode (islow DCT, fancy upsampling) → EXIF rule → grey or colour → resize → centre crop → pad
///
/// and, for a network that reads floats, `normalize`. Memory is kept from one picture to the next and grows to the
/// largest only: a preprocessor belongs to one thread at a time.
package final class Preprocessor {
  package let recipe: Recipe
  package let limits: DecodeLimits
  /// The size of every prepared picture, or nil where it depends on the picture.
  package let fixedSize: (width: Int, height: Int)?
  /// The picture prepared last: u8 `[height][width][channels]` in the recipe's colour order.
  package private(set) var pixels = PixelBuffer()

  private let normalization: Normalization
  private var decoded = PixelBuffer()
  private var row = PixelStorage()
  private var resampler = Resampler()

  /// - Throws: `ImageError.unusableRecipe` where the recipe contradicts itself or asks for more than `limits`.
  package init(_ recipe: Recipe, limits: DecodeLimits = DecodeLimits()) throws(ImageError) {
    try recipe.check(pixelLimit: limits.pixelCount)
    self.recipe = recipe
    self.limits = limits
    fixedSize = recipe.fixedSize
    normalization = Normalization(recipe)
  }

  /// Decodes `jpeg` and prepares its pixels, which `pixels` holds until the next call. After an error they are undefined.
  ///
  /// With `reducedDecode`, a photograph is decoded at the smallest of 1/8, 1/4 and 1/2 that leaves both sides at least
  /// twice as long as they are resized to.
  ///
  /// - Throws: `ImageError`.
  @discardableResult
  package func prepare(jpeg: Span<UInt8>) throws(ImageError) -> JPEGInfo {
    try jpeg.withUnsafeBufferPointer { (bytes) throws(ImageError) in
      var decoder = try JPEGDecoder(bytes, limits: limits)
      let info = decoder.info
      let orientation: Orientation = recipe.exif == .apply ? info.orientation : .upright
      let placement = try place(
        width: orientation.swapsSides ? info.height : info.width,
        height: orientation.swapsSides ? info.width : info.height)
      try decoder.start(
        channels: recipe.channels, denominator: denominator(for: info, orientation, resizedTo: placement))
      if orientation == .upright {
        try resampleWhileDecoding(&decoder, placement)
      } else {
        try decoder.readAll(channels: recipe.channels, into: &decoded)
        try resample(decoded, upright: orientation, placement)
      }
      if recipe.colorOrder == .bgr { pixels.swapRedAndBlue(x: placement.image.x, y: placement.image.y) }
      return decoder.info
    }
  }

  /// Prepares pixels that are decoded already, u8 RGB or grey as the recipe's `channels` says.
  ///
  /// - Throws: `ImageError.outOfMemory`, or `tooLarge` where the prepared picture would be.
  package func prepare(_ image: borrowing PixelBuffer, orientation: Orientation = .upright) throws(ImageError) {
    precondition(image.channels == recipe.channels && image.byteCount > 0, "The picture contradicts the recipe.")
    let orientation: Orientation = recipe.exif == .apply ? orientation : .upright
    let size = image.size(upright: orientation)
    let placement = try place(width: size.width, height: size.height)
    try resample(image, upright: orientation, placement)
    if recipe.colorOrder == .bgr { pixels.swapRedAndBlue(x: placement.image.x, y: placement.image.y) }
  }

  /// Writes the prepared picture as float32 `[channels][height][width]`: (pixel · scale − mean) / std per channel, in
  /// this order in float32.
  package func normalize(into target: UnsafeMutableBufferPointer<Float>) {
    precondition(target.count == pixels.byteCount, "The tensor's size contradicts the picture's.")
    guard let first = target.baseAddress else { return }
    let plane = pixels.width * pixels.height
    let channels = pixels.channels
    let source = pixels.storage.base
    for channel in 0..<channels {
      normalization.withTable(of: channel) { table in
        for index in 0..<plane { first[channel * plane + index] = table[Int(source[index * channels + channel])] }
      }
    }
  }

  // MARK: Steps

  /// Gives `pixels` its size and fills what the picture does not cover.
  private func place(width: Int, height: Int) throws(ImageError) -> Placement {
    let placement = Placement(recipe, width: width, height: height)
    guard placement.width <= limits.pixelCount / placement.height else {
      throw .tooLarge(width: placement.width, height: placement.height, limit: limits.pixelCount)
    }
    try pixels.reshape(width: placement.width, height: placement.height, channels: recipe.channels)
    let black = [UInt8](repeating: 0, count: recipe.channels)
    if let pad = recipe.pad {
      pixels.fill(x: 0..<placement.width, y: 0..<placement.height, color: Recipe.color(pad.value) ?? black)
    }
    if placement.crop != placement.canvas {
      pixels.fill(x: placement.crop.x, y: placement.crop.y, color: black)
    }
    if placement.canvas != placement.image {
      pixels.fill(x: placement.canvas.x, y: placement.canvas.y, color: Recipe.color(recipe.resize?.fill) ?? black)
    }
    return placement
  }

  private func denominator(for info: JPEGInfo, _ orientation: Orientation, resizedTo placement: Placement) -> Int {
    guard recipe.reducedDecode, recipe.resize != nil else { return 1 }
    let width = orientation.swapsSides ? placement.resizedHeight : placement.resizedWidth
    let height = orientation.swapsSides ? placement.resizedWidth : placement.resizedHeight
    for denominator in [8, 4, 2]
    where info.width / denominator >= 2 * width && info.height / denominator >= 2 * height {
      return denominator
    }
    return 1
  }

  private func begin(_ placement: Placement, width: Int, height: Int) throws(ImageError) {
    try resampler.begin(
      input: (width, height), output: (placement.resizedWidth, placement.resizedHeight), x: placement.window.x,
      y: placement.window.y, channels: recipe.channels, order: recipe.resampleOrder)
    try row.reserve(width * recipe.channels)
  }

  /// The window's first byte in `pixels`, and the distance of two rows.
  private func target(_ placement: Placement) -> (first: UnsafeMutablePointer<UInt8>, stride: Int) {
    let first = placement.image.y.lowerBound * placement.width + placement.image.x.lowerBound
    return (pixels.storage.base + first * recipe.channels, placement.width * recipe.channels)
  }

  private func resampleWhileDecoding(_ decoder: inout JPEGDecoder, _ placement: Placement) throws(ImageError) {
    try begin(placement, width: decoder.width, height: decoder.height)
    let target = target(placement)
    for _ in 0..<decoder.height {
      try decoder.read(row.base, stride: decoder.width * recipe.channels)
      resampler.add(row.base, writing: target.first, stride: target.stride)
    }
    try decoder.finish()
  }

  private func resample(
    _ image: borrowing PixelBuffer, upright orientation: Orientation, _ placement: Placement
  ) throws(ImageError) {
    let size = image.size(upright: orientation)
    try begin(placement, width: size.width, height: size.height)
    let target = target(placement)
    for y in 0..<size.height {
      image.copyRow(y, upright: orientation, to: row.base)
      resampler.add(row.base, writing: target.first, stride: target.stride)
    }
  }
}
