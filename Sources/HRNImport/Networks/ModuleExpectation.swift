import HRNFormat

/// What a module of a saved network must look like, so that the node built for it computes what the module does.
struct ModuleExpectation {
  enum Kind {
    /// Weights `[O, I/groups, kh, kw]`. TensorFlow's SAME padding is no attribute of the convolution.
    case convolution(Convolution, weights: [Int], statesPadding: Bool)
    /// Of maps, or of vectors.
    case batchNorm(channels: Int, epsilon: Float, isOfMap: Bool)
    case linear(inputs: Int, outputs: Int)
    case maxPool(kernel: Int, stride: Int, padding: Int)
    case activation(Activation)
  }

  /// Names from the root on, with dots: `features.4.0.conv1`.
  var path: String
  var kind: Kind
}
