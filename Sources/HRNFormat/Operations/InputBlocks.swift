/// Which channel blocks of its input each group of 64 output lanes of a convolution reads.
///
/// A convolution in `groups` is cut into parts: every `outputs / groups` output channels read input channels of their
/// own. A group of lanes reads the blocks that hold those of its lanes' parts; so that all groups of lanes read equally
/// many, as many as the one that needs most, the last of the map where there are no more.
package struct InputBlocks: Hashable, Sendable {
  /// Blocks of the map.
  package let total: Int
  /// Blocks that a group of lanes reads.
  package let count: Int
  /// Lanes of a block.
  package let block: Int
  /// Input and output channels of a part.
  package let partInputs: Int
  package let partOutputs: Int

  /// - Parameters:
  ///   - inputs: input channels that one output channel reads.
  ///   - block: lanes of an input block.
  package init(outputs: Int, inputs: Int, groups: Int, block: Int) {
    let total = (inputs * groups + block - 1) / block
    let partOutputs = outputs / groups
    var count = groups == 1 ? total : 1
    if groups > 1 {
      for lane in stride(from: 0, to: outputs, by: Packing.groupLanes) {
        let last = min(lane + Packing.groupLanes, outputs) - 1
        let (first, end) = (lane / partOutputs * inputs / block, (last / partOutputs + 1) * inputs)
        count = max(count, (end - 1) / block - first + 1)
      }
    }
    self.total = total
    self.count = count
    self.block = block
    partInputs = inputs
    self.partOutputs = partOutputs
  }

  /// The first block that a group of lanes reads.
  package func first(of group: Int) -> Int {
    min(group * Packing.groupLanes / partOutputs * partInputs / block, total - count)
  }
}

extension Packing {
  /// Output lanes are rounded up to a multiple of this.
  package static let laneStep = 16
  /// Output lanes of one group, at most.
  package static let groupLanes = 64
  /// Neighbouring int8 weights of one lane.
  package static let interleave = 4
  /// Output positions of a band that is computed in chunks, at most: kernels keep their sums.
  package static let chunkPositions = 384
}
