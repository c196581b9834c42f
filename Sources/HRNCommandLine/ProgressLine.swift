import Foundation

/// A line that shows what is under way, rewritten in place.
package final class ProgressLine {
  private var isShown = false

  package init() {}

  package func show(_ step: String, _ done: Int, _ total: Int) {
    let amount = total > 0 ? " \(done) of \(total)" : ""
    FileHandle.standardError.write(Data("\r\u{1B}[K\(step)\(amount)".utf8))
    isShown = true
  }

  package func clear() {
    if isShown { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    isShown = false
  }
}
