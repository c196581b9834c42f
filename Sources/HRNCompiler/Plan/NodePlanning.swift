import HRNFormat
import HRNGraph

/// How each node is computed: its algorithm, and how its work is cut for the workers.
enum NodePlanning {
  /// Maps at least this high are cut into bands of rows.
  static let tallMap = 28
  /// Bands of a tall map: enough for eight workers, few enough that weights are read seldom.
  static let bands = 8
  /// Positions of a band that make reading a chunk's weights a small part of its work: a map has fewer bands for it …
  static let bandPositions = 192
  /// … but as many as there are workers by default.
  static let leastBands = 4
  /// Fewer multiplications than this are not worth waking a second worker for.
  static let smallWork = 1 << 18
  /// Fewer taps of a pool than this are not.
  static let smallPool = 1 << 17

  /// Tiles of a band that Winograd computes at a time: enough for the transform of its weights to be a small part. Those of
  /// bfloat16 have a quarter of the outputs.
  static func winogradTiles(_ algorithm: Algorithm) -> Int { algorithm == .winograd16 ? 224 : 48 }
  /// Maps at most this high are transformed whole: bands would transform their weights again.
  static let winogradWhole = 28

  /// - Parameters:
  ///   - algorithm: of a convolution.
  ///   - order: of a convolution that some CPU computes directly, whatever its algorithm.
  /// - Returns: the plan of a node, and the bytes of scratch memory it needs.
  static func plan(
    _ node: Node, in graph: Graph, isView: Bool, _ algorithm: Algorithm, _ order: ConvolutionOrder?
  ) -> (plan: NodePlan, scratchBytes: Int) {
    if isView { return (NodePlan(algorithm: .view), 0) }
    let output = graph.tensors[node.outputs[0]].shape
    switch node.operation {
    case .convolution(let convolution):
      let weights = graph.tensors[node.parameters[0]].shape
      let groups = (weights[0] + WeightPacking.groupLanes - 1) / WeightPacking.groupLanes
      let height = output[2], work = output[2] * output[3] * weights.reduce(1, *)
      if convolution.globalPool != nil {
        let plan = NodePlan(
          algorithm: algorithm, split: groups > 1 ? .groups : .none, loopOrder: .groupsOuter,
          band: order?.band ?? algorithm.tile, chunk: order?.chunk)
        return (plan, accumulatorBytes(weights[0]))
      }
      if algorithm == .direct, let order {
        return (convolutionPlan(height: height, width: output[3], work: work, groups: groups, order), 0)
      }
      return (winogradPlan(algorithm, height: height, width: output[3], groups: groups, order), 0)
    case .linear:
      let weights = graph.tensors[node.parameters[0]].shape
      let isSmall = weights[0] * weights[1] < smallWork || weights[0] <= WeightPacking.groupLanes
      return (NodePlan(split: isSmall ? .none : .groups, loopOrder: .groupsOuter), accumulatorBytes(weights[0]))
    case .pool(.global(.average)):
      return (NodePlan(), accumulatorBytes(output[1].roundedUp(to: WeightPacking.groupLanes)))
    case .pool(.window(_, let kernel, _, _)):
      return (NodePlan(split: output.reduce(kernel.y * kernel.x, *) < smallPool ? .none : .groups), 0)
    default: return (NodePlan(), 0)
    }
  }

  private static func convolutionPlan(
    height: Int, width: Int, work: Int, groups: Int, _ order: ConvolutionOrder
  ) -> NodePlan {
    if work < smallWork { return NodePlan(band: order.band, chunk: order.chunk) }
    if height >= tallMap || groups < 4 {
      let most = min(order.band, bandRows(height: height, width: width))
      return NodePlan(
        split: .rows, loopOrder: .rowsOuter, band: evenBand(of: height, atMost: most), chunk: order.chunk)
    }
    return NodePlan(split: .groups, loopOrder: .groupsOuter, band: order.band, chunk: order.chunk)
  }

  private static func winogradPlan(
    _ algorithm: Algorithm, height: Int, width: Int, groups: Int, _ order: ConvolutionOrder?
  ) -> NodePlan {
    let tile = algorithm.tile
    if groups >= 4 || groups > 1 && height <= winogradWhole {
      return NodePlan(
        algorithm: algorithm, split: .groups, loopOrder: .groupsOuter,
        band: order?.band ?? height.roundedUp(to: tile), chunk: order?.chunk)
    }
    let tileRows = (height + tile - 1) / tile, tilesPerRow = (width + tile - 1) / tile
    let most = (winogradTiles(algorithm) + tilesPerRow - 1) / tilesPerRow
    let band = evenBand(of: tileRows, atMost: min(tileRows, most))
    return NodePlan(algorithm: algorithm, split: .rows, loopOrder: .rowsOuter, band: band * tile)
  }

  /// Rows of a band of a map that is cut into them, at most.
  static func bandRows(height: Int, width: Int) -> Int {
    let wide = min((bandPositions + width - 1) / width, (height + leastBands - 1) / leastBands)
    return max((height + bands - 1) / bands, wide)
  }

  /// The largest band of at most so many rows by which there is an even number of bands, which two threads share
  /// equally; `most` where that would take bands half as large.
  static func evenBand(of rows: Int, atMost most: Int) -> Int {
    let least = (rows + most - 1) / most
    for count in least..<max(2 * least, least + 1) where count.isMultiple(of: 2) {
      let band = (rows + count - 1) / count
      if (rows + band - 1) / band == count { return band }
    }
    return most
  }

  /// One 32-bit number per output lane.
  private static func accumulatorBytes(_ outputs: Int) -> Int {
    outputs.roundedUp(to: WeightPacking.laneStep) * 4
  }
}
