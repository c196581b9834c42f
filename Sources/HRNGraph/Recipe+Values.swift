import HRNFormat

extension Recipe {
  /// `(pixel · scale − mean) / std` per channel, in that order in float32: u8 `[H][W][C]` to `[C][H][W]`.
  package func normalized(_ pixels: [UInt8]) -> [Float] {
    let area = pixels.count / channels
    var result = [Float](repeating: 0, count: pixels.count)
    for channel in 0..<channels {
      let table = (0..<256).map { (Float($0) * scale - mean[channel]) / std[channel] }
      for index in 0..<area { result[channel * area + index] = table[Int(pixels[index * channels + channel])] }
    }
    return result
  }
}
