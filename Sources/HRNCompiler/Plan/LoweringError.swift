/// A node that the compiler understands but cannot lower to the kernels that there are.
package struct LoweringError: Error, Equatable, CustomStringConvertible {
  /// The node, by name.
  package var node: String
  /// What was found and what is wanted.
  package var reason: String
  /// What to try.
  package var advice: String?

  package init(node: String, reason: String, advice: String? = nil) {
    self.node = node
    self.reason = reason
    self.advice = advice
  }

  package var description: String { "node '\(node)': \(reason)" + (advice.map { "\n  \($0)" } ?? "") }
}
