import HRNFormat

/// What a compilation is asked to do.
package struct CompileOptions: Equatable, Sendable {
  package var precision: Precision
  /// Passes that are left out, by name.
  package var skippedPasses: Set<String>
  /// Levels of the label tree to keep, counted from the coarse end; nil for all.
  package var levels: Int?
  /// How activation ranges are chosen from what calibration saw.
  package var rangeMethod: RangeMethod
  /// Calibration images to use at most.
  package var imageLimit: Int
  /// The kernels that may be chosen.
  package var plan: PlanOptions

  package init(
    precision: Precision = .float32, skippedPasses: Set<String> = [], levels: Int? = nil,
    rangeMethod: RangeMethod = .minMax, imageLimit: Int = 512, plan: PlanOptions = PlanOptions()
  ) {
    self.precision = precision
    self.skippedPasses = skippedPasses
    self.levels = levels
    self.rangeMethod = rangeMethod
    self.imageLimit = imageLimit
    self.plan = plan
  }

  /// The options that change the result, as a file's provenance records them.
  package var recorded: [String] {
    var words = ["precision=\(precision.name)"]
    words += skippedPasses.sorted().map { "skip-pass=\($0)" }
    if let levels { words.append("levels=\(levels)") }
    if precision == .int8 { words.append("calibration-method=\(rangeMethod.name)") }
    if plan.target != .portable { words.append("target=\(plan.target.name)") }
    if plan.goal != .speed { words.append("optimize=\(plan.goal.rawValue)") }
    if let approximation = plan.approximation {
      words += [
        "approximate=gsb", "approximate-snr=\(approximation.leastDecibels)",
        "approximate-loss=\(approximation.mostLoss)",
      ]
    }
    return words
  }
}

/// What the compiler calls itself in the files that it makes.
package enum CompilerVersion {
  package static let tool = "hrn-compile"
  package static let current = "0.1.0"
}
