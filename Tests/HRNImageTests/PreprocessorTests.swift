import HRNFormat
import Testing

@testable import HRNImage

@Suite struct PreprocessorTests {
  private static let plain = Recipe(channels: 3, scale: 1 / 255, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5])

  /// The recipes of make-goldens.py, by name.
  private static let recipes: [String: Recipe] = {
    var squash = plain
    squash.resize = Recipe.Resize(mode: .squash, width: 41, height: 38)
    squash.crop = Recipe.Size(width: 30, height: 29)
    var shorter = plain
    shorter.exif = .apply
    shorter.resize = Recipe.Resize(mode: .shorterSide, width: 24, height: 0)
    shorter.crop = Recipe.Size(width: 24, height: 24)
    var letterbox = plain
    letterbox.exif = .apply
    letterbox.resize = Recipe.Resize(mode: .letterbox, width: 40, height: 40, fill: [1, 2, 250])
    var grey = Recipe(channels: 1, scale: 1, mean: [0], std: [1])
    grey.resize = Recipe.Resize(mode: .squash, width: 20, height: 50)
    grey.pad = Recipe.Pad(left: 1, top: 2, right: 3, bottom: 4, value: [128])
    var bgr = plain
    bgr.colorOrder = .bgr
    bgr.resize = Recipe.Resize(mode: .squash, width: 33, height: 33)
    var large = plain
    large.crop = Recipe.Size(width: 60, height: 20)
    large.pad = Recipe.Pad(left: 0, top: 5, right: 6, bottom: 0, value: [9, 8, 7])
    return [
      "squash-crop": squash, "shorter-side": shorter, "letterbox": letterbox, "grey-pad": grey, "bgr": bgr,
      "large-crop": large,
    ]
  }()

  private func unusable(_ recipe: Recipe) -> Bool {
    do throws(ImageError) {
      _ = try Preprocessor(recipe)
      return false
    } catch {
      if case .unusableRecipe = error { return true }
      return false
    }
  }

  @Test func preparesEveryImageByEveryRecipeAsPillowDoes() throws {
    var preprocessors: [String: Preprocessor] = [:]
    for (name, recipe) in Self.recipes { preprocessors[name] = try Preprocessor(recipe) }
    for columns in try Goldens.cases("prepare.txt") {
      let jpeg = try Goldens.jpeg(columns[0])
      let preprocessor = try #require(preprocessors[columns[1]])
      let info = try preprocessor.prepare(jpeg)
      let prepared = Picture(preprocessor.pixels)
      #expect(
        [String(prepared.width), String(prepared.height), prepared.crc] == Array(columns[2...4]),
        "\(columns[0]) \(columns[1])")

      var image = PixelBuffer()
      try JPEG.decode(jpeg.span, channels: preprocessor.recipe.channels, into: &image)
      try preprocessor.prepare(image, orientation: info.orientation)
      #expect(Picture(preprocessor.pixels) == prepared, "decoded before: \(columns[0]) \(columns[1])")
    }
  }

  @Test func cropsTheOriginalsCenter() {
    var recipe = Self.plain
    recipe.resize = Recipe.Resize(mode: .squash, width: 550, height: 550)
    recipe.crop = Recipe.Size(width: 448, height: 448)
    let placement = Placement(recipe, width: 500, height: 375)
    #expect(placement.window == Placement.Rectangle(x: 51..<499, y: 51..<499))
    #expect(placement.image == Placement.Rectangle(x: 0..<448, y: 0..<448))
    #expect(placement.width == 448 && placement.height == 448)
  }

  @Test func halvesToEvenAsPythonDoes() {
    #expect((0...9).map(Placement.half) == [0, 0, 1, 2, 2, 2, 3, 4, 4, 4])
  }

  @Test func placesEveryPictureInsideItsCanvas() {
    var random = SeededBytes(seed: 11)
    for _ in 0..<2000 {
      var recipe = Self.plain
      func side() -> Int { 1 + random.number(below: 60) }
      if let mode = [nil, ResizeMode.squash, .shorterSide, .letterbox][random.number(below: 4)] {
        recipe.resize = Recipe.Resize(mode: mode, width: side(), height: side())
      }
      if random.number(below: 2) == 0 { recipe.crop = Recipe.Size(width: side(), height: side()) }
      let placement = Placement(recipe, width: side(), height: side())
      #expect(placement.window.x.count == placement.image.x.count && !placement.image.x.isEmpty)
      #expect(placement.window.y.count == placement.image.y.count && !placement.image.y.isEmpty)
      #expect(placement.window.x.upperBound <= placement.resizedWidth && placement.window.x.lowerBound >= 0)
      #expect(placement.window.y.upperBound <= placement.resizedHeight && placement.window.y.lowerBound >= 0)
      #expect(placement.image.x.upperBound <= placement.width && placement.image.y.upperBound <= placement.height)
      if let crop = recipe.crop { #expect(placement.width == crop.width && placement.height == crop.height) }
    }
  }

  @Test func normalizesToPlanesWithinAMillionthOfTorch() throws {
    let mean: [Float] = [0.485, 0.456, 0.406]
    let std: [Float] = [0.229, 0.224, 0.225]
    let preprocessor = try Preprocessor(Recipe(channels: 3, scale: 1 / 255, mean: mean, std: std))
    let pixels = (0..<256).flatMap { [UInt8($0), UInt8(255 - $0), UInt8($0 ^ 85)] }
    try preprocessor.prepare(try PixelBuffer(width: 64, height: 4, channels: 3, pixels: pixels.span))
    var planes = [Float](repeating: .nan, count: 768)
    planes.withUnsafeMutableBufferPointer { preprocessor.normalize(into: $0) }
    for channel in 0..<3 {
      for index in 0..<256 {
        let torch = (Float(pixels[index * 3 + channel]) / 255 - mean[channel]) / std[channel]
        #expect(abs(planes[channel * 256 + index] - torch) <= 1e-6)
      }
    }
  }

  @Test func normalizesTheOriginalsRangeToMinusOneAndOne() {
    let normalization = Normalization(Self.plain)
    #expect(normalization.value(of: 0, channel: 0) == -1)
    #expect(normalization.value(of: 255, channel: 2) == 1)
  }

  @Test func decodesLargePhotographsReducedOnlyWhenTheRecipeSaysSo() throws {
    var recipe = Self.plain
    recipe.resize = Recipe.Resize(mode: .squash, width: 5, height: 3)
    let whole = try Preprocessor(recipe)
    recipe.reducedDecode = true
    let reduced = try Preprocessor(recipe)
    let jpeg = try Goldens.jpeg("444")
    try whole.prepare(jpeg)
    try reduced.prepare(jpeg)
    #expect(reduced.pixels.width == 5 && reduced.pixels.height == 3)
    #expect(Picture(whole.pixels) != Picture(reduced.pixels))
    // 45 x 31 at 1/4 leaves 11 x 7, at least twice 5 x 3.
    var quarter = PixelBuffer()
    try JPEG.decode(jpeg.span, denominator: 4, into: &quarter)
    #expect(Picture(try quarter.resized(width: 5, height: 3)) == Picture(reduced.pixels))
  }

  @Test func knowsTheSizeOfEveryPreparedPictureWhereThereIsOne() throws {
    for (name, recipe) in Self.recipes {
      let size = try #require(try Preprocessor(recipe).fixedSize)
      let line = try #require(try Goldens.cases("prepare.txt").first { $0[1] == name })
      #expect([String(size.width), String(size.height)] == Array(line[2...3]))
    }
    #expect(try Preprocessor(Self.plain).fixedSize == nil)
  }

  @Test func keepsWorkingAfterAnError() throws {
    let preprocessor = try Preprocessor(try #require(Self.recipes["letterbox"]))
    let jpeg = try Goldens.jpeg("420")
    try preprocessor.prepare(jpeg)
    let expected = Picture(preprocessor.pixels)
    #expect(throws: ImageError.truncated("Premature end of JPEG file")) {
      try preprocessor.prepare(Array(jpeg.dropLast(100)))
    }
    try preprocessor.prepare(jpeg)
    #expect(Picture(preprocessor.pixels) == expected)
  }

  @Test func keepsItsMemoryFromPictureToPicture() throws {
    let preprocessor = try Preprocessor(try #require(Self.recipes["shorter-side"]))
    for name in try Goldens.jpegNames() { try preprocessor.prepare(try Goldens.jpeg(name)) }
    let memory = preprocessor.pixels.storage.base
    for name in try Goldens.jpegNames() { try preprocessor.prepare(try Goldens.jpeg(name)) }
    #expect(preprocessor.pixels.storage.base == memory)
  }

  @Test func refusesRecipesThatCannotBeFollowed() {
    let defects: [(inout Recipe) -> Void] = [
      { $0.channels = 2 },
      { $0.mean = [0] },
      { $0.std = [1, 1, 0] },
      { $0.std = [1, 1, .nan] },
      { $0.mean = [0, .infinity, 0] },
      { $0.scale = .nan },
      { $0.resize = Recipe.Resize(mode: .squash, width: 0, height: 5) },
      { $0.resize = Recipe.Resize(mode: .squash, width: 5, height: -1) },
      { $0.resize = Recipe.Resize(mode: .squash, width: 65500, height: 65500) },
      { $0.resize = Recipe.Resize(mode: .letterbox, width: 5, height: 5, fill: [1]) },
      { $0.resize = Recipe.Resize(mode: .letterbox, width: 5, height: 5, fill: [1, 2, 256]) },
      { $0.crop = Recipe.Size(width: .max, height: 5) },
      { $0.pad = Recipe.Pad(left: -1, top: 0, right: 0, bottom: 0, value: []) },
      { $0.pad = Recipe.Pad(left: 0, top: 0, right: .max, bottom: 0, value: []) },
      { $0.pad = Recipe.Pad(left: 0, top: 0, right: 0, bottom: 0, value: [-1, 0, 0]) },
    ]
    for (index, defect) in defects.enumerated() {
      var recipe = Self.plain
      defect(&recipe)
      #expect(unusable(recipe), "defect \(index)")
    }
    #expect(!unusable(Self.plain))
  }

  @Test func refusesAPreparedPictureBeyondTheLimit() throws {
    var recipe = Self.plain
    recipe.resize = Recipe.Resize(mode: .shorterSide, width: 60000, height: 0)
    let preprocessor = try Preprocessor(recipe)
    #expect(throws: ImageError.tooLarge(width: 87096, height: 60000, limit: 100_000_000)) {
      try preprocessor.prepare(try Goldens.jpeg("420"))
    }
  }
}

extension Preprocessor {
  @discardableResult
  func prepare(_ jpeg: [UInt8]) throws(ImageError) -> JPEGInfo { try prepare(jpeg: jpeg.span) }
}
