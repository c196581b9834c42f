import HRNFormat
import HRNGraph

extension Claim {
  static let convolutions = [
    Claim(
      "Conv", inputs: 2...3, takes: "a map [1, C, H, W]; constant weights [O, C/group, kh, kw] and bias [O]",
      becomes: "convolution",
      attributes: windowAttributes + [
        .described("dilations", "two numbers"), .described("group", "a divisor of the channels"),
      ]
    ) { (mapping, node) throws(Refusal) in try mapping.convolution(node) },
    Claim(
      "Pad", inputs: 1...4,
      takes: "a map [1, C, H, W]; constant pads of height and width, none of them negative; constant value 0",
      becomes: "the padding of the convolution or pool that reads it, else a depthwise convolution that moves the map",
      attributes: [
        .words("mode", "constant"), .described("pads", "whole numbers", until: 10),
        .described("value", "a number", until: 10),
      ]
    ) { (mapping, node) throws(Refusal) in try mapping.pad(node) },
  ]

  /// What convolutions and pools have in common.
  static let windowAttributes: [Attribute] = [
    .words("auto_pad", "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"), .described("kernel_shape", "two numbers"),
    .described("pads", "four numbers from 0 on, each less than the window"), .described("strides", "two numbers"),
  ]
}

/// The window of a convolution or a pool over a map.
struct Window {
  var kernel: Extent2D
  var stride: Extent2D
  var dilation: Extent2D
  var padding: Padding

  /// What one position of the window spans.
  var extent: Extent2D { Extent2D(y: (kernel.y - 1) * dilation.y + 1, x: (kernel.x - 1) * dilation.x + 1) }

  /// - Parameter kernel: From the weights; nil where the attribute says it.
  init(_ node: NodeView, over map: [Int], kernel: Extent2D? = nil) throws(Refusal) {
    let stated = try node.integers("kernel_shape", count: 2).map { Extent2D(y: $0[0], x: $0[1]) }
    guard let size = stated ?? kernel else { throw Refusal("has no kernel_shape") }
    if let kernel, kernel != size {
      throw Refusal("has kernel_shape \(size.y)x\(size.x) and weights of \(kernel.y)x\(kernel.x)")
    }
    let strides = try node.integers("strides", count: 2) ?? [1, 1]
    let dilations = try node.integers("dilations", count: 2) ?? [1, 1]
    let numbers = [size.y, size.x] + strides + dilations
    guard numbers.allSatisfy({ $0 > 0 && $0 <= Limits.extent }) else {
      throw Refusal("has a window of \(numbers), expected numbers from 1 to \(Limits.extent)")
    }
    self.kernel = size
    stride = Extent2D(y: strides[0], x: strides[1])
    dilation = Extent2D(y: dilations[0], x: dilations[1])
    padding = Padding(0)
    guard extent.y <= Limits.extent, extent.x <= Limits.extent else { throw Refusal("has too large a window") }
    let pads = try node.integers("pads", count: 4) ?? [0, 0, 0, 0]
    guard pads.allSatisfy({ $0 >= 0 && $0 <= Limits.extent }) else {
      throw Refusal("has pads \(pads), expected numbers from 0 to \(Limits.extent)")
    }
    switch try node.text("auto_pad", default: "NOTSET") {
    case "NOTSET": padding = Padding(top: pads[0], left: pads[1], bottom: pads[2], right: pads[3])
    case "SAME_UPPER": padding = same(map, moreAtEnd: true)
    case "SAME_LOWER": padding = same(map, moreAtEnd: false)
    default: break
    }
  }

  /// As much padding as lets the result have ⌈size / stride⌉ positions.
  private func same(_ map: [Int], moreAtEnd: Bool) -> Padding {
    func split(_ size: Int, _ stride: Int, _ extent: Int) -> (Int, Int) {
      let total = max(((size + stride - 1) / stride - 1) * stride + extent - size, 0)
      return moreAtEnd ? (total / 2, total - total / 2) : (total - total / 2, total / 2)
    }
    let (y, x) = (split(map[2], stride.y, extent.y), split(map[3], stride.x, extent.x))
    return Padding(top: y.0, left: x.0, bottom: y.1, right: x.1)
  }

  /// Takes a border into the padding, if each side stays less than the window; nil otherwise.
  func adding(_ border: Padding) -> Window? {
    var result = self
    result.padding = Padding(
      top: padding.top + border.top, left: padding.left + border.left, bottom: padding.bottom + border.bottom,
      right: padding.right + border.right)
    let fits =
      max(result.padding.top, result.padding.bottom) < extent.y
      && max(result.padding.left, result.padding.right) < extent.x
    return fits ? result : nil
  }
}

extension Mapping {
  fileprivate func convolution(_ node: NodeView) throws(Refusal) -> [Binding] {
    var value = try node.value(0)
    let weights = try node.requiredConstant(1)
    guard value.shape.count == 4, weights.shape.count == 4 else {
      throw Refusal(
        "reads \(describe(value.shape)) with weights \(describe(weights.shape)), expected maps of two dimensions")
    }
    let kernel = Extent2D(y: weights.shape[2], x: weights.shape[3])
    var window = try Window(node, over: value.shape, kernel: kernel)
    if let border = value.border, border.value == 0, let wider = window.adding(border.padding) {
      window = wider
      value = withoutBorder(value)
    }
    let input = try map(value, name: node.name)
    let groups = try node.integer("group", default: 1)
    var parameters = [try weight(weights, shape: weights.shape)]
    if let bias = try node.constant(2) {
      guard bias.count == weights.shape[0] else {
        throw Refusal("has a bias of \(describe(bias.shape)), expected [\(weights.shape[0])]")
      }
      parameters.append(try weight(bias, shape: [bias.count]))
    }
    let convolution = Convolution(
      stride: window.stride, padding: window.padding, dilation: window.dilation, groups: groups)
    return bind(try add(.convolution(convolution), [input], parameters, name: node.name))
  }

  /// The value before its border was put around it.
  func withoutBorder(_ value: Carried) -> Carried {
    guard let padding = value.border?.padding else { return value }
    var result = value
    result.border = nil
    result.shape[2] -= padding.top + padding.bottom
    result.shape[3] -= padding.left + padding.right
    return result
  }

  // MARK: Pad

  fileprivate func pad(_ node: NodeView) throws(Refusal) -> [Binding] {
    let value = try node.value(0)
    let isOld = node.opset < 11
    guard let pads = try isOld ? node.integers("pads") : node.integers(input: 1) else { throw Refusal("has no pads") }
    let amount = isOld ? Double(try node.float("value", default: 0)) : try node.constant(2)?.scalar ?? 0
    let rank = value.shape.count
    let axes = try (isOld ? nil : node.integers(input: 3)) ?? Array(0..<rank)
    guard pads.count == 2 * axes.count else { throw Refusal("has \(pads.count) pads for \(axes.count) axes") }
    var (before, after) = ([Int](repeating: 0, count: rank), [Int](repeating: 0, count: rank))
    for (index, axis) in axes.enumerated() {
      let axis = try node.axis(axis, rank: rank)
      (before[axis], after[axis]) = (pads[index], pads[index + axes.count])
    }
    guard (before + after).contains(where: { $0 != 0 }) else { return [.value(value)] }
    guard rank == 4, value.border == nil, value.order == .same, graph.shape(of: value.tensor) == value.shape,
      (before + after).allSatisfy({ $0 >= 0 && $0 <= Limits.pictureSide }),
      before[0] + after[0] + before[1] + after[1] == 0
    else { throw Refusal("pads \(describe(value.shape)) by \(pads), expected the height and width of a map") }
    guard amount == 0 || amount == -.infinity else { throw Refusal("pads with \(amount), expected 0") }
    var result = value
    result.shape[2] += before[2] + after[2]
    result.shape[3] += before[3] + after[3]
    result.border = Carried.Border(
      padding: Padding(top: before[2], left: before[3], bottom: after[2], right: after[3]), value: amount)
    return [.value(result)]
  }

  /// Zeros around a map, by a depthwise convolution whose one tap of 1 moves the map to its place.
  ///
  /// A window of `top + bottom + 1` rows with the tap at row `bottom`, padded by `top + bottom` on either side, gives
  /// `y[i] = x[i − top]` on `H + top + bottom` rows; columns alike.
  func pad(_ tensor: Int, _ padding: Padding, name: String) throws(Refusal) -> Int {
    let channels = graph.shape(of: tensor)[1]
    let kernel = Extent2D(y: padding.top + padding.bottom + 1, x: padding.left + padding.right + 1)
    guard let count = [channels, kernel.y, kernel.x].boundedProduct else {
      throw Refusal("pads by more than a convolution can move")
    }
    try spend(count)
    var taps = [Float](repeating: 0, count: count)
    for channel in 0..<channels {
      taps[(channel * kernel.y + padding.bottom) * kernel.x + padding.right] = 1
    }
    let weights = parameter(name + ".weight", shape: [channels, 1, kernel.y, kernel.x], taps)
    let around = Padding(top: kernel.y - 1, left: kernel.x - 1, bottom: kernel.y - 1, right: kernel.x - 1)
    return try add(.convolution(Convolution(padding: around, groups: channels)), [tensor], [weights], name: name)
  }
}
