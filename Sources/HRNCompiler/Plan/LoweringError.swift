/// A node that the compiler understands but cannot lower to the kernels that there are.
package struct LoweringError: Error, Equatable, CustomStringConvertible {
  /// The node, or the graph as a whole.
  package var place: String
  /// What was found and what is wanted.
  package var reason: String
  /// What to try.
  package var advice: String?

  package init(node: String, reason: String, advice: String? = nil) {
    place = "node '\(node)'"
    self.reason = reason
    self.advice = advice
  }

  package init(graph: String, reason: String, advice: String? = nil) {
    place = "graph '\(graph)'"
    self.reason = reason
    self.advice = advice
  }

  package var description: String { "\(place): \(reason)" + (advice.map { "\n  \($0)" } ?? "") }
}
