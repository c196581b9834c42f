import CHRNKernels

/// One convolution to test: its logical geometry, and how its tensors lie in memory.
struct ConvolutionCase: CustomStringConvertible {
  var channels, height, width, outputs: Int
  var kernelHeight = 1, kernelWidth = 1
  var strideY = 1, strideX = 1
  var padTop = 0, padLeft = 0, padBottom = 0, padRight = 0
  var dilationY = 1, dilationX = 1
  /// Parts that channels and outputs are cut into; an output reads the channels of its part.
  var parts = 1
  /// Packed for the depthwise kernel: as many parts as channels and outputs.
  var isDepthwise = false
  var inBlock = 16, outBlock = 16
  /// Reads interleaved pixels: one tap column of kernelWidth * channels lanes.
  var isStem = false
  var hasResidual = false
  var isPooled = false
  /// Classes of border positions, per axis; 1 for none.
  var borderClasses = 1
  /// Elements of nobody's between rows.
  var rowGap = 0
  var seed: UInt64 = 1

  var extentY: Int { (kernelHeight - 1) * dilationY + 1 }
  var extentX: Int { (kernelWidth - 1) * dilationX + 1 }
  var outHeight: Int { (height + padTop + padBottom - extentY) / strideY + 1 }
  var outWidth: Int { (width + padLeft + padRight - extentX) / strideX + 1 }
  /// Channels that an output reads.
  var depth: Int { channels / parts }
  var lanes: Int { roundUp(outputs, to: 16) }
  var groups: Int { roundUp(outputs, to: 64) / 64 }
  var macs: Int { outHeight * outWidth * outputs * kernelHeight * kernelWidth * depth }

  /// Lanes of an input block, blocks, and elements between rows and between blocks.
  var stemLanes: Int { roundUp(kernelWidth * channels, to: 4) }
  var inBlocks: Int { isStem ? 1 : roundUp(channels, to: inBlock) / inBlock }
  var inRowStride: Int {
    guard isStem else { return width * inBlock + rowGap }
    return max(width * channels, (outWidth - 1) * strideX * channels + stemLanes) + rowGap
  }
  var inBlockStride: Int { height * inRowStride }
  var inputCount: Int { inBlocks * inBlockStride - rowGap }

  var outRowStride: Int { outWidth * outBlock + rowGap }
  var outBlockStride: Int { outHeight * outRowStride + rowGap }
  var outBlocks: Int { roundUp(lanes, to: outBlock) / outBlock }
  var outputCount: Int { outBlocks * outBlockStride - rowGap }

  /// The channels that an output reads.
  func channels(of output: Int) -> Range<Int> {
    let first = output / (outputs / parts) * depth
    return first..<first + depth
  }

  /// The first input block that each group of 64 outputs reads, and how many all of them read.
  var readBlocks: (first: [Int], count: Int) {
    let spans = stride(from: 0, to: outputs, by: 64).map { group -> ClosedRange<Int> in
      let read = (group..<min(group + 64, outputs)).flatMap { channels(of: $0).map { $0 / inBlock } }
      return read.min()!...read.max()!
    }
    let count = spans.map(\.count).max()!
    return (spans.map { min($0.lowerBound, inBlocks - count) }, count)
  }

  func inputOffset(_ c: Int, _ y: Int, _ x: Int) -> Int {
    isStem
      ? y * inRowStride + x * channels + c
      : c / inBlock * inBlockStride + y * inRowStride + x * inBlock + c % inBlock
  }

  func outputOffset(_ n: Int, _ y: Int, _ x: Int) -> Int {
    n / outBlock * outBlockStride + y * outRowStride + x * outBlock + n % outBlock
  }

  /// The position's class along one axis: the nearest edge decides, as for biases corrected at a border.
  func borderClass(_ position: Int, of extent: Int) -> UInt8 {
    borderClasses == 1 ? 0 : UInt8(min(position, extent - 1 - position, borderClasses - 1))
  }

  var shape: hrn_conv2d_shape {
    hrn_conv2d_shape(
      in_height: Int32(height), in_width: Int32(width), map_blocks: Int32(isDepthwise ? 1 : inBlocks),
      in_blocks: Int32(isDepthwise || isStem ? 1 : readBlocks.count),
      in_block: Int32(isDepthwise ? 1 : isStem ? stemLanes : inBlock),
      part_inputs: Int32(isStem ? stemLanes : depth), part_outputs: Int32(outputs / parts),
      in_pixel_stride: Int64(isStem ? channels : inBlock),
      in_row_stride: Int64(inRowStride), in_block_stride: Int64(inBlockStride), kernel_height: Int32(kernelHeight),
      kernel_width: isStem ? 1 : Int32(kernelWidth), stride_y: Int32(strideY), stride_x: Int32(strideX),
      dilation_y: Int32(dilationY), dilation_x: Int32(dilationX), pad_top: Int32(padTop), pad_left: Int32(padLeft),
      out_height: Int32(outHeight), out_width: Int32(outWidth),
      out_channels: Int32(outputs), out_block: Int32(outBlock), out_row_stride: Int64(outRowStride),
      out_block_stride: Int64(outBlockStride), band: order.band, chunk: order.chunk)
  }

  /// The order of the work, another one for every seed.
  private var order: (band: Int32, chunk: Int32) {
    let (rows, blocks) = (outHeight, isDepthwise || isStem ? 1 : readBlocks.count)
    let most = Int(HRN_CHUNK_POSITIONS) / outWidth
    let chunk = most == 0 ? blocks : 1 + Int(truncatingIfNeeded: seed % UInt64(blocks))
    let band = 1 + Int(truncatingIfNeeded: seed / 3 % UInt64(rows))
    return (Int32(chunk < blocks ? min(band, most) : band), Int32(chunk))
  }

  /// The weights in the packing of `shape`: a stem's taps of one row are the lanes of its one block.
  func packed<Weight: Numeric>(kStep: Int, weight: (Int, Int, Int, Int) -> Weight) -> [Weight] {
    if isDepthwise {
      return packDepthwiseWeights(outputs: outputs, kernelHeight: kernelHeight, kernelWidth: kernelWidth) {
        weight($0, 0, $1, $2)
      }
    }
    if isStem {
      return packWeights(
        outputs: outputs, blocks: { _ in 0..<1 }, kernelHeight: kernelHeight, kernelWidth: 1, inBlock: stemLanes,
        kStep: kStep
      ) { n, lane, ky, _ in lane < kernelWidth * channels ? weight(n, lane % channels, ky, lane / channels) : 0 }
    }
    let (first, count) = readBlocks
    return packWeights(
      outputs: outputs, blocks: { first[$0]..<first[$0] + count }, kernelHeight: kernelHeight, kernelWidth: kernelWidth,
      inBlock: inBlock, kStep: kStep
    ) { n, c, ky, kx in
      let read = channels(of: n)
      return read.contains(c) ? weight(n, c - read.lowerBound, ky, kx) : 0
    }
  }

  var description: String {
    "\(channels)x\(height)x\(width) -> \(outputs)x\(outHeight)x\(outWidth), kernel \(kernelHeight)x\(kernelWidth), "
      + "stride \(strideY),\(strideX), pads \(padTop),\(padLeft),\(padBottom),\(padRight), "
      + "dilation \(dilationY),\(dilationX), \(parts) parts, blocks \(inBlock)->\(outBlock)"
      + (isDepthwise ? ", depthwise" : "")
      + (isStem ? ", stem" : "") + (hasResidual ? ", residual" : "") + (isPooled ? ", pooled" : "")
      + ", \(borderClasses) classes, gap \(rowGap), seed \(seed)"
  }
}

extension ConvolutionCase {
  /// Convolutions of every kind, small enough for a naive loop: `count` of them that follow from `seed`.
  static func random(
    _ count: Int, seed: UInt64, macs limit: Int, blocks: [Int], _ kind: Kind = .whole
  ) -> [ConvolutionCase] {
    var generator = SeededGenerator(seed: seed)
    var cases: [ConvolutionCase] = []
    while cases.count < count {
      var candidate = random(using: &generator, blocks: blocks)
      candidate.cut(as: kind, using: &generator)
      if candidate.fits && candidate.macs <= limit { cases.append(candidate) }
    }
    return cases
  }

  /// Convolutions that Winograd takes: 3 x 3, of stride 1, in one part.
  static func winograd(_ count: Int, seed: UInt64, macs limit: Int, blocks: [Int]) -> [ConvolutionCase] {
    var generator = SeededGenerator(seed: seed)
    var cases: [ConvolutionCase] = []
    while cases.count < count {
      var c = random(using: &generator, blocks: blocks)
      c.isStem = false
      (c.kernelHeight, c.kernelWidth, c.strideY, c.strideX, c.dilationY, c.dilationX) = (3, 3, 1, 1, 1, 1)
      (c.padTop, c.padBottom) = (generator.int(in: 0...2), generator.int(in: 0...2))
      (c.padLeft, c.padRight) = (generator.int(in: 0...2), generator.int(in: 0...2))
      if c.fits && c.macs <= limit { cases.append(c) }
    }
    return cases
  }

  enum Kind { case whole, inParts, depthwise }

  /// Gives the convolution parts, of every proportion of 64 outputs and a block of channels.
  private mutating func cut(as kind: Kind, using g: inout SeededGenerator) {
    if kind == .whole { return }
    isStem = false
    parts = kind == .depthwise ? g.pick([1, 2, 5, 16, 17, 40, 64, 65, 130]) : g.pick([2, 3, 4, 5, 8, 16, 33])
    channels = kind == .depthwise ? parts : parts * g.pick([1, 2, 3, 4, 7, 8, 16, 20, 33, 64])
    outputs = kind == .depthwise ? parts : parts * g.pick([1, 2, 4, 5, 8, 16, 24, 64, 70])
    isDepthwise = kind == .depthwise
    if isDepthwise { inBlock = outBlock }
  }

  private var fits: Bool {
    height + padTop + padBottom >= extentY && width + padLeft + padRight >= extentX
  }

  private static func random(using g: inout SeededGenerator, blocks: [Int]) -> ConvolutionCase {
    let channels = [1, 3, 12, 16, 20, 33, 64, 65, 96, 128, 130]
    var c = ConvolutionCase(
      channels: g.pick(channels), height: g.int(in: 1...15), width: g.pick([1, 2, 3, 5, 6, 7, 8, 11, 13, 14, 15, 29]),
      outputs: g.pick(channels))
    c.isStem = g.int(in: 0...5) == 0
    c.kernelHeight = g.pick([1, 3, 3, 5, 7])
    c.kernelWidth = g.int(in: 0...3) == 0 ? g.pick([1, 2, 3, 5, 7]) : c.kernelHeight
    c.strideY = g.int(in: 1...2)
    c.strideX = g.int(in: 0...4) == 0 ? g.int(in: 1...3) : c.strideY
    if c.isStem {
      c.channels = g.pick([1, 3, 4])
    } else {
      let same = g.bool()
      c.padTop = same ? c.kernelHeight / 2 : g.int(in: 0...3)
      c.padBottom = same ? c.padTop : g.int(in: 0...3)
      c.padLeft = same ? c.kernelWidth / 2 : g.int(in: 0...3)
      c.padRight = same ? c.padLeft : g.int(in: 0...3)
    }
    c.inBlock = g.pick(blocks)
    c.outBlock = g.pick(blocks)
    c.hasResidual = g.int(in: 0...2) == 0
    c.isPooled = g.int(in: 0...4) == 0
    c.borderClasses = g.pick([1, 1, 2, 3])
    c.rowGap = g.pick([0, 0, 16, 48])
    c.dilationY = g.pick([1, 1, 1, 2, 3])
    c.dilationX = c.isStem ? 1 : g.pick([1, 1, 1, 2, 4])
    c.seed = g.next()
    return c
  }
}
