/// How often which values occurred in a tensor, counted by the upper sixteen bits of each float32: sign, exponent and
/// seven bits of mantissa. A bin is at most 1/128 of its values wide at every magnitude.
///
/// The bins are the same for every tensor and the counts are integers, so that one pass suffices and the result is a
/// function of the values as a set: no order and no split over threads can change it.
package struct ValueHistogram: Equatable, Sendable {
  private var counts = [UInt64](repeating: 0, count: 1 << 16)
  /// The smallest and largest finite value; infinity and its negative while there is none.
  package private(set) var minimum = Float.infinity
  package private(set) var maximum = -Float.infinity
  /// How many finite values were counted.
  package private(set) var count: UInt64 = 0
  /// How many were infinite or not a number.
  package private(set) var nonFinite: UInt64 = 0

  package init() {}

  /// Counts `values`.
  package mutating func add(_ values: UnsafeBufferPointer<Float>) {
    var low = minimum
    var high = maximum
    var other: UInt64 = 0
    counts.withUnsafeMutableBufferPointer { counts in
      for value in values {
        counts[Int(value.bitPattern >> 16)] += 1
        guard value.isFinite else {
          other += 1
          continue
        }
        low = value < low ? value : low
        high = value > high ? value : high
      }
    }
    minimum = low
    maximum = high
    nonFinite += other
    count += UInt64(values.count) - other
  }

  /// Adds what another histogram counted.
  package mutating func merge(_ other: ValueHistogram) {
    for bin in counts.indices { counts[bin] += other.counts[bin] }
    minimum = min(minimum, other.minimum)
    maximum = max(maximum, other.maximum)
    count += other.count
    nonFinite += other.nonFinite
  }

  /// A bin that holds something: the middle of its values, and how many there were.
  package struct Bin: Equatable, Sendable {
    package let value: Double
    package let count: Double
  }

  /// The bins of finite values that hold something, in ascending order of their values; both zeros are one bin.
  package var bins: [Bin] {
    var bins: [Bin] = []
    var zeros: UInt64 = 0
    func middle(_ bits: Int) -> Double {
      Double(Float(bitPattern: UInt32(bits) << 16 | 0x8000))
    }
    for bits in stride(from: 0xFF7F, through: 0x8001, by: -1) where counts[bits] > 0 {
      bins.append(Bin(value: middle(bits), count: Double(counts[bits])))
    }
    // The first bin on either side holds zero and what is below 2⁻¹³³.
    zeros = counts[0x8000] + counts[0]
    if zeros > 0 { bins.append(Bin(value: 0, count: Double(zeros))) }
    for bits in 0x0001...0x7F7F where counts[bits] > 0 {
      bins.append(Bin(value: middle(bits), count: Double(counts[bits])))
    }
    return bins
  }
}
