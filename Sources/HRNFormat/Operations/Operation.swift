/// What a node computes: the closed list. Each case's type says which inputs and parameters the node has, what shapes
/// it takes and what shape it gives.
package enum Operation: Equatable, Sendable {
  case convolution(Convolution)
  case linear(Linear)
  case batchNorm(BatchNorm)
  case activation(Activation)
  case pool(Pool)
  case add(Add)
  case slice(Slice)
  case softmax(Softmax)
  case flatten(Flatten)
  case quantize(Quantize)
  case dequantize(Dequantize)
  case concat(Concat)
  case treeConstraint(TreeConstraint)
  case localResponseNorm(LocalResponseNorm)

  /// The name that people read: `convolution`, `batch-norm` and so on.
  package var name: String {
    switch self {
    case .convolution: "convolution"
    case .linear: "linear"
    case .batchNorm: "batch-norm"
    case .activation(let activation): activation.name
    case .pool(let pool): pool.name
    case .add: "add"
    case .slice: "slice"
    case .softmax: "softmax"
    case .flatten: "flatten"
    case .quantize: "quantize"
    case .dequantize: "dequantize"
    case .concat: "concat"
    case .treeConstraint(let constraint): constraint.name
    case .localResponseNorm: "local-response-norm"
    }
  }

  /// The shape of the result, from the logical shapes of a node's inputs and parameters in the node's order.
  ///
  /// Every dimension given must be positive. Throws the first thing that does not fit, with what was found and what
  /// was expected; no product or sum of dimensions can trap.
  package func outputShape(inputs: [[Int]], parameters: [[Int]]) throws(ShapeError) -> [Int] {
    switch self {
    case .convolution(let operation): try operation.outputShape(inputs: inputs, parameters: parameters)
    case .linear(let operation): try operation.outputShape(inputs: inputs, parameters: parameters)
    case .batchNorm(let operation): try operation.outputShape(inputs: inputs, parameters: parameters)
    case .activation(let operation): try operation.outputShape(inputs: inputs, parameters: parameters)
    case .pool(let operation): try operation.outputShape(inputs: inputs, parameters: parameters)
    case .add(let operation): try operation.outputShape(inputs: inputs, parameters: parameters)
    case .slice(let operation): try operation.outputShape(inputs: inputs, parameters: parameters)
    case .softmax(let operation): try operation.outputShape(inputs: inputs, parameters: parameters)
    case .flatten(let operation): try operation.outputShape(inputs: inputs, parameters: parameters)
    case .quantize(let operation): try operation.outputShape(inputs: inputs, parameters: parameters)
    case .dequantize(let operation): try operation.outputShape(inputs: inputs, parameters: parameters)
    case .concat(let operation): try operation.outputShape(inputs: inputs, parameters: parameters)
    case .treeConstraint(let operation): try operation.outputShape(inputs: inputs, parameters: parameters)
    case .localResponseNorm(let operation): try operation.outputShape(inputs: inputs, parameters: parameters)
    }
  }
}
