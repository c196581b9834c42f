import HRNFormat
import HRNGraph

/// The page of an operation: what it means, and examples.
package enum OpText {
  package static func page(_ kind: OpKind) -> String {
    let definition = kind.definition
    var lines = [kind.rawValue, ""] + definition.summary.split(separator: "\n").map { "  \($0)" }
    for example in definition.examples {
      lines += ["", "  Example: \(example.shows)"]
      let detail = Words.detail(example.operation)
      if !detail.isEmpty { lines.append("    \(detail)") }
      for (index, value) in example.operands.inputs.enumerated() { lines.append(line("input \(index)", value)) }
      for (index, value) in example.operands.parameters.enumerated() {
        lines.append(line("parameter \(index)", value))
      }
      lines.append(line("output", example.output))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func line(_ name: String, _ value: Value) -> String {
    let elements = value.elements.map { $0 == $0.rounded() && abs($0) < 1e6 ? "\(Int($0))" : "\($0)" }
    return "    \(name) \(describe(value.shape)): \(elements.joined(separator: " "))"
  }
}
