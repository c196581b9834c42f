import CHRNPlatform
import HRNFormat

extension LabelTree {
  /// The probability mass of every label, level by level, when the leaves have these probabilities: the sum over the
  /// leaves below it.
  package func subtreeSums<Leaves: Collection>(ofLeaves leaves: Leaves) -> [[Float]] where Leaves.Element == Float {
    guard var below = levels.last.map({ _ in leaves.map { Double($0) } }) else { return [] }
    var sums = [below.map { Float($0) }]
    for level in levels.indices.dropFirst().reversed() {
      var above = [Double](repeating: 0, count: levels[level - 1].labels.count)
      for (label, parent) in levels[level].parents.enumerated() { above[parent] += below[label] }
      below = above
      sums.append(below.map { Float($0) })
    }
    return sums.reversed()
  }

  /// The marginal probability of every label, level by level, under the tree's model of legal labellings.
  ///
  /// A legal labelling is a path from the top that may stop anywhere: with one potential f per label its weight is the
  /// exponential of the sum of f along the path, and 1 for no label at all. In log space, with one pass up and one down:
  ///
  ///     r(n)  = log(1 + Σ_{children c} e^B(c))     B(n) = f_n + r(n)     log Z = log(1 + Σ_{top t} e^B(t))
  ///     log p(t) = B(t) − log Z                    log p(c) = log p(parent) + B(c) − r(parent)
  ///
  /// The marginals of a level sum to less than 1: the rest is the mass of the paths that stop above it.
  ///
  /// - Parameter potentials: a number for every label of every level.
  /// - Source: HRN, arXiv:2201.03194, the tree loss; the O(N) form is ours.
  package func marginals(potentials: [[Double]]) -> [[Double]] {
    guard !levels.isEmpty else { return [] }
    // stop[k] holds r of the labels of level k − 1; stop[0] is log Z, over the one root above all.
    var energies = potentials
    var stop = [[Double]](repeating: [], count: levels.count + 1)
    stop[levels.count] = [Double](repeating: 0, count: levels[levels.count - 1].labels.count)
    for level in levels.indices.reversed() {
      for label in energies[level].indices { energies[level][label] += stop[level + 1][label] }
      stop[level] = logSumWithStop(energies[level], parents: parents(at: level), count: parentCount(at: level))
    }
    var logs = [[Double]]()
    for level in levels.indices {
      let parents = parents(at: level)
      logs.append(
        energies[level].indices.map { label in
          let parent = parents[label]
          return (level == 0 ? 0 : logs[level - 1][parent]) + energies[level][label] - stop[level][parent]
        })
    }
    return logs.map { $0.map { min(hrn_exp($0), 1) } }
  }

  private func parents(at level: Int) -> [Int] {
    level == 0 ? [Int](repeating: 0, count: levels[0].labels.count) : levels[level].parents
  }

  private func parentCount(at level: Int) -> Int { level == 0 ? 1 : levels[level - 1].labels.count }

  /// For each parent `log(1 + Σ e^x)` over its children, the largest term, 0 among them, taken out first.
  private func logSumWithStop(_ x: [Double], parents: [Int], count: Int) -> [Double] {
    var largest = [Double](repeating: 0, count: count)
    for (child, parent) in parents.enumerated() { largest[parent] = max(largest[parent], x[child]) }
    var sums = largest.map { hrn_exp(-$0) }
    for (child, parent) in parents.enumerated() { sums[parent] += hrn_exp(x[child] - largest[parent]) }
    return zip(largest, sums).map { $0 + hrn_log($1) }
  }
}
