/// What fed the tree loss in training, and so what the marginals are computed from.
package enum Potential: Int32, Sendable {
  /// Sigmoid scores: the published method.
  case sigmoid = 1
  case logit = 2
}

/// The labels of a network, level by level, coarse first.
package struct LabelTree: Equatable, Sendable {
  package struct Level: Equatable, Sendable {
    package var name: String
    /// By output position.
    package var labels: [String]
    /// For each label the position of its parent in the level above; empty in the first level.
    package var parents: [Int]

    package init(name: String, labels: [String], parents: [Int]) {
      self.name = name
      self.labels = labels
      self.parents = parents
    }
  }

  package var levels: [Level]
  package var potential: Potential

  package init(levels: [Level], potential: Potential = .sigmoid) {
    self.levels = levels
    self.potential = potential
  }

  /// The position, in each level from the first to `level`, of a label and its ancestors.
  package func path(level: Int, label: Int) -> [Int] {
    var path = [Int](repeating: label, count: level + 1)
    var position = label
    for above in stride(from: level, to: 0, by: -1) {
      position = levels[above].parents[position]
      path[above - 1] = position
    }
    return path
  }
}
