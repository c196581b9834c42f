/// Numbers that look random and are a function of the seed.
///
/// - Source: G. Steele, D. Lea, C. Flood, Fast splittable pseudorandom number generators, OOPSLA 2014.
struct SplitMix {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }

  /// In [0, 1).
  mutating func unit() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// In [0, bound).
  mutating func below(_ bound: Int) -> Int { Int(next() >> 33) % max(bound, 1) }

  /// Of mean 0 and deviation 1, nearly normal: the sum of four uniform numbers of 16 bits.
  mutating func normal() -> Float {
    let bits = next()
    let sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + bits >> 48
    return (Float(sum) * 0x1p-16 - 2 + 0x1p-15) * Self.normalScale
  }

  /// The deviation of such a sum is the square root of 4 / 12.
  private static let normalScale: Float = 1.7320508

  /// Many of them, of a deviation.
  mutating func normals(_ count: Int, deviation: Float) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      for index in 0..<count { buffer.initializeElement(at: index, to: deviation * normal()) }
      initialized = count
    }
  }
}
