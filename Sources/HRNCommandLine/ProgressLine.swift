/// A line that shows what is under way, rewritten in place.
package final class ProgressLine {
  private var isShown = false

  package init() {}

  package func show(_ step: String, _ done: Int, _ total: Int) {
    let amount = total > 0 ? " \(done) of \(total)" : ""
    Terminal.show("\r\u{1B}[K\(step)\(amount)")
    isShown = true
  }

  package func clear() {
    if isShown { Terminal.show("\r\u{1B}[K") }
    isShown = false
  }
}
