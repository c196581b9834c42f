import HRNFormat
import HRNGraph

extension Claim {
  static let pools = [
    Claim(
      "MaxPool", outputs: 1...1, takes: "a map [1, C, H, W]; the indices are not given", becomes: "max-pool",
      attributes: windowAttributes + [
        .integer("ceil_mode", 0...1), .integer("storage_order", 0...1), .described("dilations", "1, 1"),
      ]
    ) { (mapping, node) throws(Refusal) in try mapping.pool(.max, node) },
    Claim(
      "AveragePool", takes: "a map [1, C, H, W]",
      becomes: "average-pool; a depthwise convolution where padding counts",
      attributes: windowAttributes + [
        .integer("ceil_mode", 0...1),
        .described("count_include_pad", "0; 1 unless ceil_mode adds to the padding"), .described("dilations", "1, 1"),
      ]
    ) { (mapping, node) throws(Refusal) in try mapping.pool(.average, node) },
    Claim("GlobalAveragePool", takes: "a map [1, C, H, W]", becomes: "global-average-pool") {
      (mapping, node) throws(Refusal) in try mapping.globalPool(.average, node)
    },
    Claim("GlobalMaxPool", takes: "a map [1, C, H, W]", becomes: "global-max-pool") {
      (mapping, node) throws(Refusal) in try mapping.globalPool(.max, node)
    },
    reduction("ReduceMean", .average), reduction("ReduceMax", .max),
  ]

  private static func reduction(_ name: String, _ kind: PoolKind) -> Claim {
    Claim(
      name, inputs: 1...2, takes: "a map over its height and width, NHWC too; constant axes",
      becomes: kind == .max ? "global-max-pool" : "global-average-pool",
      attributes: [
        .described("axes", "whole numbers", until: 17), .integer("keepdims", 0...1),
        .integer("noop_with_empty_axes", 0...1),
      ]
    ) { (mapping, node) throws(Refusal) in try mapping.reduce(kind, node) }
  }
}

extension Mapping {
  fileprivate func pool(_ kind: PoolKind, _ node: NodeView) throws(Refusal) -> [Binding] {
    var value = try node.value(0)
    guard value.shape.count == 4 else { throw Refusal("reads \(describe(value.shape)), expected [1, C, H, W]") }
    let shape = value.shape
    var window = try Window(node, over: shape)
    guard window.dilation == Extent2D(y: 1, x: 1) else { throw Refusal("has dilations, expected 1, 1") }
    let counted = try node.integer("count_include_pad", default: 0)
    let countsPadding = kind == .average && counted != 0
    let added = try extend(&window, over: shape, ceil: try node.integer("ceil_mode", default: 0) == 1)
    guard !(countsPadding && added) else {
      throw Refusal("has ceil_mode and count_include_pad and a last window that is cut, whose mean has no operation")
    }
    // What the pads of the pool were before those of a Pad node joined them.
    let own = window.padding
    var isBorderCounted = false
    if let border = value.border, let wider = window.adding(border.padding) {
      let isIgnored = kind == .max && (border.value == -.infinity || isNeverNegative(value.tensor))
      let isCounted = kind == .average && border.value == 0 && (own == Padding(0) || countsPadding)
      if isIgnored || isCounted {
        window = wider
        value = withoutBorder(value)
        isBorderCounted = isCounted
      }
    }
    let input = try map(value, name: node.name)
    if (countsPadding || isBorderCounted) && window.padding != Padding(0) {
      return bind(try meanConvolution(input, window, name: node.name))
    }
    let map = graph.shape(of: input)
    let isGlobal = window.padding == Padding(0) && window.kernel == Extent2D(y: map[2], x: map[3])
    let pool: Pool =
      isGlobal
      ? .global(kind) : .window(kind, kernel: window.kernel, stride: window.stride, padding: window.padding)
    return bind(try add(.pool(pool), [input], name: node.name))
  }

  /// Lets the padding at the end reach what `ceil_mode` adds: a last window that is cut, unless it would begin in the
  /// padding. Answers whether it adds anything.
  private func extend(_ window: inout Window, over map: [Int], ceil: Bool) throws(Refusal) -> Bool {
    guard ceil else { return false }
    func needed(_ size: Int, _ before: Int, _ after: Int, _ extent: Int, _ stride: Int) throws(Refusal) -> Int {
      let free = size + before + after - extent
      guard free >= 0 else { throw Refusal("has a window of \(extent) over \(size + before + after)") }
      var positions = (free + stride - 1) / stride + 1
      if (positions - 1) * stride >= size + before { positions -= 1 }
      return max((positions - 1) * stride + extent - size - before, 0)
    }
    let padding = window.padding
    let bottom = try needed(map[2], padding.top, padding.bottom, window.extent.y, window.stride.y)
    let right = try needed(map[3], padding.left, padding.right, window.extent.x, window.stride.x)
    let added = bottom > padding.bottom || right > padding.right
    window.padding.bottom = max(bottom, padding.bottom)
    window.padding.right = max(right, padding.right)
    return added
  }

  /// The mean of windows whose padding counts as zeros.
  private func meanConvolution(_ input: Int, _ window: Window, name: String) throws(Refusal) -> Int {
    let channels = graph.shape(of: input)[1]
    let shape = [channels, 1, window.kernel.y, window.kernel.x]
    guard let count = shape.boundedProduct else { throw Refusal("has too large a window") }
    try spend(count)
    let share = Float(1 / Double(window.kernel.y * window.kernel.x))
    let weights = parameter(name + ".weight", shape: shape, [Float](repeating: share, count: count))
    let convolution = Convolution(stride: window.stride, padding: window.padding, groups: channels)
    return try add(.convolution(convolution), [input], [weights], name: name)
  }

  /// Whether no element of a tensor can be below zero, so that zeros around it change no maximum.
  private func isNeverNegative(_ tensor: Int) -> Bool {
    switch producer(of: tensor)?.operation {
    case .activation(.relu), .activation(.sigmoid), .activation(.hardSigmoid): true
    case .activation(.clip(let low, _)): low >= 0
    default: false
    }
  }

  fileprivate func globalPool(_ kind: PoolKind, _ node: NodeView) throws(Refusal) -> [Binding] {
    bind(try add(.pool(.global(kind)), [try map(try node.value(0), name: node.name)], name: node.name))
  }

  fileprivate func reduce(_ kind: PoolKind, _ node: NodeView) throws(Refusal) -> [Binding] {
    let value = try whole(try node.value(0), name: node.name)
    let rank = value.shape.count
    let stated = try node.integers("axes", orInput: 1) ?? []
    var axes = Set<Int>()
    for axis in stated { axes.insert(try node.axis(axis, rank: rank)) }
    let carrier = graph.shape(of: value.tensor)
    let spatial: Set<Int>
    switch value.order {
    case .same where value.shape == carrier && rank == 4: spatial = [2, 3]
    case .axes(let order): spatial = Set(order.indices.filter { order[$0] > 1 })
    default: spatial = []
    }
    guard !spatial.isEmpty, axes == spatial else {
      throw Refusal("reduces the axes \(stated) of \(describe(value.shape)), expected those of height and width")
    }
    let pooled = try add(.pool(.global(kind)), [value.tensor], name: node.name)
    var shape = value.shape
    for axis in spatial { shape[axis] = 1 }
    let keeps = try node.integer("keepdims", default: 1) == 1
    return bind(pooled, shape: keeps ? shape : shape.indices.filter { !spatial.contains($0) }.map { shape[$0] })
  }
}
