import HRNFormat

/// Why a graph was not quantized.
package enum QuantizeError: Error, Equatable, Sendable {
  /// Pixels mean nothing without the recipe.
  case noRecipe
  /// The recipe prepares pictures of other channels than the network reads.
  case channels(recipe: Int, network: Int)
  /// The graph does not read exactly one image `[1, C, H, W]`.
  case notOneImage(shapes: [[Int]])
  /// Without pictures, an activation whose range training has not fixed.
  case noRange(tensor: String)
  /// An activation took infinite values, or none that is a number.
  case notFinite(tensor: String, values: UInt64)
  /// A weight or a bias is infinite or not a number.
  case constantNotFinite(node: String)
  /// A sum of so many products can leave 32 bits at every scale.
  case tooManyTaps(node: String, taps: Int)
  /// A network that computes on nothing calibrated: there were no images.
  case noImages
  /// The float network could not be run: what that ends a command with, and why.
  case engine(CommandStatus, String)
  /// The images could not be read.
  case images(ImageSetError)

  /// The error in one line.
  package var message: String {
    switch self {
    case .noRecipe:
      "int8 reads pixels and needs the recipe that turns them into numbers; give one with --recipe, or compile to float32"
    case .channels(let recipe, let network):
      "the recipe prepares \(recipe) channels, expected \(network), which the network reads"
    case .notOneImage(let shapes):
      "the network reads \(shapes.count) inputs of the shapes \(shapes), expected one image [1, C, H, W]"
    case .noRange(let tensor):
      "training has fixed no range for tensor '\(tensor)'; give a folder of JPEG files with --calibrate"
    case .notFinite(let tensor, let values):
      "tensor '\(tensor)' took \(values) values that are not finite on the calibration images; check the float network "
        + "with hrn-parity"
    case .constantNotFinite(let node): "node '\(node)' has weights that are not finite numbers"
    case .tooManyTaps(let node, let taps):
      "node '\(node)' sums \(taps) products, which 32 bits cannot hold at any scale; keep it in float"
    case .noImages: "there are no calibration images"
    case .engine(_, let words): "the float network cannot be calibrated: \(words)"
    case .images(let error): error.message
    }
  }
}
