/// What the numbers of an output are.
package enum ScoreKind: Int32, Sendable {
  case sigmoid = 1
  case softmax = 2
  case logit = 3
  /// Not a score of labels.
  case feature = 4

  package var name: String {
    switch self {
    case .sigmoid: "sigmoid"
    case .softmax: "softmax"
    case .logit: "logit"
    case .feature: "feature"
    }
  }
}

/// A result of the network.
package struct Output: Equatable, Sendable {
  package var name: String
  package var tensor: Int
  package var kind: ScoreKind
  /// The level of the label tree whose labels it scores.
  package var level: Int?
  /// Whether its arg-max is the level's label; at most one output of a level decides.
  package var decides: Bool

  package init(name: String, tensor: Int, kind: ScoreKind, level: Int? = nil, decides: Bool = false) {
    self.name = name
    self.tensor = tensor
    self.kind = kind
    self.level = level
    self.decides = decides
  }
}

/// A picture and what the network must answer.
package struct Golden: Equatable, Sendable {
  package struct Answer: Equatable, Sendable {
    /// Index into the graph's outputs.
    package var output: Int
    /// float32: what this file computes.
    package var expected: Region
    /// float32: what the trained network computed.
    package var reference: Region?
    /// The largest difference from `expected` that passes; nil means equal bits.
    package var tolerance: Float?

    package init(output: Int, expected: Region, reference: Region? = nil, tolerance: Float? = nil) {
      self.output = output
      self.expected = expected
      self.reference = reference
      self.tolerance = tolerance
    }
  }

  package var name: String
  package var jpeg: Region
  package var answers: [Answer]

  package init(name: String, jpeg: Region, answers: [Answer]) {
    self.name = name
    self.jpeg = jpeg
    self.answers = answers
  }
}

/// The machines that a file's weights and plan are made for. Every machine runs every file, and with the same bits.
package enum Target: CaseIterable, Sendable {
  case portable
  /// Convolutions have weights whose sums fit the 16-bit lanes of a CPU without 8-bit dot products.
  case avx2
  /// Work is in pieces for the caches of a server's or a desktop's CPU.
  case avx512vnni
  /// The same, and bfloat16 is computed as is best where its products come in pairs, at twice the rate of float32's.
  case avx512bf16

  package var name: String {
    switch self {
    case .portable: "portable"
    case .avx2: "avx2"
    case .avx512vnni: "avx512vnni"
    case .avx512bf16: "avx512bf16"
    }
  }

  package init?(name: String) {
    guard let target = Self.allCases.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) else { return nil }
    self = target
  }
}

/// What the compiler decided about the whole graph.
package struct Plan: Equatable, Sendable {
  /// The name of the `Target` that the weights are made for.
  package var target: String
  package var arenaBytes: Int

  package init(target: String, arenaBytes: Int) {
    self.target = target
    self.arenaBytes = arenaBytes
  }
}

/// Everything a file says about its network, but the weights themselves. Nodes lie in execution order.
package struct ModelGraph: Equatable, Sendable {
  package var formatVersion: Int
  package var name: String
  package var stage: Stage
  package var precision: Precision
  package var tensors: [Tensor]
  package var nodes: [Node]
  /// Indices of tensors; today one, the image `[1, C, H, W]`.
  package var inputs: [Int]
  package var outputs: [Output]
  package var tree: LabelTree?
  package var recipe: Recipe?
  package var provenance: Provenance
  package var passes: [PassRecord]
  package var plan: Plan?
  package var goldens: [Golden]

  package init(
    formatVersion: Int = FormatVersion.oldest, name: String, stage: Stage, precision: Precision,
    tensors: [Tensor] = [], nodes: [Node] = [], inputs: [Int] = [], outputs: [Output] = [], tree: LabelTree? = nil,
    recipe: Recipe? = nil, provenance: Provenance = Provenance(), passes: [PassRecord] = [], plan: Plan? = nil,
    goldens: [Golden] = []
  ) {
    self.formatVersion = formatVersion
    self.name = name
    self.stage = stage
    self.precision = precision
    self.tensors = tensors
    self.nodes = nodes
    self.inputs = inputs
    self.outputs = outputs
    self.tree = tree
    self.recipe = recipe
    self.provenance = provenance
    self.passes = passes
    self.plan = plan
    self.goldens = goldens
  }
}
