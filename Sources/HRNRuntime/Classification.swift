import HRNFormat

/// What a network says about an image: a label at each level of the tree.
public struct Classification: Sendable {
  /// What the number beside a label is.
  public enum Kind: Sendable {
    /// The score of the label's own classifier, of each label by itself.
    case sigmoid
    /// The score of a classifier whose scores of the level sum to 1.
    case softmax
    /// An unbounded score.
    case logit
    /// The leaf probabilities below the label, summed; for levels without a classifier of their own.
    case subtree

    /// The word that is printed.
    public var name: String {
      switch self {
      case .sigmoid: "sigmoid"
      case .softmax: "softmax"
      case .logit: "logit"
      case .subtree: "subtree"
      }
    }
  }

  /// How labels are chosen from scores.
  public enum Decoder: Sendable {
    /// At each level the label with the greatest score, whatever the other levels say; the published rule.
    case independent
    /// The leaf, with its ancestors, whose scores have the greatest product over the levels.
    case path
  }

  /// The answer at one level.
  public struct Level: Sendable {
    /// The level's name.
    public var name: String
    /// The label's name.
    public var label: String
    /// The label's position in the level.
    public var index: Int
    /// The label's score.
    public var score: Float
    public var kind: Kind
    /// The leaf probabilities below the label, summed; nil where the leaves have none.
    public var subtree: Float?
    /// The marginal probability of the label under the tree's model; nil unless it was asked for.
    public var marginal: Double?
    /// The level's position in the tree.
    package var level: Int
  }

  /// The levels that have an answer, coarse first.
  public var levels: [Level]
  /// Whether each level's label is an ancestor of the next one's.
  public var agrees: Bool
}

extension Session {
  /// The labels for the outputs of the last run; nil where the model has no label tree.
  ///
  /// - Parameters:
  ///   - decoder: how labels are chosen.
  ///   - withMarginals: whether to compute the marginal probabilities; they are nil all the same where some level has
  ///     no output of the kind that the tree's potentials are.
  public func classify(
    _ decoder: Classification.Decoder = .independent, withMarginals: Bool = false
  ) -> Classification? {
    scores?.classify(decoder, withMarginals: withMarginals)
  }

  /// The outputs of the last run as the label tree sees them; nil where the model has none.
  package var scores: Scores<UnsafeBufferPointer<Float>>? {
    guard let tree = model.file.graph.tree else { return nil }
    let outputs = model.file.graph.outputs
    return Scores(tree: tree, outputs: outputs, values: outputs.indices.map { output($0) })
  }
}

/// The outputs of a run, as the label tree sees them.
package struct Scores<Values: RandomAccessCollection> where Values.Element == Float, Values.Index == Int {
  private let tree: LabelTree
  private let outputs: [Output]
  private let values: [Values]

  /// - Parameter values: by output.
  package init(tree: LabelTree, outputs: [Output], values: [Values]) {
    self.tree = tree
    self.outputs = outputs
    self.values = values
  }

  package func classify(_ decoder: Classification.Decoder, withMarginals: Bool) -> Classification {
    let subtree = leafSoftmax.map { tree.subtreeSums(ofLeaves: values[$0]) }
    let deciding = tree.levels.indices.map { decidingScores(level: $0, subtree) }
    let chosen: [Int?]
    switch decoder {
    case .independent: chosen = deciding.map { $0.map { greatest($0.scores) } }
    case .path: chosen = bestPath(deciding.map { $0?.kind == .logit ? nil : $0?.scores })
    }
    let marginals = withMarginals ? marginals() : nil
    var levels: [Classification.Level] = []
    for (level, description) in tree.levels.enumerated() {
      guard let (scores, kind) = deciding[level], let index = chosen[level] else { continue }
      levels.append(
        Classification.Level(
          name: description.name, label: description.labels[index], index: index, score: scores[index], kind: kind,
          subtree: subtree?[level][index], marginal: marginals?[level][index], level: level))
    }
    return Classification(levels: levels, agrees: agree(levels))
  }

  /// The labels of a level with the greatest scores, the greatest first, equals in their order; empty where nothing
  /// decides the level.
  package func best(_ count: Int, level: Int) -> [(index: Int, score: Float)] {
    let sums = leafSoftmax.map { tree.subtreeSums(ofLeaves: values[$0]) }
    guard let scores = decidingScores(level: level, sums)?.scores else { return [] }
    var chosen: [(index: Int, score: Float)] = []
    for (index, score) in scores.enumerated() {
      var place = chosen.count
      while place > 0, score > chosen[place - 1].score || (chosen[place - 1].score.isNaN && !score.isNaN) { place -= 1 }
      if place < count { chosen.insert((index, score), at: place) }
      if chosen.count > count { chosen.removeLast() }
    }
    return chosen
  }

  /// The output that is a distribution over the leaves.
  private var leafSoftmax: Int? {
    outputs.firstIndex { $0.level == tree.levels.count - 1 && $0.kind == .softmax }
  }

  /// The scores that decide a level: of its deciding output, or else the leaf probabilities summed, if those decide at
  /// the leaves.
  private func decidingScores(
    level: Int, _ subtree: [[Float]]?
  ) -> (scores: [Float], kind: Classification.Kind)? {
    if let output = outputs.firstIndex(where: { $0.level == level && $0.decides }) {
      switch outputs[output].kind {
      case .sigmoid: return ([Float](values[output]), .sigmoid)
      case .softmax: return ([Float](values[output]), .softmax)
      case .logit: return ([Float](values[output]), .logit)
      case .feature: return nil
      }
    }
    guard let subtree, let leaf = leafSoftmax, outputs[leaf].decides else { return nil }
    return (subtree[level], .subtree)
  }

  /// The labels along the path to the leaf with the greatest product of scores. Levels without scores, and those whose
  /// scores are logits, leave it to the others; a score that is not a number counts as 0.
  private func bestPath(_ scores: [[Float]?]) -> [Int?] {
    guard let leaves = tree.levels.last else { return [] }
    let leaf = tree.levels.count - 1
    let products = leaves.labels.indices.map { label -> Double in
      var product = 1.0
      for (level, ancestor) in tree.path(level: leaf, label: label).enumerated() {
        if let score = scores[level]?[ancestor] { product *= score > 0 ? Double(score) : 0 }
      }
      return product
    }
    return tree.path(level: leaf, label: greatest(products)).map { Optional($0) }
  }

  /// Whether each answer's label is an ancestor of the next one's.
  private func agree(_ levels: [Classification.Level]) -> Bool {
    zip(levels, levels.dropFirst()).allSatisfy { above, below in
      tree.path(level: below.level, label: below.index)[above.level] == above.index
    }
  }

  /// The marginals from the outputs that the tree loss was fed; nil where a level has none.
  package func marginals() -> [[Double]]? {
    let kind: ScoreKind = tree.potential == .sigmoid ? .sigmoid : .logit
    var potentials: [[Double]] = []
    for level in tree.levels.indices {
      guard let output = outputs.firstIndex(where: { $0.level == level && $0.kind == kind }) else { return nil }
      potentials.append(values[output].map { Double($0) })
    }
    return tree.marginals(potentials: potentials)
  }
}

/// The position of the greatest number, the first of equals; what is not a number counts as less than any that is.
package func greatest<Number: FloatingPoint>(_ numbers: [Number]) -> Int {
  var best = 0
  for index in numbers.indices where numbers[index] > numbers[best] || (numbers[best].isNaN && !numbers[index].isNaN) {
    best = index
  }
  return best
}
