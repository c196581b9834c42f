/// What the int8 weights of each output lane add up to, in packed order.
package struct PackedSums {
  /// By lane: the sum of the weights above 0, and the magnitude of that of those below.
  private var above: [Int]
  private var below: [Int]
  /// The first lane two steps of which do not fit 16 bits; nil where there is none.
  package private(set) var firstNotNarrow: Int?

  /// An exact Winograd computes nine times 64 times a sum modulo 2³²: below this the sum can be told from that.
  package static let winogradLimit = 1 << 25
  /// 255 · 128 is the largest multiple of 255 that 16 bits hold: the sum, above 0 or below, that the weights of a narrow
  /// lane may have which a CPU without 8-bit dot products adds up in 16 bits. Those are the weights k, k + 1, k + 4, k + 5,
  /// and k + 2, k + 3, k + 6, k + 7, of a multiple of 8 within a tap of an input block.
  package static let narrowLimit = 128

  /// - Parameter lanes: output channels rounded up.
  package init(of packed: UnsafeRawBufferPointer, lanes: Int, _ layout: Layout) {
    var interleave = Packing.interleave
    var block = packed.count / lanes
    var groupLanes = Packing.groupLanes
    switch layout {
    case .packed(.depthwise, _): interleave = 1
    case .packed(.portable, inputBlock: let lanes): block = lanes
    case .packed(.winograd8, inputBlock: let lanes): (block, groupLanes) = (lanes, Packing.laneStep)
    case .plain, .blocked, .pixels: preconditionFailure("packed weights have a packed layout")
    }
    above = [Int](repeating: 0, count: lanes)
    below = above
    let depth = packed.count / lanes
    for first in stride(from: 0, to: lanes, by: groupLanes) {
      let width = min(groupLanes, lanes - first)
      // By lane and half of its step, what the present two steps add up to.
      var pair = [(above: Int, below: Int)](repeating: (0, 0), count: 2 * width)
      for step in 0..<depth / interleave {
        let place = step % (block / interleave)
        if place % 2 == 0 { for half in pair.indices { pair[half] = (0, 0) } }
        for index in 0..<width * interleave {
          let weight = Int(Int8(bitPattern: packed[first * depth + step * width * interleave + index]))
          let (lane, half) = (index / interleave, 2 * (index / interleave) + index % interleave / 2)
          if weight > 0 {
            pair[half].above += weight
            above[first + lane] += weight
          } else {
            pair[half].below -= weight
            below[first + lane] -= weight
          }
          if firstNotNarrow == nil, max(pair[half].above, pair[half].below) > Self.narrowLimit {
            firstNotNarrow = first + lane
          }
        }
      }
    }
  }

  /// The sum of the magnitudes of a lane's weights.
  package func magnitude(of lane: Int) -> Int { above[lane] + below[lane] }

  /// The first lane whose sums with u8 numbers may be too large for an exact Winograd, and how large.
  package var firstBeyondWinograd: (lane: Int, bound: Int)? {
    for lane in above.indices {
      let bound = 255 * max(above[lane], below[lane])
      if bound >= Self.winogradLimit { return (lane, bound) }
    }
    return nil
  }
}
