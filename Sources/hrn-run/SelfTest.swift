import HRNFormat
import HRNRuntime

extension Runner {
  /// BLAS sums in no stated order; so close it comes to the direct kernels.
  private static let toleranceOfBLAS: Float = 1e-3

  /// Runs the images that the model file carries and compares every output with what it says they must be.
  ///
  /// - Returns: `no` when one differs, or when there is nothing to compare.
  func selfTest() throws(Failure) -> CommandStatus {
    let goldens = model.file.graph.goldens
    guard !goldens.isEmpty else {
      Streams.complain("\(escaped(options.model)): has no images to test with")
      return .no
    }
    var failed = 0
    for golden in goldens {
      try run(jpeg: golden.jpeg, named: golden.name)
      let comparisons = golden.answers.map {
        session.compare($0, tolerance: options.session.backend == .blas ? Self.toleranceOfBLAS : nil)
      }
      if !comparisons.allSatisfy({ $0.passes }) { failed += 1 }
      try Streams.write(options.isJSON ? json(golden.name, comparisons) : text(golden.name, comparisons))
    }
    if !options.isJSON {
      let words =
        failed == 0
        ? "self-test passed: \(goldens.count) images on \(session.cpu.name), threads: \(session.threads)"
        : "self-test FAILED: \(failed) of \(goldens.count) images on \(session.cpu.name), threads: \(session.threads)"
      try Streams.write(words + "\n")
    }
    return failed == 0 ? .done : .no
  }

  private func text(_ name: String, _ comparisons: [GoldenComparison]) -> [UInt8] {
    var text = escaped(name) + "\n"
    let width = comparisons.map { $0.output.unicodeScalars.count }.max() ?? 0
    for comparison in comparisons {
      text += "  \(padded(escaped(comparison.output), to: width))  "
      if comparison.passes {
        text += comparison.tolerance.map { "within \($0)" } ?? "equal bits"
      } else {
        text +=
          "DIFFERS by \(comparison.difference), expected \(comparison.tolerance.map { "at most \($0)" } ?? "equal bits")"
      }
      if let difference = comparison.referenceDifference { text += "; from the trained network by \(difference)" }
      text += "\n"
    }
    return [UInt8](text.utf8)
  }

  private func json(_ name: String, _ comparisons: [GoldenComparison]) -> [UInt8] {
    var json = JSON()
    json.object { json in
      json.key("golden")
      json.string(name)
      json.key("passes")
      json.bool(comparisons.allSatisfy({ $0.passes }))
      json.key("outputs")
      json.array { json in
        for comparison in comparisons {
          json.object { json in
            json.key("output")
            json.string(comparison.output)
            json.key("passes")
            json.bool(comparison.passes)
            json.key("difference")
            json.number(comparison.difference)
            if let tolerance = comparison.tolerance {
              json.key("tolerance")
              json.number(tolerance)
            }
            if let difference = comparison.referenceDifference {
              json.key("reference_difference")
              json.number(difference)
            }
          }
        }
      }
    }
    return json.line()
  }
}
