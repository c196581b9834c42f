extension GraphRules {
  /// The recipe is complete, and what it makes of a picture is what the network takes.
  func checkRecipe() throws(FormatError) {
    guard let recipe = graph.recipe else { return }
    do throws(RecipeFault) {
      let input = graph.tensors[graph.inputs[0]]
      try checkChannels(recipe, input)
      try checkGeometry(recipe, input)
      try checkQuantization(recipe, input)
    } catch {
      throw .invalid(.recipe, .recipe(error))
    }
  }

  private func checkChannels(_ recipe: Recipe, _ input: Tensor) throws(RecipeFault) {
    guard recipe.channels == 1 || recipe.channels == 3 else { throw .channels(found: recipe.channels) }
    guard input.shape.count == 4 else { throw .notAnImage(input.shape) }
    guard input.shape[1] == recipe.channels else {
      throw .inputChannels(found: recipe.channels, input: input.shape[1])
    }
    guard recipe.scale >= Limits.smallestScale, recipe.scale <= Limits.largestScale else {
      throw .number("scale", recipe.scale)
    }
    for (name, values) in [("mean", recipe.mean), ("std", recipe.std)] where values.count != recipe.channels {
      throw .valueCount(name, found: values.count, expected: recipe.channels)
    }
    for mean in recipe.mean where !mean.isFinite { throw .number("mean", mean) }
    for std in recipe.std where !(std >= Limits.smallestScale && std <= Limits.largestScale) {
      throw .number("std", std)
    }
  }

  private func checkGeometry(_ recipe: Recipe, _ input: Tensor) throws(RecipeFault) {
    // Nil where it depends on the picture.
    var width: Int?
    var height: Int?
    if let resize = recipe.resize {
      try check(side: "resize width", resize.width, minimum: 1)
      try check(side: "resize height", resize.height, minimum: 1)
      if resize.mode == .letterbox {
        try check(values: "fill", resize.fill, channels: recipe.channels)
      } else if !resize.fill.isEmpty {
        throw .fillWithoutLetterbox
      }
      (width, height) = resize.mode == .shorterSide ? (nil, nil) : (resize.width, resize.height)
      if resize.mode == .shorterSide, let crop = recipe.crop, max(crop.width, crop.height) > resize.width {
        throw .cropTooLarge(
          width: crop.width, height: crop.height, inWidth: resize.width, inHeight: resize.width)
      }
    }
    if let crop = recipe.crop {
      try check(side: "crop width", crop.width, minimum: 1)
      try check(side: "crop height", crop.height, minimum: 1)
      if let width, let height, crop.width > width || crop.height > height {
        throw .cropTooLarge(width: crop.width, height: crop.height, inWidth: width, inHeight: height)
      }
      (width, height) = (crop.width, crop.height)
    }
    if let pad = recipe.pad {
      for (name, side) in [("left", pad.left), ("top", pad.top), ("right", pad.right), ("bottom", pad.bottom)] {
        try check(side: "pad " + name, side, minimum: 0)
      }
      try check(values: "pad value", pad.value, channels: recipe.channels)
      width = width.map { $0 + pad.left + pad.right }
      height = height.map { $0 + pad.top + pad.bottom }
    }
    guard let width, let height else { return }
    guard width == input.shape[3], height == input.shape[2] else {
      throw .size(width: width, height: height, inputWidth: input.shape[3], inputHeight: input.shape[2])
    }
  }

  private func check(side name: String, _ value: Int, minimum: Int) throws(RecipeFault) {
    guard (minimum...Limits.pictureSide).contains(value) else { throw .side(name, value, minimum: minimum) }
  }

  private func check(values name: String, _ values: [Int], channels: Int) throws(RecipeFault) {
    guard values.count == channels else { throw .valueCount(name, found: values.count, expected: channels) }
    for value in values where !(0...255).contains(value) { throw .pixelValue(name, value) }
  }

  /// The quantization of a picture says what the recipe's normalisation does to bytes, within rounding; in bfloat16 to
  /// bytes less a whole number.
  private func checkQuantization(_ recipe: Recipe, _ input: Tensor) throws(RecipeFault) {
    guard let quantization = input.quantization, quantization.scale.count == recipe.channels else { return }
    for channel in 0..<recipe.channels {
      let scale = recipe.scale / recipe.std[channel]
      let zero = recipe.mean[channel] / recipe.scale
      var difference = quantization.zeroPoint[channel] - zero
      if input.elementType == .bfloat16 { difference -= difference.rounded() }
      let isSame =
        abs(quantization.scale[channel] - scale) <= 1e-5 * scale && abs(difference) <= 1e-5 * max(abs(zero), 1)
      guard isSame else { throw .quantization(channel: channel) }
    }
  }
}

extension RecipeFault: Error {}
