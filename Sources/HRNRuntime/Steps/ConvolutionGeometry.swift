import CHRNKernels
import HRNFormat

extension Binder {
  /// A convolution's tensors and the geometry that all precisions share.
  struct ConvolutionParts {
    var input: Place
    var residual: Place?
    var output: Place
    var shape: hrn_conv2d_shape
    /// Elements from the input's first to the one that window (0, 0) begins with, before the padding.
    var inputOffset: Int
    var work: ConvolutionWork
    /// Output channels, rounded up to whole vectors.
    var lanes: Int
    var isPooled: Bool
    /// Whether its kernel is the one that reads a channel for each.
    var isDepthwise: Bool
  }

  /// Binds inputs and output of a convolution over elements of one type.
  func parts(
    _ convolution: Convolution, of node: Node, _ plan: NodePlan, type: ElementType, outputType: ElementType
  ) throws(SessionError) -> ConvolutionParts {
    guard node.inputs.count == 1 || node.inputs.count == 2, let weight = node.parameters.first,
      graph.tensors.indices.contains(weight), graph.tensors[weight].shape.count == 4
    else { throw node.fault("a convolution has one or two inputs, and weights of four dimensions") }
    let input = try activation(node.inputs[0], type, of: node)
    let output = try activation(node.outputs[0], outputType, of: node)
    let residual = node.inputs.count == 2 ? try activation(node.inputs[1], type, of: node) : nil
    let isPooled = convolution.globalPool != nil
    guard input.tensor.shape.count == 4 else { throw node.fault("a convolution reads feature maps") }

    let weights = graph.tensors[weight].shape
    guard let convolved = try? convolution.convolvedShape(input: input.tensor.shape, weights: weights) else {
      throw node.fault("its weights do not fit its input")
    }
    let (stride, dilation) = (convolution.stride, convolution.dilation)
    let extent = convolution.extent(of: Extent2D(y: weights[2], x: weights[3]))
    guard max(extent.y, extent.x) <= Limits.extent else { throw node.fault("its window is too large") }
    var shape = hrn_conv2d_shape()
    shape.out_channels = try node.int32(weights[0])
    shape.out_height = try node.int32(convolved[2])
    shape.out_width = try node.int32(convolved[3])
    (shape.stride_y, shape.stride_x) = (try node.int32(stride.y), try node.int32(stride.x))
    (shape.dilation_y, shape.dilation_x) = (try node.int32(dilation.y), try node.int32(dilation.x))
    shape.kernel_height = try node.int32(weights[2])
    let inputOffset = try setInput(&shape, input, convolution, weights, of: node)
    try setOutput(&shape, output, residual, isPooled: isPooled, of: node)
    var isDepthwise = false
    if case .blocked(let block) = input.tensor.layout, convolution.isDepthwise(weights: weights) {
      isDepthwise = true
      try setDepthwise(&shape, block: block, residual, isPooled: isPooled, of: node)
    }
    try setOrder(&shape, plan, of: node)
    return ConvolutionParts(
      input: input, residual: residual, output: output, shape: shape, inputOffset: inputOffset,
      work: try ConvolutionWork(shape, plan, isPooled: isPooled, of: node), lanes: Lanes.rounded(weights[0]),
      isPooled: isPooled, isDepthwise: isDepthwise)
  }

  /// Describes the reading side; the offset of the first window from the input's first element.
  private func setInput(
    _ shape: inout hrn_conv2d_shape, _ input: Place, _ convolution: Convolution, _ weights: [Int], of node: Node
  ) throws(SessionError) -> Int {
    let padding = convolution.padding
    switch input.tensor.layout {
    case .blocked(let block):
      let map = try input.map(of: node)
      let blocks = InputBlocks(outputs: weights[0], inputs: weights[1], groups: convolution.groups, block: block)
      shape.in_height = map.height
      shape.in_width = map.width
      shape.map_blocks = try node.int32(blocks.total)
      shape.in_blocks = try node.int32(blocks.count)
      shape.in_block = map.block
      shape.part_inputs = try node.int32(blocks.partInputs)
      shape.part_outputs = try node.int32(blocks.partOutputs)
      shape.in_pixel_stride = Int64(map.block)
      shape.in_row_stride = map.rowStride
      shape.in_block_stride = map.blockStride
      shape.kernel_width = try node.int32(weights[3])
      shape.pad_top = try node.int32(padding.top)
      shape.pad_left = try node.int32(padding.left)
      return 0
    case .pixels(let border, let rowPitch):
      return try setPicture(&shape, input, convolution, weights, border: border, rowPitch: rowPitch, of: node)
    case .plain, .packed:
      throw node.fault("its input is laid out neither in blocks of channels nor as pixels")
    }
  }

  /// Describes how a stem reads interleaved pixels: a tap row is a run of lanes, and its padding is in memory.
  private func setPicture(
    _ shape: inout hrn_conv2d_shape, _ input: Place, _ convolution: Convolution, _ weights: [Int], border: Int,
    rowPitch: Int, of node: Node
  ) throws(SessionError) -> Int {
    let padding = convolution.padding
    let (channels, height) = (input.tensor.shape[1], input.tensor.shape[2])
    let extent = convolution.extent(of: Extent2D(y: weights[2], x: weights[3]))
    guard let rowLanes = checkedProduct(extent.x, channels), padding.top <= border, padding.left <= border else {
      throw node.fault("the border of its image is narrower than its padding")
    }
    let lanes = (rowLanes + 3) / 4 * 4
    let rows = (Int(shape.out_height) - 1) * convolution.stride.y + extent.y
    let lastColumn = (Int(shape.out_width) - 1) * convolution.stride.x
    guard border - padding.top + rows <= height + 2 * border,
      let lastLane = checkedProduct(border - padding.left + lastColumn, channels), lastLane <= rowPitch - lanes
    else { throw node.fault("its last window reaches past the rows of its image") }
    shape.in_height = try node.int32(rows)
    shape.in_width = try node.int32(lastColumn + 1)
    shape.map_blocks = 1
    shape.in_blocks = 1
    shape.in_block = try node.int32(lanes)
    shape.part_inputs = shape.in_block
    shape.part_outputs = shape.out_channels
    shape.in_pixel_stride = Int64(channels)
    shape.in_row_stride = Int64(rowPitch)
    shape.in_block_stride = 0
    shape.kernel_width = 1
    shape.dilation_x = 1
    return (border - padding.top) * rowPitch + (border - padding.left) * channels
  }

  /// Describes the packing of a depthwise convolution, whose channels lie alike in all its tensors.
  private func setDepthwise(
    _ shape: inout hrn_conv2d_shape, block: Int, _ residual: Place?, isPooled: Bool, of node: Node
  ) throws(SessionError) {
    // What a pooled convolution writes is no map; without a residual nothing else says how its channels lie.
    if isPooled, residual == nil { shape.out_block = try node.int32(block) }
    guard shape.out_block == block else { throw node.fault("its channels lie in other blocks than those of its input") }
    (shape.map_blocks, shape.in_blocks, shape.in_block) = (1, 1, 1)
    (shape.part_inputs, shape.part_outputs) = (1, 1)
  }

  /// Describes the writing side: the output, or for a pooled convolution the residual, which has its size.
  private func setOutput(
    _ shape: inout hrn_conv2d_shape, _ output: Place, _ residual: Place?, isPooled: Bool, of node: Node
  ) throws(SessionError) {
    let result = try output.map(of: node)
    var map = BlockedMap(
      channels: shape.out_channels, height: shape.out_height, width: shape.out_width, block: result.block)
    let pooled = BlockedMap(channels: map.channels, height: 1, width: 1, block: result.block)
    guard result == (isPooled ? pooled : map), Int(map.blocks) * Int(map.block) == Lanes.rounded(Int(map.channels))
    else { throw node.fault("its output has another shape than its operation gives") }
    if let residual {
      let other = try residual.map(of: node)
      if isPooled { map.block = other.block }
      guard other == map else { throw node.fault("its residual is laid out differently from its output") }
    }
    shape.out_block = map.block
    shape.out_row_stride = map.rowStride
    shape.out_block_stride = map.blockStride
  }
}

extension Binder {
  /// Describes the order of the work.
  private func setOrder(_ shape: inout hrn_conv2d_shape, _ plan: NodePlan, of node: Node) throws(SessionError) {
    guard plan.band > 0, plan.chunk ?? 1 > 0 else { throw node.fault("its plan has no band or no chunk") }
    shape.band = Int32(clamping: min(plan.band, Int(shape.out_height)))
    shape.chunk = Int32(clamping: min(plan.chunk ?? Int(shape.in_blocks), Int(shape.in_blocks)))
    guard shape.chunk == shape.in_blocks || Int(shape.band) <= Packing.chunkPositions / Int(shape.out_width) else {
      throw node.fault("its bands are too large for its chunks")
    }
  }
}

/// How the work of a convolution is cut, and in what order one thread goes through it.
struct ConvolutionWork {
  let groups: Int32
  let rows: Int32
  let band: Int32
  /// Where rows may be cut.
  private let unit: Int32
  let split: Split
  let order: LoopOrder

  init(_ shape: hrn_conv2d_shape, _ plan: NodePlan, isPooled: Bool, of node: Node) throws(SessionError) {
    groups = Lanes.groups(shape.out_channels)
    rows = shape.out_height
    guard !isPooled || plan.split != .rows else { throw node.fault("a pooled convolution cannot be split by rows") }
    // A pooled sum is taken over all rows at once.
    band = isPooled ? rows : shape.band
    unit = Int32(plan.algorithm.tile)
    split = plan.split
    order = plan.loopOrder
  }

  var bands: Int32 { pieces(rows, of: band) }

  /// Of a run on several threads.
  var items: Int32 {
    switch split {
    case .none: 1
    case .rows: bands
    case .groups: groups
    }
  }

  /// The groups and rows of one item.
  func item(_ item: Int32) -> (groups: Extent, rows: Extent) {
    switch split {
    case .none: (Extent(all: groups), Extent(all: rows))
    case .rows: (Extent(all: groups), band(item))
    case .groups: (Extent(piece: item, of: 1, count: groups), Extent(all: rows))
    }
  }

  /// Bands are near-equal, none larger than the plan says.
  private func band(_ index: Int32) -> Extent { Extent(piece: index, ofEqual: bands, unit: unit, count: rows) }

  /// Goes through everything on one thread: bands outside, so that their input stays near, or groups outside, so that
  /// their weights do.
  func forEach(_ body: (Extent, Extent) -> Void) {
    switch order {
    case .rowsOuter:
      for i in 0..<bands { body(Extent(all: groups), band(i)) }
    case .groupsOuter:
      for i in 0..<groups { body(Extent(piece: i, of: 1, count: groups), Extent(all: rows)) }
    }
  }
}
