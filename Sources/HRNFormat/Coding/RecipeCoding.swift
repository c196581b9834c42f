import CHRNSchema

extension Recipe {
  init(_ reader: MessageReader) throws(FormatError) {
    self.init(
      channels: try reader.requiredInt(HRN_RECIPE_CHANNELS),
      colorOrder: reader.enumerator(HRN_RECIPE_COLOR_ORDER) ?? .rgb,
      exif: reader.enumerator(HRN_RECIPE_EXIF) ?? .ignore,
      resize: try decode(reader.child(HRN_RECIPE_RESIZE, HRN_MESSAGE_RESIZE)) { reader throws(FormatError) in
        Resize(
          filter: try reader.requiredEnumerator(HRN_RESIZE_FILTER),
          mode: try reader.requiredEnumerator(HRN_RESIZE_MODE),
          width: try reader.requiredInt(HRN_RESIZE_WIDTH),
          height: try reader.requiredInt(HRN_RESIZE_HEIGHT),
          fill: reader.ints(HRN_RESIZE_FILL))
      },
      crop: try decode(reader.child(HRN_RECIPE_CROP, HRN_MESSAGE_SIZE)) { reader throws(FormatError) in
        Size(width: try reader.requiredInt(HRN_SIZE_WIDTH), height: try reader.requiredInt(HRN_SIZE_HEIGHT))
      },
      pad: try decode(reader.child(HRN_RECIPE_PAD, HRN_MESSAGE_PAD)) { reader throws(FormatError) in
        Pad(
          left: try reader.int(HRN_PAD_LEFT) ?? 0, top: try reader.int(HRN_PAD_TOP) ?? 0,
          right: try reader.int(HRN_PAD_RIGHT) ?? 0, bottom: try reader.int(HRN_PAD_BOTTOM) ?? 0,
          value: reader.ints(HRN_PAD_VALUE))
      },
      scale: try reader.requiredFloat(HRN_RECIPE_SCALE),
      mean: reader.floats(HRN_RECIPE_MEAN),
      std: reader.floats(HRN_RECIPE_STD),
      reducedDecode: reader.flag(HRN_RECIPE_REDUCED_DECODE))
  }

  func write(_ writer: MessageWriter) {
    writer.put(HRN_RECIPE_CHANNELS, channels)
    writer.put(HRN_RECIPE_COLOR_ORDER, enumerator: colorOrder)
    writer.put(HRN_RECIPE_EXIF, enumerator: exif)
    if let resize {
      writer.put(HRN_RECIPE_RESIZE) { writer in
        writer.put(HRN_RESIZE_FILTER, enumerator: resize.filter)
        writer.put(HRN_RESIZE_MODE, enumerator: resize.mode)
        writer.put(HRN_RESIZE_WIDTH, resize.width)
        writer.put(HRN_RESIZE_HEIGHT, resize.height)
        writer.put(HRN_RESIZE_FILL, resize.fill)
      }
    }
    if let crop {
      writer.put(HRN_RECIPE_CROP) { writer in
        writer.put(HRN_SIZE_WIDTH, crop.width)
        writer.put(HRN_SIZE_HEIGHT, crop.height)
      }
    }
    if let pad {
      writer.put(HRN_RECIPE_PAD) { writer in
        writer.put(HRN_PAD_LEFT, pad.left)
        writer.put(HRN_PAD_TOP, pad.top)
        writer.put(HRN_PAD_RIGHT, pad.right)
        writer.put(HRN_PAD_BOTTOM, pad.bottom)
        writer.put(HRN_PAD_VALUE, pad.value)
      }
    }
    writer.put(HRN_RECIPE_SCALE, scale)
    writer.put(HRN_RECIPE_MEAN, mean)
    writer.put(HRN_RECIPE_STD, std)
    writer.put(HRN_RECIPE_REDUCED_DECODE, flag: reducedDecode)
  }
}
