import HRNFormat

/// What an operation says about itself on the workstation: what it means in words, in numbers, and by examples.
///
/// The shapes it takes and gives are said where the lean side needs them too, in `HRNFormat`.
package protocol OpDefinition: Sendable {
  /// One paragraph for a reader who does not know the operation, formula included.
  static var summary: String { get }

  /// Small inputs with their exact outputs: printed by `hrn-compile ops`, run by the conformance tests.
  static var examples: [OpExample] { get }

  /// The result, computed as the formula is written, sums in double precision.
  ///
  /// Shapes have been checked by `outputShape`.
  func evaluate(_ operands: Operands) -> Value
}

/// What a node hands to its operation.
package struct Operands: Sendable {
  package var inputs: [Value]
  package var parameters: [Value]
  /// What the integers mean, for the operations that go to them and come from them.
  package var quantization: Quantization?

  package init(_ inputs: [Value], parameters: [Value] = [], quantization: Quantization? = nil) {
    self.inputs = inputs
    self.parameters = parameters
    self.quantization = quantization
  }
}

/// An input of an operation with the output it must give.
package struct OpExample: Sendable {
  /// What the example shows, to follow "shows".
  package var shows: String
  package var operation: Operation
  package var operands: Operands
  package var output: Value

  package init(_ shows: String, _ operation: Operation, _ operands: Operands, gives output: Value) {
    self.shows = shows
    self.operation = operation
    self.operands = operands
    self.output = output
  }
}

/// The operations by name alone: what there is to document. `Operation` is the same list with its numbers.
package enum OpKind: String, CaseIterable, Sendable {
  case convolution, linear
  case batchNorm = "batch-norm"
  case activation, pool, add, slice, softmax, flatten, quantize, dequantize, concat
  case treeConstraint = "tree-constraint"
  case localResponseNorm = "local-response-norm"

  package var definition: any OpDefinition.Type {
    switch self {
    case .convolution: Convolution.self
    case .linear: Linear.self
    case .batchNorm: BatchNorm.self
    case .activation: Activation.self
    case .pool: Pool.self
    case .add: Add.self
    case .slice: Slice.self
    case .softmax: Softmax.self
    case .flatten: Flatten.self
    case .quantize: Quantize.self
    case .dequantize: Dequantize.self
    case .concat: Concat.self
    case .treeConstraint: TreeConstraint.self
    case .localResponseNorm: LocalResponseNorm.self
    }
  }
}

extension Operation {
  package var definition: any OpDefinition {
    switch self {
    case .convolution(let operation): operation
    case .linear(let operation): operation
    case .batchNorm(let operation): operation
    case .activation(let operation): operation
    case .pool(let operation): operation
    case .add(let operation): operation
    case .slice(let operation): operation
    case .softmax(let operation): operation
    case .flatten(let operation): operation
    case .quantize(let operation): operation
    case .dequantize(let operation): operation
    case .concat(let operation): operation
    case .treeConstraint(let operation): operation
    case .localResponseNorm(let operation): operation
    }
  }

  package var kind: OpKind {
    switch self {
    case .convolution: .convolution
    case .linear: .linear
    case .batchNorm: .batchNorm
    case .activation: .activation
    case .pool: .pool
    case .add: .add
    case .slice: .slice
    case .softmax: .softmax
    case .flatten: .flatten
    case .quantize: .quantize
    case .dequantize: .dequantize
    case .concat: .concat
    case .treeConstraint: .treeConstraint
    case .localResponseNorm: .localResponseNorm
    }
  }
}
