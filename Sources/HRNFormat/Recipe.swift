package enum ColorOrder: Int32, Sendable {
  case rgb = 1
  case bgr = 2
}

/// What becomes of a JPEG's EXIF orientation.
package enum ExifRule: Int32, Sendable {
  case ignore = 1
  case apply = 2
}

package enum ResizeFilter: Int32, Sendable {
  /// Pillow's `BILINEAR`, bit for bit, as version 13 and later compute it: the vertical axis first where the height
  /// shrinks and loses more than twice as many pixels as the width.
  case bilinearAntialias = 1
  /// The same as Pillow up to version 12 computes it: always the horizontal axis first.
  case bilinearAntialiasHorizontalFirst = 2
}

package enum ResizeMode: Int32, Sendable {
  /// To width × height; the aspect ratio is not kept.
  case squash = 1
  /// The shorter side to `width`, the other in proportion, rounded down.
  case shorterSide = 2
  /// Fits inside width × height, centred; the rest is filled.
  case letterbox = 3
}

/// From a JPEG file to the network's input, in this order: decode (islow DCT, fancy upsampling), EXIF rule, colour
/// conversion, resize, centre crop, pad, then `(pixel · scale − mean) / std` per channel.
package struct Recipe: Equatable, Sendable {
  package struct Resize: Equatable, Sendable {
    package var filter: ResizeFilter
    package var mode: ResizeMode
    package var width: Int
    package var height: Int
    /// Letterbox: one value per channel.
    package var fill: [Int]

    package init(
      filter: ResizeFilter = .bilinearAntialias, mode: ResizeMode, width: Int, height: Int, fill: [Int] = []
    ) {
      self.filter = filter
      self.mode = mode
      self.width = width
      self.height = height
      self.fill = fill
    }
  }

  package struct Size: Equatable, Sendable {
    package var width: Int
    package var height: Int

    package init(width: Int, height: Int) {
      self.width = width
      self.height = height
    }
  }

  package struct Pad: Equatable, Sendable {
    package var left: Int
    package var top: Int
    package var right: Int
    package var bottom: Int
    /// One per channel.
    package var value: [Int]

    package init(left: Int, top: Int, right: Int, bottom: Int, value: [Int]) {
      self.left = left
      self.top = top
      self.right = right
      self.bottom = bottom
      self.value = value
    }
  }

  /// 1 (Pillow's `L`) or 3.
  package var channels: Int
  package var colorOrder: ColorOrder
  package var exif: ExifRule
  package var resize: Resize?
  package var crop: Size?
  package var pad: Pad?
  package var scale: Float
  package var mean: [Float]
  package var std: [Float]
  /// Whether large photographs may be decoded at 1/2, 1/4 or 1/8.
  package var reducedDecode: Bool

  package init(
    channels: Int, colorOrder: ColorOrder = .rgb, exif: ExifRule = .ignore, resize: Resize? = nil, crop: Size? = nil,
    pad: Pad? = nil, scale: Float, mean: [Float], std: [Float], reducedDecode: Bool = false
  ) {
    self.channels = channels
    self.colorOrder = colorOrder
    self.exif = exif
    self.resize = resize
    self.crop = crop
    self.pad = pad
    self.scale = scale
    self.mean = mean
    self.std = std
    self.reducedDecode = reducedDecode
  }
}
