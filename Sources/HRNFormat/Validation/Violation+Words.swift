extension Place {
  /// `node 3 'stem.conv'`, for messages.
  package var words: String {
    switch self {
    case .graph: "the graph"
    case .tensor(let index, let name): "tensor \(index) '\(printable(name))'"
    case .node(let index, let name): "node \(index) '\(printable(name))'"
    case .output(let index, let name): "output \(index) '\(printable(name))'"
    case .level(let index, let name): "level \(index) '\(printable(name))'"
    case .recipe: "the recipe"
    case .golden(let index, let name): "golden \(index) '\(printable(name))'"
    case .plan: "the plan"
    case .provenance: "the provenance"
    case .certificate: "the certificate"
    }
  }
}

/// A name as it may be printed: control characters replaced, long names cut.
func printable(_ name: String) -> String {
  var text = ""
  for scalar in name.unicodeScalars.prefix(80) {
    let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    text.unicodeScalars.append(isControl ? "?" : scalar)
  }
  return text
}

extension Violation {
  /// The rule broken, in words that follow the place.
  package var message: String {
    switch self {
    case .count(let count, let found, let minimum, let maximum):
      minimum == maximum
        ? "has \(counted(found, count.noun)), expected \(minimum)"
        : "has \(counted(found, count.noun)), expected \(minimum) to \(maximum)"
    case .name(let fault): fault.message
    case .stage(let fault): fault.message
    case .tensor(let fault): fault.message
    case .region(let fault): fault.message
    case .dataflow(let fault): fault.message
    case .shape(let error): error.message
    case .node(let fault): fault.message
    case .plan(let fault): fault.message
    case .output(let fault): fault.message
    case .tree(let fault): fault.message
    case .recipe(let fault): fault.message
    case .golden(let fault): fault.message
    case .record(let fault): fault.message
    case .weights(let fault): fault.message
    }
  }
}

extension NameFault {
  var message: String {
    switch self {
    case .empty: "has an empty name"
    case .tooLong(let bytes): "has a name of \(bytes) bytes, at most \(Limits.nameBytes) are read"
    case .control(let byte): "has a control character, byte \(byte), in a text"
    case .duplicate(let other): "has the same name as number \(other)"
    }
  }
}

extension StageFault {
  var message: String {
    switch self {
    case .sourcePrecision(let precision): "is a source graph of \(precision.name), expected float32"
    case .planInSource: "is a source graph, but has a plan"
    case .planMissing: "is compiled, but has no plan"
    case .versionTooLow(let found, let needed):
      "uses what came with version \(needed) of the format, but the file says version \(found)"
    }
  }
}

extension TensorFault {
  var message: String {
    switch self {
    case .rank(let found): "has \(counted(found, "axis", plural: "axes")), expected [N, C, H, W], [N, F] or a constant"
    case .extent(let axis, let found): "has extent \(found) along axis \(axis), expected 1 to \(Limits.extent)"
    case .tooManyElements(let shape): "has shape \(describe(shape)), more than \(Limits.elements) elements"
    case .batch(let found): "has a batch of \(found), expected 1"
    case .constantInArena: "is a constant, but has a place in the arena"
    case .arenaInSource: "has a place in an arena, but the graph is not compiled"
    case .arenaMissing: "has no place in the arena"
    case .elementType(let found, let expected): "has element type \(found.name), expected \(expected)"
    case .quantizationMissing: "has no quantization"
    case .quantizationUnexpected: "has a quantization, but does not hold eight-bit numbers"
    case .axis(let found, let rank): "is quantized along axis \(found) of \(rank)"
    case .scaleCount(let scales, let zeroPoints, let expected):
      "has \(counted(scales, "scale")) and \(counted(zeroPoints, "zero point")), expected \(expected) of each"
    case .scale(let index, let scale):
      "has scale \(scale) at \(index), expected \(Limits.smallestScale) to \(Limits.largestScale)"
    case .zeroPoint(let index, let zero): "has zero point \(zero) at \(index), which its type does not hold"
    case .layout(let found, let expected): "is laid out \(found), expected \(expected)"
    case .channelBlock(let found, let type):
      "has blocks of \(found) lanes, expected \(type == .uint8 ? "16, 32 or 64" : "16")"
    case .inputBlock(let found): "has input blocks of \(found) lanes, expected 1 to \(Limits.extent)"
    case .border(let found): "has a border of \(found) pixels, expected 0 to \(Limits.extent)"
    case .rowPitch(let found, let minimum): "has rows of \(found) elements, expected at least \(minimum)"
    case .range(let range): "has the range \(range.low) ... \(range.high), expected finite numbers around zero"
    case .rangeUnexpected: "has a range, which only activations of source graphs have"
    }
  }
}

extension RegionFault {
  var message: String {
    switch self {
    case .empty: "has an empty region"
    case .alignment(let offset): "begins at byte \(offset), expected a multiple of \(Region.alignment)"
    case .bounds(let offset, let length, let available):
      "takes bytes \(offset) to \(offset) + \(length), but there are only \(available)"
    case .length(let found, let expected): "takes \(counted(found, "byte")), expected \(expected)"
    case .tooShort(let found, let minimum): "takes \(counted(found, "byte")), expected at least \(minimum)"
    case .overlap(let other): "shares bytes with \(other)"
    case .gap(let before, let after): "begins at byte \(after), but the one before it ends at \(before)"
    case .uncovered(let end, let payload): "is the last and ends at byte \(end) of a payload of \(payload)"
    }
  }
}

extension DataflowFault {
  var message: String {
    switch self {
    case .index(let found, let count): "names tensor \(found), but there are \(count)"
    case .notAnActivation(let tensor): "takes '\(printable(tensor))' for an activation that a node writes"
    case .notAConstant(let tensor): "takes '\(printable(tensor))' for a constant"
    case .readBeforeWritten(let tensor): "reads '\(printable(tensor))' before it is written"
    case .writtenTwice(let tensor): "writes '\(printable(tensor))', which another node has written"
    case .writesInput(let tensor): "writes '\(printable(tensor))', the graph's input"
    case .neverWritten: "is written by no node"
    }
  }
}
