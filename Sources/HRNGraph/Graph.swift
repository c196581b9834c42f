import HRNFormat

/// A network as the compiler works on it: the words of `HRNFormat`, with the constants at hand.
///
/// Nodes lie in execution order. A tensor is named by its index in `tensors`; it is a constant if `constants` holds its
/// elements, else an activation, written by exactly one node or listed in `inputs`. A tensor that no node, input or
/// output names is garbage, which `compacted()` drops.
package struct Graph: Equatable, Sendable {
  package var name: String
  package var precision: Precision = .float32
  package var tensors: [Tensor] = []
  package var constants: [Int: Constant] = [:]
  package var nodes: [Node] = []
  package var inputs: [Int] = []
  package var outputs: [Output] = []
  package var tree: LabelTree?
  package var recipe: Recipe?
  package var provenance = Provenance()
  package var passes: [PassRecord] = []
  package var goldens: [GoldenPicture] = []

  package init(name: String) { self.name = name }

  /// Adds an activation and returns its index.
  package mutating func addTensor(_ tensor: Tensor) -> Int {
    tensors.append(tensor)
    return tensors.count - 1
  }

  /// Adds a constant and returns its index.
  package mutating func addConstant(_ name: String, shape: [Int], _ constant: Constant) -> Int {
    precondition(shape.reduce(1, *) == constant.count, "constant \(name) has \(constant.count) elements, not \(shape)")
    tensors.append(Tensor(name: name, elementType: constant.elementType, shape: shape))
    constants[tensors.count - 1] = constant
    return tensors.count - 1
  }
}

/// A picture and what the network must answer, with the bytes at hand.
package struct GoldenPicture: Equatable, Sendable {
  package struct Answer: Equatable, Sendable {
    /// Index into the graph's outputs.
    package var output: Int
    /// What this graph computes.
    package var expected: [Float]
    /// What the trained network computed.
    package var reference: [Float]?
    /// The largest difference from `expected` that passes; nil means equal bits.
    package var tolerance: Float?

    package init(output: Int, expected: [Float], reference: [Float]? = nil, tolerance: Float? = nil) {
      self.output = output
      self.expected = expected
      self.reference = reference
      self.tolerance = tolerance
    }
  }

  package var name: String
  package var jpeg: [UInt8]
  package var answers: [Answer]

  package init(name: String, jpeg: [UInt8], answers: [Answer]) {
    self.name = name
    self.jpeg = jpeg
    self.answers = answers
  }
}
