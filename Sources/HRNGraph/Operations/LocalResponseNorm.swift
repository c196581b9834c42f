import Glibc
import HRNFormat

extension LocalResponseNorm: OpDefinition {
  package static let summary = """
    Divides each channel by a power of its neighbours' energy: y[c] = x[c] / (bias + alpha / size * sum of x[i]^2)^beta, \
    the sum over the `size` channels around c that there are, one more of them above c than below where size is even.
    """

  package static let examples = [
    OpExample(
      "three channels around each of three",
      .localResponseNorm(LocalResponseNorm(size: 3, alpha: 3, beta: 1, bias: 1)),
      Operands([Value([1, 3, 1, 1], [1, 2, 3])]), gives: Value([1, 3, 1, 1], [1.0 / 6, 2.0 / 15, 3.0 / 14])),
    OpExample(
      "an even size, and a square root", .localResponseNorm(LocalResponseNorm(size: 2, alpha: 2, beta: 0.5, bias: 4)),
      Operands([Value([1, 2], [3, 6])]), gives: Value([1, 2], [3.0 / 7, 0.9486833])),
  ]

  package func evaluate(_ operands: Operands) -> Value {
    let x = operands.inputs[0]
    var y = x
    let (plane, channels) = (x.plane, x.shape[1])
    for index in x.elements.indices {
      let (row, position) = index.quotientAndRemainder(dividingBy: plane)
      let (image, channel) = row.quotientAndRemainder(dividingBy: channels)
      var energy = 0.0
      for neighbour in self.channels(around: channel, of: channels) {
        let element = Double(x.elements[(image * channels + neighbour) * plane + position])
        energy += element * element
      }
      let base = Double(bias) + Double(alpha) / Double(size) * energy
      y.elements[index] = Float(Double(x.elements[index]) / pow(base, Double(beta)))
    }
    return y
  }
}
