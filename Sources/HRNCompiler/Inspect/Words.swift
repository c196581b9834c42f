import HRNFormat

/// The parts of a model in words, a line each.
enum Words {
  static func name(_ operation: Operation) -> String {
    switch operation {
    case .convolution: "convolution"
    case .linear: "linear"
    case .batchNorm: "batch-norm"
    case .activation(let activation): name(activation)
    case .pool(.global(let kind)): kind == .max ? "global-max-pool" : "global-average-pool"
    case .pool(.window(let kind, _, _, _)): kind == .max ? "max-pool" : "average-pool"
    case .add: "add"
    case .slice: "slice"
    case .softmax: "softmax"
    case .flatten: "flatten"
    case .quantize: "quantize"
    case .dequantize: "dequantize"
    case .concat: "concat"
    case .treeConstraint(let constraint): constraint.name
    case .localResponseNorm: "local-response-norm"
    }
  }

  /// What a line of a listing adds to the name: window, stride, padding, what is fused.
  static func detail(_ operation: Operation) -> String {
    switch operation {
    case .convolution(let convolution):
      var words: [String] = []
      if convolution.stride != Extent2D(y: 1, x: 1) { words.append("stride \(line(convolution.stride))") }
      if convolution.padding != Padding(0) { words.append("padding \(line(convolution.padding))") }
      if convolution.dilation != Extent2D(y: 1, x: 1) { words.append("dilation \(line(convolution.dilation))") }
      if convolution.groups != 1 { words.append("groups \(convolution.groups)") }
      if let activation = convolution.activation { words.append(name(activation)) }
      if convolution.globalPool != nil { words.append("global-average-pool") }
      return words.joined(separator: ", ")
    case .linear(let linear): return linear.activation.map(name) ?? ""
    case .add(let add): return add.activation.map(name) ?? ""
    case .pool(.window(_, let kernel, let stride, let padding)):
      return "\(line(kernel)), stride \(line(stride)), padding \(line(padding))"
    case .slice(let slice): return "\(slice.begin) ..< \(slice.begin + slice.count)"
    case .batchNorm(let norm): return norm.activation.map(name) ?? ""
    case .treeConstraint(let constraint): return counted(constraint.parents.count, "node")
    case .localResponseNorm(let norm):
      return "\(norm.size) channels, alpha \(norm.alpha), beta \(norm.beta), bias \(norm.bias)"
    case .activation, .pool, .softmax, .flatten, .quantize, .dequantize, .concat: return ""
    }
  }

  static func name(_ activation: Activation) -> String {
    switch activation {
    case .relu(nil): "relu"
    case .relu(let high?): "relu up to \(high)"
    case .elu(let alpha): alpha == 1 ? "elu" : "elu \(alpha)"
    case .clip(let low, let high): "clip to \(low) ... \(high)"
    case .hardSigmoid(let alpha, let beta): "hard-sigmoid \(alpha) \(beta)"
    case .leakyRelu(let alpha): "leaky-relu \(alpha)"
    case .sigmoid, .tanh, .hardSwish: activation.name
    }
  }

  static func line(_ extent: Extent2D) -> String { extent.y == extent.x ? "\(extent.y)" : "\(extent.y)×\(extent.x)" }

  static func line(_ padding: Padding) -> String {
    padding == Padding(padding.top)
      ? "\(padding.top)" : "\(padding.top) \(padding.left) \(padding.bottom) \(padding.right)"
  }

  static func line(_ layout: Layout) -> String {
    switch layout {
    case .plain: "plain"
    case .blocked(let block): "blocked by \(block)"
    case .pixels(let border, let rowPitch): "pixels, border \(border), pitch \(rowPitch)"
    case .packed(.depthwise, _): "packed, depthwise"
    case .packed(.winograd8, _): "packed, Winograd in 8 bits"
    case .packed(.portable, let inputBlock): inputBlock == 1 ? "per lane" : "packed, input block \(inputBlock)"
    }
  }

  static func line(_ plan: NodePlan) -> String {
    var words: [String]
    switch plan.algorithm {
    case .view: return "view"
    case .direct: words = [plan.isNarrow ? "direct, narrow weights" : "direct"]
    case .winograd: words = ["Winograd"]
    case .winograd8: words = ["Winograd in 8 bits"]
    case .winograd16: words = ["Winograd in bfloat16"]
    }
    switch plan.split {
    case .none: words.append("one worker")
    case .rows: words.append("bands of \(plan.band) rows")
    case .groups: words.append("groups of channels")
    }
    if plan.algorithm == .direct, let chunk = plan.chunk { words.append("chunks of \(chunk) blocks") }
    if let scratch = plan.scratch { words.append("scratch \(scratch.length) B") }
    return words.joined(separator: ", ")
  }

  static func lines(_ recipe: Recipe) -> [String] {
    var lines = [
      "decode to \(recipe.channels == 1 ? "grey" : recipe.colorOrder == .rgb ? "RGB" : "BGR")"
        + (recipe.reducedDecode ? ", large photographs at reduced scale" : ""),
      recipe.exif == .apply ? "turn upright as EXIF says" : "ignore EXIF orientation",
    ]
    if let resize = recipe.resize {
      switch resize.mode {
      case .squash: lines.append("resize to \(resize.width)×\(resize.height), aspect ratio not kept")
      case .shorterSide: lines.append("resize the shorter side to \(resize.width)")
      case .letterbox: lines.append("fit into \(resize.width)×\(resize.height), fill with \(list(resize.fill))")
      }
    }
    if let crop = recipe.crop { lines.append("crop the centre, \(crop.width)×\(crop.height)") }
    if let pad = recipe.pad {
      lines.append(
        "pad \(pad.left) left, \(pad.top) above, \(pad.right) right, \(pad.bottom) below with \(list(pad.value))")
    }
    lines.append("(pixel · \(recipe.scale) − mean \(list(recipe.mean))) / std \(list(recipe.std))")
    return lines
  }

  static func lines(_ provenance: Provenance) -> [String] {
    var lines: [String] = []
    func add(_ label: String, _ value: String) { if !value.isEmpty { lines.append("\(label): \(value)") } }
    add("made by", provenance.tool + (provenance.toolVersion.isEmpty ? "" : " \(provenance.toolVersion)"))
    add("source", provenance.sourceFormat)
    add("source SHA-256", hexadecimal(provenance.sourceSHA256))
    add("options", provenance.options.joined(separator: " "))
    if let training = provenance.training {
      add("trained by", training.method)
      add("training command", training.command)
      add("framework", training.framework)
      add("training data", training.data)
      add("training seed and epochs", "\(training.seed), \(training.epochs)")
      for level in training.accuracy {
        add("accuracy, \(level.level)", "\(level.percent) % of \(level.images) images")
      }
    }
    if let calibration = provenance.calibration {
      add("calibrated on", "\(calibration.images) images, \(calibration.method)")
      add("calibration SHA-256", hexadecimal(calibration.imagesSHA256))
      for layer in calibration.approximations { lines.append(CompileReport.Approximation(layer).words) }
    }
    return lines
  }

  static func lines(_ certificate: Certificate) -> [String] {
    ["policy \(certificate.policy): \(certificate.passed ? "passed" : "failed"), \(certificate.images) images"]
      + certificate.levels.map {
        "\($0.level): agreement \($0.agreementPercent) %, signal to noise \($0.snrDecibels) dB"
      } + ["reference SHA-256: \(hexadecimal(certificate.referenceSHA256))"]
  }

  static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private static func list(_ values: [some CustomStringConvertible]) -> String {
    values.map(\.description).joined(separator: " ")
  }
}
