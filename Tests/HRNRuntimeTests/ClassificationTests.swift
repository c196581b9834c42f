import CHRNPlatform
import HRNFormat
import Testing

@testable import HRNRuntime

/// From scores to labels.
struct ClassificationTests {
  /// A, B; A has a1 and a2, B has b1.
  static let tree = LabelTree(levels: [
    LabelTree.Level(name: "group", labels: ["A", "B"], parents: []),
    LabelTree.Level(name: "kind", labels: ["a1", "a2", "b1"], parents: [0, 0, 1]),
  ])

  static let outputs = [
    Output(name: "group.sigmoid", tensor: 0, kind: .sigmoid, level: 0, decides: true),
    Output(name: "kind.sigmoid", tensor: 1, kind: .sigmoid, level: 1),
    Output(name: "kind.softmax", tensor: 2, kind: .softmax, level: 1, decides: true),
  ]

  private func classify(
    _ values: [[Float]], _ outputs: [Output] = outputs, _ decoder: Classification.Decoder = .independent,
    marginals: Bool = false
  ) -> Classification {
    Scores(tree: Self.tree, outputs: outputs, values: values).classify(decoder, withMarginals: marginals)
  }

  @Test func eachLevelIsDecidedByItsOwnClassifier() {
    let result = classify([[0.9, 0.3], [0, 0, 1], [0.2, 0.7, 0.1]])
    #expect(result.levels.map(\.label) == ["A", "a2"])
    #expect(result.levels.map(\.score) == [0.9, 0.7])
    #expect(result.levels.map(\.kind) == [.sigmoid, .softmax])
    #expect(result.levels.map(\.name) == ["group", "kind"])
    #expect(result.agrees)
  }

  @Test func subtreeIsTheSumOfTheLeavesBelowALabel() {
    let result = classify([[0.9, 0.3], [0, 0, 1], [0.25, 0.5, 0.25]])
    #expect(result.levels.map(\.subtree) == [0.75, 0.5])
  }

  @Test func levelsThatContradictEachOtherAreReportedAsSuch() {
    let result = classify([[0.2, 0.8], [0, 0, 1], [0.2, 0.7, 0.1]])
    #expect(result.levels.map(\.label) == ["B", "a2"])
    #expect(!result.agrees)
  }

  @Test func thePathDecoderAlwaysAgrees() {
    let values: [[Float]] = [[0.2, 0.8], [0, 0, 1], [0.2, 0.41, 0.39]]
    let result = classify(values, Self.outputs, .path)
    #expect(result.levels.map(\.label) == ["B", "b1"])
    #expect(result.levels.map(\.score) == [0.8, 0.39])
    #expect(result.agrees)
    #expect(
      classify([[0.2, 0.3], [0, 0, 1], [0.2, 0.41, 0.39]], Self.outputs, .path).levels.map(\.label) == ["B", "b1"])
    #expect(
      classify([[0.3, 0.3], [0, 0, 1], [0.2, 0.41, 0.39]], Self.outputs, .path).levels.map(\.label) == ["A", "a2"])
  }

  @Test func thePathDecoderNeverPrefersWhatIsNotANumber() {
    let result = classify([[.nan, 0.1], [0, 0, 1], [0.6, 0.3, 0.1]], Self.outputs, .path)
    #expect(result.levels.map(\.label) == ["B", "b1"])
  }

  @Test func aLevelWithoutAClassifierIsDecidedByTheLeavesBelowIt() {
    let leaf = Output(name: "kind.softmax", tensor: 0, kind: .softmax, level: 1, decides: true)
    let result = classify([[0.35, 0.25, 0.4]], [leaf])
    #expect(result.levels.map(\.label) == ["A", "b1"])
    #expect(result.levels[0].kind == .subtree)
    #expect(result.levels[0].score == 0.6)
    #expect(!result.agrees)
  }

  @Test func aLevelThatNothingDecidesHasNoAnswer() {
    let group = Output(name: "group.sigmoid", tensor: 0, kind: .sigmoid, level: 0, decides: true)
    let result = classify([[0.35, 0.25]], [group])
    #expect(result.levels.map(\.label) == ["A"])
    #expect(result.levels[0].subtree == nil)
    #expect(result.agrees)
  }

  @Test func aTreeOfOneLevelIsAPlainClassifier() {
    let tree = LabelTree(levels: [LabelTree.Level(name: "class", labels: ["x", "y"], parents: [])])
    let output = Output(name: "softmax", tensor: 0, kind: .softmax, level: 0, decides: true)
    for decoder in [Classification.Decoder.independent, .path] {
      let result = Scores(tree: tree, outputs: [output], values: [[0.25, 0.75]]).classify(decoder, withMarginals: false)
      #expect(result.levels.map(\.label) == ["y"])
      #expect(result.levels.map(\.subtree) == [0.75])
      #expect(result.agrees)
    }
  }

  @Test func ofEqualScoresTheFirstIsChosen() {
    #expect(greatest([1, 3, 3, 2] as [Float]) == 1)
    #expect(greatest([0, 0] as [Float]) == 0)
  }

  @Test func whatIsNotANumberIsChosenOnlyWhereNothingElseIs() {
    #expect(greatest([.nan, -5, .nan, -4] as [Float]) == 3)
    #expect(greatest([1, .nan] as [Float]) == 0)
    #expect(greatest([.nan, -.infinity] as [Float]) == 1)
    #expect(greatest([.nan, .nan] as [Float]) == 0)
  }

  @Test func marginalsAreGivenOnRequestAndOnlyWhereEveryLevelHasPotentials() {
    let values: [[Float]] = [[0.9, 0.2], [0.7, 0.1, 0.4], [0.2, 0.7, 0.1]]
    let with = classify(values, Self.outputs, .independent, marginals: true)
    #expect(abs((with.levels[0].marginal ?? 0) - 0.714731455641) < 1e-7)
    #expect(classify(values).levels[0].marginal == nil)
    let without = classify([values[0], values[2]], [Self.outputs[0], Self.outputs[2]], .independent, marginals: true)
    #expect(without.levels.allSatisfy { $0.marginal == nil })
  }
}

/// The tree's probability model.
struct TreeProbabilityTests {
  @Test func marginalsAreThoseOfTheWorkedExample() {
    let p = ClassificationTests.tree.marginals(potentials: [[0.9, 0.2], [0.7, 0.1, 0.4]]).flatMap { $0 }
    let expected = [0.714731455641, 0.214719014642, 0.349434108218, 0.191773504638, 0.128549624457]
    for (found, expected) in zip(p, expected) { #expect(abs(found - expected) < 1e-12) }
  }

  /// Sums over all paths from the top that may stop anywhere, straight from the definition.
  private func enumerated(_ tree: LabelTree, _ potentials: [[Double]]) -> [[Double]] {
    var sums = tree.levels.map { [Double](repeating: 0, count: $0.labels.count) }
    var total = 1.0
    for level in tree.levels.indices {
      for label in tree.levels[level].labels.indices {
        let path = tree.path(level: level, label: label)
        let energy = path.enumerated().reduce(0) { $0 + potentials[$1.offset][$1.element] }
        total += hrn_exp(energy)
        for (above, ancestor) in path.enumerated() { sums[above][ancestor] += hrn_exp(energy) }
      }
    }
    return sums.map { $0.map { $0 / total } }
  }

  @Test(arguments: 1...20)
  func marginalsAreTheSumsOverAllLegalLabellings(seed: Int) {
    var state = UInt64(seed)
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    var levels: [LabelTree.Level] = []
    for depth in 0..<1 + random(4) {
      let count = 1 + random(6) + depth
      let parents = depth == 0 ? [] : (0..<count).map { _ in random(levels[depth - 1].labels.count) }
      levels.append(LabelTree.Level(name: "\(depth)", labels: (0..<count).map { "\($0)" }, parents: parents))
    }
    let tree = LabelTree(levels: levels)
    let potentials = levels.map { $0.labels.map { _ in Double(random(2000)) / 100 - 10 } }
    let (found, expected) = (tree.marginals(potentials: potentials), enumerated(tree, potentials))
    for (a, b) in zip(found.joined(), expected.joined()) {
      #expect(abs(a - b) <= 1e-12 * max(b, 1e-3), "seed \(seed)")
    }
  }

  @Test func potentialsFarOutsideTheRangeOfExpAreStillProbabilities() {
    let p = ClassificationTests.tree.marginals(potentials: [[-3000, 2000], [900, -900, 1500]])
    #expect(p[0][1] == 1)
    #expect(p[0][0] == 0)
    #expect(p[1][2] == 1)
    #expect(p.joined().allSatisfy { (0...1).contains($0) })
  }

  @Test func subtreeSumsOfALevelSumToTheSumOfTheLeaves() {
    let sums = ClassificationTests.tree.subtreeSums(ofLeaves: [0.5, 0.125, 0.375] as [Float])
    #expect(sums == [[0.625, 0.375], [0.5, 0.125, 0.375]])
  }
}
