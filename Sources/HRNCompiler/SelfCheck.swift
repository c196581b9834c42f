import Foundation
import HRNFormat
import HRNGraph

/// What came of running a compiled model beside the graph that it was compiled from.
package struct SelfCheck: Encodable, Equatable, Sendable {
  /// A float32 model may differ from the reference executor by this share of the larger of 1 and the output's largest
  /// value: the same sums in another order, and weights that took up their batch norms.
  package static let tolerance: Float = 1e-4
  /// A bfloat16 model stores numbers that are off by up to 1/512 of themselves, which a network's depth adds up: the noise
  /// of all its outputs together may be a tenth of their signal. Those of the models that we ship have a hundredth or less.
  package static let leastDecibels = 20.0

  /// Inputs that both were run on.
  package private(set) var inputs = 0
  /// The largest difference of an output, as a share of the larger of 1 and the output's largest value.
  package private(set) var largestDifference: Float = 0
  /// Of all outputs together; absent where the two are equal.
  package private(set) var snrDecibels: Double?
  /// Labels that both agree on, and labels in all: one per input and deciding output.
  package private(set) var agreeing = 0
  package private(set) var labels = 0
  /// The output that the largest difference is in.
  package private(set) var worst = ""

  /// Runs a model on inputs, for each of which what it was compiled from has given its answers.
  ///
  /// - Throws: `selfCheck` where an output of the model is not a number.
  init(
    _ inputs: [NetworkInput], outputs: [Output], model: CompiledRunner, answers: [[[Float]]]
  ) throws(CompileError) {
    var (signal, noise) = (0.0, 0.0)
    for (input, expected) in zip(inputs, answers) {
      let found = try model.outputs(for: input)
      for (index, output) in outputs.enumerated() {
        guard found[index].allSatisfy(\.isFinite) else {
          throw .selfCheck("output '\(output.name)' is not a finite number")
        }
        compare(found[index], expected[index], output)
        for (x, y) in zip(found[index], expected[index]) {
          signal += Double(y) * Double(y)
          noise += (Double(x) - Double(y)) * (Double(x) - Double(y))
        }
      }
    }
    self.inputs = inputs.count
    if noise > 0, signal > 0 { snrDecibels = 10 * log10(signal / noise) }
  }

  private mutating func compare(_ found: [Float], _ expected: [Float], _ output: Output) {
    let scale = max(1, expected.map(abs).max() ?? 0)
    let difference = (zip(found, expected).map { abs($0 - $1) }.max() ?? 0) / scale
    if difference > largestDifference { (largestDifference, worst) = (difference, output.name) }
    if output.decides {
      labels += 1
      if found.indexOfLargest == expected.indexOfLargest { agreeing += 1 }
    }
  }

  /// Whether a model of floats computes what its source does.
  func isSound(in precision: Precision) -> Bool {
    precision == .bfloat16 ? (snrDecibels ?? .infinity) >= Self.leastDecibels : largestDifference <= Self.tolerance
  }

  /// - Throws: `selfCheck` where a model of floats differs by more than its precision explains.
  func requireSound(in precision: Precision) throws(CompileError) {
    guard !isSound(in: precision) else { return }
    let found = "output '\(worst)' differs from the trained network's by \(largestDifference)"
    guard precision == .bfloat16 else { throw .selfCheck("\(found), expected at most \(Self.tolerance)") }
    throw .selfCheck(
      "\(found), the signal is \(Int(snrDecibels ?? 0)) dB above the noise, expected at least \(Int(Self.leastDecibels))"
    )
  }

  /// - Throws: `selfCheck` where an int8 model gives other bits than the formulas of its operations.
  static func requireEqualBits(
    _ model: CompiledRunner, _ formulas: Int8Reference, on inputs: some Sequence<NetworkInput>
  ) throws(CompileError) {
    for case .pixels(let pixels) in inputs {
      let (found, expected) = (try model.outputs(for: .pixels(pixels)), formulas.run(pixels))
      for (index, output) in formulas.graph.outputs.enumerated() where found[index] != expected[index] {
        let difference = zip(found[index], expected[index]).map { abs($0 - $1) }.max() ?? 0
        throw .selfCheck(
          "output '\(output.name)' differs by \(difference) from what the int8 formulas give, expected equal bits")
      }
    }
  }

  /// The result in a line.
  package var words: String {
    var line = "\(counted(inputs, "input")), largest difference " + String(format: "%.2g", largestDifference)
    if let snrDecibels { line += String(format: ", signal to noise %.1f dB", snrDecibels) }
    if labels > 0 { line += ", \(agreeing) of \(counted(labels, "label")) agree" }
    return line
  }
}

extension [Float] {
  /// The index of the first of the largest elements.
  var indexOfLargest: Int? { indices.max { self[$0] < self[$1] } }
}
