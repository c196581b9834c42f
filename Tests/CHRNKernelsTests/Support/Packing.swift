import CHRNKernels

func roundUp(_ value: Int, to multiple: Int) -> Int { (value + multiple - 1) / multiple * multiple }

/// The packing that hrn_kernels.h states, written from its words: weights `[N, C, KH, KW]`, read through `weight`, to
/// [group][input block][tap row][tap column][k / kStep][lane][kStep]. `blocks` are those that each group reads; `weight`
/// is asked for every channel in them. What lies past N is zero.
func packWeights<Weight: Numeric>(
  outputs: Int, blocks: (_ group: Int) -> Range<Int>, kernelHeight: Int, kernelWidth: Int, inBlock: Int, kStep: Int,
  weight: (_ n: Int, _ c: Int, _ ky: Int, _ kx: Int) -> Weight
) -> [Weight] {
  var packed: [Weight] = []
  let lanesTotal = roundUp(outputs, to: 16)
  for group in stride(from: 0, to: lanesTotal, by: HRN_GROUP_LANES) {
    let lanes = min(HRN_GROUP_LANES, lanesTotal - group)
    for block in blocks(group / HRN_GROUP_LANES) {
      for ky in 0..<kernelHeight {
        for kx in 0..<kernelWidth {
          for k in stride(from: 0, to: inBlock, by: kStep) {
            for lane in 0..<lanes {
              for step in 0..<kStep {
                let n = group + lane, c = block * inBlock + k + step
                packed.append(n < outputs ? weight(n, c, ky, kx) : 0)
              }
            }
          }
        }
      }
    }
  }
  return packed
}

/// The depthwise packing: [group][tap row][tap column][lane].
func packDepthwiseWeights<Weight: Numeric>(
  outputs: Int, kernelHeight: Int, kernelWidth: Int, weight: (_ n: Int, _ ky: Int, _ kx: Int) -> Weight
) -> [Weight] {
  var packed: [Weight] = []
  let lanesTotal = roundUp(outputs, to: 16)
  for group in stride(from: 0, to: lanesTotal, by: HRN_GROUP_LANES) {
    for ky in 0..<kernelHeight {
      for kx in 0..<kernelWidth {
        for n in group..<min(group + HRN_GROUP_LANES, lanesTotal) { packed.append(n < outputs ? weight(n, ky, kx) : 0) }
      }
    }
  }
  return packed
}

/// The packing of Winograd in 8 bits: [16 lanes][position][k / 4][lane][4], k over whole blocks of channels.
func packWinograd8(
  outputs: Int, channels: Int, block: Int, weight: (_ n: Int, _ c: Int, _ position: Int) -> Int8
) -> [Int8] {
  var packed: [Int8] = []
  for first in stride(from: 0, to: outputs, by: 16) {
    for position in 0..<16 {
      for k in stride(from: 0, to: roundUp(channels, to: block), by: 4) {
        for lane in 0..<16 {
          for c in k..<k + 4 {
            packed.append(first + lane < outputs && c < channels ? weight(first + lane, c, position) : 0)
          }
        }
      }
    }
  }
  return packed
}
