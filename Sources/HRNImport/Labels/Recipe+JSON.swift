import HRNFormat

extension Recipe {
  /// A recipe by protobuf's JSON mapping of the schema's message.
  init(_ json: JSON) throws(MappingError) {
    var fields = try MessageFields(json)
    self.init(
      channels: try fields.required("channels") { (fields, name) throws(MappingError) in try fields.integer(name) },
      colorOrder: try fields.enumerator("color_order", ["COLOR_RGB": .rgb, "COLOR_BGR": .bgr]) ?? .rgb,
      exif: try fields.enumerator("exif", ["EXIF_IGNORE": .ignore, "EXIF_APPLY": .apply]) ?? .ignore,
      resize: try fields.message("resize").map { (fields) throws(MappingError) in try Resize(fields) },
      crop: try fields.message("crop").map { (fields) throws(MappingError) in try Size(fields) },
      pad: try fields.message("pad").map { (fields) throws(MappingError) in try Pad(fields) },
      scale: try fields.required("scale") { (fields, name) throws(MappingError) in try fields.number(name) },
      mean: try fields.numbers("mean"), std: try fields.numbers("std"),
      reducedDecode: try fields.flag("reduced_decode") ?? false)
    try fields.finish()
  }

  /// Height and width of the picture that it makes; nil where they depend on the picture that it is given.
  var size: (height: Int, width: Int)? {
    var size = crop.map { (height: $0.height, width: $0.width) }
    if size == nil, let resize, resize.mode != .shorterSide { size = (resize.height, resize.width) }
    guard let size else { return nil }
    let (top, left, bottom, right) = pad.map { ($0.top, $0.left, $0.bottom, $0.right) } ?? (0, 0, 0, 0)
    return (size.height + top + bottom, size.width + left + right)
  }

  /// The recipe that the authors of HRN test by: squashed to 550 x 550 by a Pillow before version 13, the central
  /// 448 x 448, and each channel from −1 to 1.
  ///
  /// - Source: github MonsterZhZh/HRN, commit 59944e4, `dataset.py` of both parts.
  static let authors = Recipe(
    channels: 3,
    resize: Resize(filter: .bilinearAntialiasHorizontalFirst, mode: .squash, width: 550, height: 550),
    crop: Size(width: 448, height: 448), scale: 1 / 255, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5])
}

extension Recipe.Resize {
  fileprivate init(_ fields: MessageFields) throws(MappingError) {
    var fields = fields
    let filters: KeyValuePairs<String, ResizeFilter> = [
      "RESIZE_BILINEAR_ANTIALIAS": .bilinearAntialias,
      "RESIZE_BILINEAR_ANTIALIAS_HORIZONTAL_FIRST": .bilinearAntialiasHorizontalFirst,
    ]
    let modes: KeyValuePairs<String, ResizeMode> = [
      "RESIZE_SQUASH": .squash, "RESIZE_SHORTER_SIDE": .shorterSide, "RESIZE_LETTERBOX": .letterbox,
    ]
    self.init(
      filter: try fields.required("filter") { (fields, name) throws(MappingError) in
        try fields.enumerator(name, filters)
      },
      mode: try fields.required("mode") { (fields, name) throws(MappingError) in try fields.enumerator(name, modes) },
      width: try fields.required("width") { (fields, name) throws(MappingError) in try fields.integer(name) },
      height: try fields.required("height") { (fields, name) throws(MappingError) in try fields.integer(name) },
      fill: try fields.integers("fill"))
    try fields.finish()
  }
}

extension Recipe.Size {
  fileprivate init(_ fields: MessageFields) throws(MappingError) {
    var fields = fields
    self.init(
      width: try fields.required("width") { (fields, name) throws(MappingError) in try fields.integer(name) },
      height: try fields.required("height") { (fields, name) throws(MappingError) in try fields.integer(name) })
    try fields.finish()
  }
}

extension Recipe.Pad {
  fileprivate init(_ fields: MessageFields) throws(MappingError) {
    var fields = fields
    self.init(
      left: try fields.integer("left") ?? 0, top: try fields.integer("top") ?? 0,
      right: try fields.integer("right") ?? 0, bottom: try fields.integer("bottom") ?? 0,
      value: try fields.integers("value"))
    try fields.finish()
  }
}
