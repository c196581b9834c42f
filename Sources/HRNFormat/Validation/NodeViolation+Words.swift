extension NodeFault {
  var message: String {
    switch self {
    case .resultShape(let tensor, let found, let expected):
      "gives \(describe(expected)), but '\(printable(tensor))' has shape \(describe(found))"
    case .elementType(let tensor, let found, let expected):
      "has '\(printable(tensor))' of \(found.name), expected \(expected)"
    case .parameterCount(let found, let expected): "has \(counted(found, "parameter")), expected \(expected)"
    case .number(let name, let value): "has \(name) \(value), expected a positive finite number"
    case .factor(let name, let value):
      "has \(name) \(value), expected \(-Limits.largestScale) to \(Limits.largestScale)"
    case .clip(let low, let high): "clips to \(low) ... \(high), expected two finite numbers in order"
    case .epsilon(let found, let expected): "has epsilon \(found), expected \(expected)"
    case .attribute(let name, let found, let maximum): "has \(name) \(found), expected at most \(maximum)"
    case .unsupported(let what): "is \(what), for which there is no kernel"
    case .multiplierMissing(let name): "has no \(name)"
    case .multiplierUnexpected(let name): "has \(name), which it does not use"
    case .multiplier(let name, let value): "has \(name) \(value), out of range"
    case .winograd8Input(let name, let values):
      "has \(name) \(describe(values)), expected \(Winograd8Input.positions) numbers that its kernel can use"
    case .poolOverflow(let high, let positions):
      "sums \(positions) values of up to \(high), more than 32 bits hold"
    case .depth(let found): "sums \(found) products of bytes, at most \(Limits.int8Depth) are exact"
    case .packedWith(let tensor, let found, let expected):
      "has '\(printable(tensor))' packed with \(found) lanes per input block, expected \(expected)"
    case .packedAs(let tensor, let found, let expected):
      "has '\(printable(tensor))' in packing '\(found.name)', expected '\(expected.name)'"
    case .packedLength(let tensor, let found, let expected):
      "has '\(printable(tensor))' packed in \(counted(found, "byte")), expected \(expected)"
    case .rowPitch(let found, let minimum):
      "reads a picture with rows of \(found) elements, expected at least \(minimum)"
    case .sliceInsideBlock(let begin, let block):
      "begins at channel \(begin), inside a block of \(block)"
    case .layoutsDiffer(let one, let other):
      "has '\(printable(one))' and '\(printable(other))' in different layouts"
    case .quantizationsDiffer(let one, let other):
      "has '\(printable(one))' and '\(printable(other))' quantized differently"
    case .channelAxis(let tensor, let found):
      found < 0
        ? "has '\(printable(tensor))' with one scale, expected one per output channel"
        : "has '\(printable(tensor))' quantized along axis \(found), which its kernel does not do"
    case .borderClasses(let found, let expected):
      expected.isEmpty
        ? "has a bias of shape \(describe(found)), expected [O]"
        : "has a bias of shape \(describe(found)), expected \(describe(expected)) for its border classes"
    case .imagePadding(let border):
      "pads a picture by more than its border of \(counted(border, "pixel")), or adds a residual to it"
    }
  }
}

extension PlanFault {
  var message: String {
    switch self {
    case .target(let target):
      "is for target '\(printable(target))', which this program does not know; compile with --target portable"
    case .arenaBytes(let found, let needed): "has an arena of \(counted(found, "byte")), but uses \(needed)"
    case .missing: "has no plan, but the graph is compiled"
    case .unexpected: "has a plan, but the graph is not compiled"
    case .notAView: "is a view, which its operation cannot be"
    case .viewPlace(let found, let expected): "is a view at byte \(found) of the arena, expected \(expected)"
    case .split: "is split by rows, which its operation cannot be"
    case .positive(let name, let found): "has \(name) \(found), expected 1 to \(Limits.extent)"
    case .winograd: "is computed by Winograd, which only 3 x 3 convolutions of maps by steps of 1 can be"
    case .winogradBand(let found, let tile):
      "is computed by Winograd in bands of \(counted(found, "row")), expected a multiple of \(tile)"
    case .winogradOrder: "is computed by Winograd, with groups outside and a split by rows, or the other way round"
    case .winograd16: "is computed by Winograd in bfloat16, which only convolutions of bfloat16 maps can be"
    case .winograd8:
      "is computed by Winograd in 8 bits, which only pooled int8 3 x 3 convolutions by steps of 1 after a ReLU can be"
    case .chunk: "is computed in chunks, which only convolutions are"
    case .chunkedBand(let rows, let columns):
      "is computed in chunks, for which bands of \(rows) x \(columns) positions are too large: at most \(Packing.chunkPositions) fit"
    case .narrow: "has narrow weights, which only int8 convolutions in one part have"
    case .scratchMissing(let bytes): "has no scratch memory, but needs \(counted(bytes, "byte"))"
    }
  }
}

extension OutputFault {
  var message: String {
    switch self {
    case .noTree(let level): "scores level \(level), but there is no label tree"
    case .level(let found, let count): "scores level \(found), but there are \(count)"
    case .width(let found, let labels, let level):
      "has shape \(describe(found)), but level '\(printable(level))' has \(counted(labels, "label"))"
    case .notAVector(let shape): "has shape \(describe(shape)), expected [1, F]"
    case .decidesWithoutLevel: "decides, but scores no level"
    case .decidesTwice(let level, let other): "decides level \(level), which output '\(printable(other))' decides"
    }
  }
}

extension TreeFault {
  var message: String {
    switch self {
    case .parentCount(let found, let expected): "has \(counted(found, "parent")), expected \(expected)"
    case .parent(let label, let found, let count):
      "has label \(label) below number \(found) of the level above, which has \(counted(count, "label"))"
    case .duplicateLabel(let label, let first, let second):
      "has the label '\(printable(label))' twice below one parent, at \(first) and \(second)"
    }
  }
}

extension RecipeFault {
  var message: String {
    switch self {
    case .channels(let found): "makes pictures of \(counted(found, "channel")), expected 1 or 3"
    case .inputChannels(let found, let input):
      "makes pictures of \(counted(found, "channel")), but the network takes \(input)"
    case .notAnImage(let shape): "makes pictures, but the network takes \(describe(shape))"
    case .valueCount(let name, let found, let expected):
      "has \(counted(found, "value")) of \(name), expected one for each of \(counted(expected, "channel"))"
    case .pixelValue(let name, let value): "has \(name) \(value), expected 0 to 255"
    case .number(let name, let value): "has \(name) \(value), expected a finite number of sensible size"
    case .side(let name, let value, let minimum): "has \(name) \(value), expected \(minimum) to \(Limits.pictureSide)"
    case .cropTooLarge(let width, let height, let inWidth, let inHeight):
      "crops \(width) x \(height) out of \(inWidth) x \(inHeight)"
    case .size(let width, let height, let inputWidth, let inputHeight):
      "makes pictures of \(width) x \(height), but the network takes \(inputWidth) x \(inputHeight)"
    case .fillWithoutLetterbox: "has fill values, but no letterbox to fill"
    case .quantization(let channel):
      "normalises channel \(channel) in another way than the quantization of the picture says"
    }
  }
}

extension GoldenFault {
  var message: String {
    switch self {
    case .noRecipe: "is a picture, but the file has no recipe for pictures"
    case .output(let found, let count): "answers for output \(found), but there are \(count)"
    case .duplicateOutput(let output): "answers twice for output \(output)"
    case .tolerance(let tolerance): "has tolerance \(tolerance), expected 0 or more"
    }
  }
}

extension RecordFault {
  var message: String {
    switch self {
    case .digestLength(let name, let found): "has a \(name) of \(counted(found, "byte")), expected \(SHA256.byteCount)"
    case .number(let name): "has a number of \(name) that is out of range"
    }
  }
}
