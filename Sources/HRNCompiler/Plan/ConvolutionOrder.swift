import HRNFormat

/// The order in which a direct convolution does its work: bands of rows, and chunks of input blocks within them. A plan
/// that says Winograd has one too, for CPUs whose direct kernel is as good.
///
/// Of a band all groups of outputs are computed before the next one begins, so that its input is read from a
/// second-level cache by all but the first. Within a group the sums of one chunk after another are added up, so that the
/// chunk's weights, and the input that meets them, are read from a first-level cache by all positions but the first.
struct ConvolutionOrder: Equatable {
  /// How much is near at a time.
  struct Caches {
    /// Input bytes of a band: a share of a second-level cache that leaves room for the weights of a chunk.
    let bandBytes: Int
    /// Bytes of an output channel's weights in a chunk: those of the channels that are computed together fit a
    /// first-level cache, or follow from the second in time.
    let chunkBytes: Int

    init(_ target: Target) {
      switch target {
      case .portable, .avx2: (bandBytes, chunkBytes) = (256 << 10, 576)
      case .avx512vnni, .avx512bf16: (bandBytes, chunkBytes) = (512 << 10, 2304)
      }
    }
  }

  /// Output rows of a band.
  let band: Int
  /// Input blocks of a chunk; nil where all are one.
  let chunk: Int?

  /// - Parameters:
  ///   - output: rows and columns before any pool.
  ///   - inputRow: bytes of a row of one input block.
  ///   - stride: input rows from one output row to the next.
  init(
    output: Extent2D, inputRow: Int, stride: Int, _ packing: WeightPacking, elementBytes: Int, _ caches: Caches
  ) {
    let blocks = packing.blockCount, blockBytes = packing.depth / blocks * elementBytes
    let most = output.x <= Packing.chunkPositions ? max(1, caches.chunkBytes / blockBytes) : blocks
    let chunk = blocks.shared(among: blocks.shared(among: most))
    self.chunk = chunk < blocks ? chunk : nil
    var rows = max(1, caches.bandBytes / (chunk * inputRow * stride))
    if chunk < blocks { rows = min(rows, Packing.chunkPositions / output.x) }
    band = output.y.shared(among: output.y.shared(among: min(rows, output.y)))
  }

  private init(band: Int, chunk: Int?) {
    self.band = band
    self.chunk = chunk
  }

  /// The same in bands that a plan of Winograd may have: of whole tiles, the last of which may reach past the map.
  func tiled(output: Extent2D) -> ConvolutionOrder {
    let tile = Algorithm.winograd.tile
    let tiled = band == output.y ? band.roundedUp(to: tile) : max(tile, band / tile * tile)
    let isChunked = min(tiled, output.y) <= Packing.chunkPositions / output.x
    return ConvolutionOrder(band: tiled, chunk: isChunked ? chunk : nil)
  }
}

extension Int {
  /// The largest of `count` near-equal shares, which is also how many shares of `count` there are.
  fileprivate func shared(among count: Int) -> Int { (self + count - 1) / count }
}
