import HRNFormat

/// How two models' answers at one level of the label tree compare over the images.
package struct LevelComparison: Equatable, Sendable {
  package let name: String
  /// Position in the tree, coarse first.
  package let level: Int
  /// The kinds of the scores that decide.
  package let referenceKind: ScoreKind
  package let subjectKind: ScoreKind

  package private(set) var images = 0
  package private(set) var agreeing = 0
  /// Of the images whose labels differ: those whose labels have one parent. Of no meaning at the first level.
  package private(set) var flipsWithinParent = 0

  /// Images whose label is known, by who is right.
  package private(set) var bothRight = 0
  package private(set) var onlyReferenceRight = 0
  package private(set) var onlySubjectRight = 0
  package private(set) var bothWrong = 0

  /// Per image, the largest difference of a score; ascending once `finish` was called.
  package private(set) var distances: [Double] = []
  private var scoreSums = SignalSums()
  private var logitSums = SignalSums()

  package init(name: String, level: Int, referenceKind: ScoreKind, subjectKind: ScoreKind) {
    self.name = name
    self.level = level
    self.referenceKind = referenceKind
    self.subjectKind = subjectKind
  }

  /// Counts an image.
  ///
  /// - Parameters:
  ///   - parents: for each label the position of its parent; empty in the first level.
  ///   - label: the true label, where it is known.
  package mutating func add(reference: [Float], subject: [Float], parents: [Int], label: Int?) {
    let (a, b) = (Self.decision(reference), Self.decision(subject))
    images += 1
    if a == b {
      agreeing += 1
    } else if parents.indices.contains(a), parents.indices.contains(b), parents[a] == parents[b] {
      flipsWithinParent += 1
    }
    if let label {
      switch (a == label, b == label) {
      case (true, true): bothRight += 1
      case (true, false): onlyReferenceRight += 1
      case (false, true): onlySubjectRight += 1
      case (false, false): bothWrong += 1
      }
    }
    guard referenceKind == subjectKind, reference.count == subject.count else { return }
    distances.append(zip(reference, subject).reduce(0) { max($0, abs(Double($1.0) - Double($1.1))) })
    scoreSums.add(reference.map { Double($0) }, subject.map { Double($0) })
    logitSums.add(Self.logits(reference, referenceKind), Self.logits(subject, subjectKind))
  }

  /// Adds what another part of the images gave.
  package mutating func merge(_ other: LevelComparison) {
    images += other.images
    agreeing += other.agreeing
    flipsWithinParent += other.flipsWithinParent
    bothRight += other.bothRight
    onlyReferenceRight += other.onlyReferenceRight
    onlySubjectRight += other.onlySubjectRight
    bothWrong += other.bothWrong
    distances += other.distances
    scoreSums.merge(other.scoreSums)
    logitSums.merge(other.logitSums)
  }

  /// Brings the distances into order, once every image is counted.
  package mutating func finish() { distances.sort() }

  // MARK: What follows

  package var flips: Int { images - agreeing }
  package var agreement: Double { images > 0 ? Double(agreeing) / Double(images) : 0 }
  package var agreementInterval: ClosedRange<Double> { Statistics.wilson(agreeing, of: images) }

  package var labelled: Int { bothRight + onlyReferenceRight + onlySubjectRight + bothWrong }
  package var referenceRight: Int { bothRight + onlyReferenceRight }
  package var subjectRight: Int { bothRight + onlySubjectRight }
  package var referenceAccuracy: Double { labelled > 0 ? Double(referenceRight) / Double(labelled) : 0 }
  package var subjectAccuracy: Double { labelled > 0 ? Double(subjectRight) / Double(labelled) : 0 }
  /// Subject minus reference.
  package var accuracyDifference: Double { subjectAccuracy - referenceAccuracy }
  package var standardError: Double {
    Statistics.pairedStandardError(lost: onlyReferenceRight, gained: onlySubjectRight, of: labelled)
  }
  package var detectableDrop: Double {
    Statistics.detectableDrop(lost: onlyReferenceRight, gained: onlySubjectRight, of: labelled)
  }

  package var meanDistance: Double {
    distances.isEmpty ? 0 : distances.reduce(0, +) / Double(distances.count)
  }
  package var p99Distance: Double { Statistics.quantile(0.99, ofAscending: distances) }
  package var maxDistance: Double { distances.last ?? 0 }
  /// Of the scores.
  package var scoreDecibels: Double { scoreSums.decibels }
  /// Of what the scores were computed from, found by inverting sigmoid and softmax.
  package var logitDecibels: Double { logitSums.decibels }

  // MARK: One image

  /// The position of the highest score, the first where there are several.
  package static func decision(_ scores: [Float]) -> Int {
    var best = 0
    for index in scores.indices where scores[index] > scores[best] { best = index }
    return best
  }

  /// The logits of sigmoid scores; those of a softmax up to a shift, which is chosen so that their mean is zero. Scores
  /// so near 0 or 1 that float32 says nothing of their logit count as if they were 10⁻⁶ away.
  static func logits(_ scores: [Float], _ kind: ScoreKind) -> [Double] {
    let nearest = 1e-6
    switch kind {
    case .sigmoid:
      return scores.map { score in
        let p = min(max(Double(score), nearest), 1 - nearest)
        return Statistics.naturalLogarithm(p / (1 - p))
      }
    case .softmax:
      let logits = scores.map { Statistics.naturalLogarithm(max(Double($0), nearest)) }
      let mean = logits.reduce(0, +) / Double(max(logits.count, 1))
      return logits.map { $0 - mean }
    case .logit, .feature: return scores.map { Double($0) }
    }
  }
}

/// Power of a signal and of its difference from another.
package struct SignalSums: Equatable, Sendable {
  package private(set) var signal = 0.0
  package private(set) var noise = 0.0

  package init() {}

  package mutating func add(_ reference: [Double], _ subject: [Double]) {
    for (a, b) in zip(reference, subject) {
      signal += a * a
      noise += (a - b) * (a - b)
    }
  }

  package mutating func merge(_ other: SignalSums) {
    signal += other.signal
    noise += other.noise
  }

  package var decibels: Double { Statistics.decibels(signal: signal, noise: noise) }
}
