import CHRNSchema

extension Tensor {
  init(_ reader: MessageReader) throws(FormatError) {
    self.init(
      name: try reader.requiredString(HRN_TENSOR_NAME),
      elementType: try reader.requiredEnumerator(HRN_TENSOR_ELEMENT_TYPE),
      shape: reader.ints(HRN_TENSOR_SHAPE),
      quantization: try decode(reader.child(HRN_TENSOR_QUANTIZATION, HRN_MESSAGE_QUANTIZATION)) {
        reader throws(FormatError) in
        Quantization(
          scale: reader.floats(HRN_QUANTIZATION_SCALE), zeroPoint: reader.floats(HRN_QUANTIZATION_ZERO_POINT),
          axis: try reader.int(HRN_QUANTIZATION_AXIS))
      },
      layout: try decode(reader.child(HRN_TENSOR_LAYOUT, HRN_MESSAGE_LAYOUT)) { reader throws(FormatError) in
        try Layout(reader)
      } ?? .plain,
      weights: try decode(reader.child(HRN_TENSOR_WEIGHTS, HRN_MESSAGE_REGION)) { reader throws(FormatError) in
        try Region(reader)
      },
      arena: try decode(reader.child(HRN_TENSOR_ARENA, HRN_MESSAGE_REGION)) { reader throws(FormatError) in
        try Region(reader)
      },
      range: try decode(reader.child(HRN_TENSOR_RANGE, HRN_MESSAGE_RANGE)) { reader throws(FormatError) in
        ValueRange(low: try reader.requiredFloat(HRN_RANGE_LOW), high: try reader.requiredFloat(HRN_RANGE_HIGH))
      })
  }

  func write(_ writer: MessageWriter) {
    writer.put(HRN_TENSOR_NAME, name)
    writer.put(HRN_TENSOR_ELEMENT_TYPE, enumerator: elementType)
    writer.put(HRN_TENSOR_SHAPE, shape)
    if let quantization {
      writer.put(HRN_TENSOR_QUANTIZATION) { writer in
        writer.put(HRN_QUANTIZATION_SCALE, quantization.scale)
        writer.put(HRN_QUANTIZATION_ZERO_POINT, quantization.zeroPoint)
        writer.put(HRN_QUANTIZATION_AXIS, quantization.axis)
      }
    }
    writer.put(HRN_TENSOR_LAYOUT, message: layout.write)
    if let weights { writer.put(HRN_TENSOR_WEIGHTS, message: weights.write) }
    if let arena { writer.put(HRN_TENSOR_ARENA, message: arena.write) }
    if let range {
      writer.put(HRN_TENSOR_RANGE) { writer in
        writer.put(HRN_RANGE_LOW, range.low)
        writer.put(HRN_RANGE_HIGH, range.high)
      }
    }
  }
}

extension Region {
  init(_ reader: MessageReader) throws(FormatError) {
    self.init(
      offset: try reader.requiredInt(HRN_REGION_OFFSET), length: try reader.requiredInt(HRN_REGION_LENGTH))
    guard !offset.addingReportingOverflow(length).overflow else {
      throw .number(message: HRN_MESSAGE_REGION, field: HRN_REGION_LENGTH, found: UInt64(length))
    }
  }

  func write(_ writer: MessageWriter) {
    writer.put(HRN_REGION_OFFSET, offset)
    writer.put(HRN_REGION_LENGTH, length)
  }
}

extension Layout {
  init(_ reader: MessageReader) throws(FormatError) {
    let kind = try reader.requiredInt(HRN_LAYOUT_KIND)
    try Self.refuseStrangers(reader, kind: kind)
    switch kind {
    case HRN_LAYOUT_PLAIN:
      self = .plain
    case HRN_LAYOUT_BLOCKED:
      self = .blocked(channelBlock: try reader.requiredInt(HRN_LAYOUT_CHANNEL_BLOCK))
    case HRN_LAYOUT_PIXELS:
      self = .pixels(
        border: try reader.requiredInt(HRN_LAYOUT_BORDER), rowPitch: try reader.requiredInt(HRN_LAYOUT_ROW_PITCH))
    default:
      self = .packed(
        try reader.requiredEnumerator(HRN_LAYOUT_PACKING),
        inputBlock: try reader.requiredInt(HRN_LAYOUT_CHANNEL_BLOCK))
    }
  }

  /// Fields that the kind of layout does not have would be lost, so they are refused.
  private static func refuseStrangers(_ reader: MessageReader, kind: Int) throws(FormatError) {
    var strangers: [Int] = []
    if kind != HRN_LAYOUT_BLOCKED && kind != HRN_LAYOUT_PACKED { strangers.append(HRN_LAYOUT_CHANNEL_BLOCK) }
    if kind != HRN_LAYOUT_PIXELS { strangers += [HRN_LAYOUT_BORDER, HRN_LAYOUT_ROW_PITCH] }
    if kind != HRN_LAYOUT_PACKED { strangers.append(HRN_LAYOUT_PACKING) }
    for field in strangers where reader.has(field) {
      throw .unexpected(message: HRN_MESSAGE_LAYOUT, field: field)
    }
  }

  func write(_ writer: MessageWriter) {
    switch self {
    case .plain:
      writer.put(HRN_LAYOUT_KIND, HRN_LAYOUT_PLAIN)
    case .blocked(let channelBlock):
      writer.put(HRN_LAYOUT_KIND, HRN_LAYOUT_BLOCKED)
      writer.put(HRN_LAYOUT_CHANNEL_BLOCK, channelBlock)
    case .pixels(let border, let rowPitch):
      writer.put(HRN_LAYOUT_KIND, HRN_LAYOUT_PIXELS)
      writer.put(HRN_LAYOUT_BORDER, border)
      writer.put(HRN_LAYOUT_ROW_PITCH, rowPitch)
    case .packed(let packing, let inputBlock):
      writer.put(HRN_LAYOUT_KIND, HRN_LAYOUT_PACKED)
      writer.put(HRN_LAYOUT_CHANNEL_BLOCK, inputBlock)
      writer.put(HRN_LAYOUT_PACKING, enumerator: packing)
    }
  }
}
