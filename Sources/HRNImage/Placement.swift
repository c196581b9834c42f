import HRNFormat

/// Where the pixels of a picture go: the size it is resized to, the part of that which is used, and where this part
/// lies in the prepared picture. Computed from the recipe and the picture's upright size, nothing else.
///
///     resize → (letterbox: centre on a canvas) → centre crop → pad
struct Placement: Equatable {
  struct Rectangle: Equatable {
    var x: Range<Int>
    var y: Range<Int>
  }

  /// The size of the whole resized picture.
  var resizedWidth: Int
  var resizedHeight: Int
  /// The part of the resized picture that is used.
  var window: Rectangle
  /// The size of the prepared picture.
  var width: Int
  var height: Int
  /// In the prepared picture: what is not padding; the letterbox's canvas; the window.
  var crop: Rectangle
  var canvas: Rectangle
  var image: Rectangle

  /// - Parameters:
  ///   - recipe: Checked, see `Recipe.check`.
  ///   - width: Of the upright picture; at least 1, as is `height`.
  init(_ recipe: Recipe, width: Int, height: Int) {
    let resized = Self.resizedSize(recipe.resize, width: width, height: height)
    var canvasSize = resized
    if let resize = recipe.resize, resize.mode == .letterbox { canvasSize = (resize.width, resize.height) }
    let horizontal = Axis(
      resized: resized.width, canvas: canvasSize.width, crop: recipe.crop?.width, before: recipe.pad?.left ?? 0,
      after: recipe.pad?.right ?? 0)
    let vertical = Axis(
      resized: resized.height, canvas: canvasSize.height, crop: recipe.crop?.height, before: recipe.pad?.top ?? 0,
      after: recipe.pad?.bottom ?? 0)
    resizedWidth = resized.width
    resizedHeight = resized.height
    window = Rectangle(x: horizontal.window, y: vertical.window)
    self.width = horizontal.count
    self.height = vertical.count
    crop = Rectangle(x: horizontal.crop, y: vertical.crop)
    canvas = Rectangle(x: horizontal.canvas, y: vertical.canvas)
    image = Rectangle(x: horizontal.image, y: vertical.image)
  }

  /// The size that `resize` gives a picture.
  ///
  /// - Squash: width × height.
  /// - Shorter side: the shorter side becomes `width`; the other ⌊width · longer / shorter⌋, as torchvision's
  ///   `Resize(int)`.
  /// - Letterbox: the largest size of the picture's proportions inside width × height; the side that follows is rounded
  ///   half to even and at least 1, as Pillow's `ImageOps.contain`.
  static func resizedSize(_ resize: Recipe.Resize?, width: Int, height: Int) -> (width: Int, height: Int) {
    guard let resize else { return (width, height) }
    switch resize.mode {
    case .squash:
      return (resize.width, resize.height)
    case .shorterSide:
      return width <= height
        ? (resize.width, resize.width * height / width) : (resize.width * width / height, resize.width)
    case .letterbox:
      let ratio = Double(width) / Double(height)
      let wanted = Double(resize.width) / Double(resize.height)
      if ratio > wanted {
        let side = (Double(height) / Double(width) * Double(resize.width)).rounded(.toNearestOrEven)
        return (resize.width, max(Int(side), 1))
      }
      if ratio < wanted {
        let side = (Double(width) / Double(height) * Double(resize.height)).rounded(.toNearestOrEven)
        return (max(Int(side), 1), resize.height)
      }
      return (resize.width, resize.height)
    }
  }

  /// Half of `difference` ≥ 0, rounded half to even: Python's `round(difference / 2)`, which torchvision's
  /// `CenterCrop` and Pillow's `ImageOps.pad` place with.
  static func half(_ difference: Int) -> Int {
    let half = difference / 2
    return difference % 2 == 1 && half % 2 == 1 ? half + 1 : half
  }

  /// The same along one axis.
  private struct Axis {
    var window: Range<Int>
    var count: Int
    var crop: Range<Int>
    var canvas: Range<Int>
    var image: Range<Int>

    init(resized: Int, canvas canvasCount: Int, crop cropCount: Int?, before: Int, after: Int) {
      let cropCount = cropCount ?? canvasCount
      // A crop that is larger than the canvas has ⌊half⌋ of the difference before it, as in torchvision.
      let shift =
        canvasCount >= cropCount ? -Placement.half(canvasCount - cropCount) : (cropCount - canvasCount) / 2
      let imageStart = before + shift + Placement.half(canvasCount - resized)
      crop = before..<(before + cropCount)
      canvas = (before + shift..<before + shift + canvasCount).clamped(to: crop)
      image = (imageStart..<imageStart + resized).clamped(to: crop)
      window = (image.lowerBound - imageStart)..<(image.upperBound - imageStart)
      count = before + cropCount + after
    }
  }
}
