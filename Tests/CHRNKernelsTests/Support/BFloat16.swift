/// The bfloat16 nearest to a finite number, by its bits; of two as near the even one. By comparison of distances, with
/// nothing shared with the kernels.
func nearestBFloat16(_ x: Float) -> UInt16 {
  let below = UInt16(truncatingIfNeeded: x.bitPattern >> 16), above = below + 1
  if x.bitPattern & 0xFFFF == 0 { return below }
  // Past the largest number comes infinity, which is as far as the next step would be.
  let next = wide(above).isInfinite ? Double(sign: x.sign, exponent: 128, significand: 1) : Double(wide(above))
  let (down, up) = (abs(Double(x) - Double(wide(below))), abs(next - Double(x)))
  return down == up ? (below % 2 == 0 ? below : above) : down < up ? below : above
}

/// The number that these bits are.
func wide(_ bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }
