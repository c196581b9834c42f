import Foundation
import HRNFormat

extension Report {
  /// The report as people read it. `perNode` lists the nodes too, where they were compared.
  package var text: String {
    var lines = [
      "subject    \(comparison.subject.path) (\(comparison.subject.kind))",
      "reference  \(comparison.reference.path) (\(comparison.reference.kind))",
      "images     \(comparison.images) of \(comparison.imagesPath)",
      "",
    ]
    lines += Self.table(agreementRows)
    if comparison.levels.contains(where: { $0.labelled > 0 }) { lines += [""] + Self.table(accuracyRows) }
    if comparison.levels.contains(where: { !$0.distances.isEmpty }) { lines += [""] + Self.table(distanceRows) }
    if comparison.hasTree, comparison.levels.count > 1 {
      let all = Double(comparison.images)
      let share = { (count: Int) in percent(Double(count) / all) }
      lines += [
        "",
        "labels of all levels on one path: reference \(share(comparison.reference.consistent)), subject "
          + share(comparison.subject.consistent),
      ]
    }
    if !comparison.nodes.isEmpty { lines += [""] + Self.table(nodeRows) }
    lines.append("")
    for warning in warnings { lines.append("warning: \(warning)") }
    lines.append(verdict)
    return lines.joined(separator: "\n") + "\n"
  }

  private var agreementRows: [[String]] {
    [["level", "agree", "95 % interval", "flips", "under one parent"]]
      + comparison.levels.map { level in
        let interval = level.agreementInterval
        return [
          level.name, percent(level.agreement), "\(points(interval.lowerBound)) – \(points(interval.upperBound))",
          "\(level.flips)", level.level > 0 ? "\(level.flipsWithinParent)" : "–",
        ]
      }
  }

  private var accuracyRows: [[String]] {
    [
      [
        "level", "reference", "subject", "change", "std. error", "would show", "both right", "lost", "gained",
        "both wrong",
      ]
    ]
      + comparison.levels.filter { $0.labelled > 0 }.map { level in
        [
          level.name, percent(level.referenceAccuracy), percent(level.subjectAccuracy),
          String(format: "%+.2f", level.accuracyDifference * 100), points(level.standardError),
          points(level.detectableDrop), "\(level.bothRight)", "\(level.onlyReferenceRight)",
          "\(level.onlySubjectRight)", "\(level.bothWrong)",
        ]
      }
  }

  private var distanceRows: [[String]] {
    [["level", "scores differ by", "99 % below", "at most", "scores", "logits"]]
      + comparison.levels.filter { !$0.distances.isEmpty }.map { level in
        [
          "\(level.name) (\(level.subjectKind.name))", number(level.meanDistance), number(level.p99Distance),
          number(level.maxDistance), decibels(level.scoreDecibels), decibels(level.logitDecibels),
        ]
      }
  }

  private var nodeRows: [[String]] {
    [["node", "operation", "signal to noise"]]
      + comparison.nodes.map { [$0.name, $0.operation, decibels($0.decibels)] }
  }

  private func number(_ value: Double) -> String { String(format: "%.4f", value) }

  private func decibels(_ value: Double) -> String {
    value == .infinity ? "equal" : String(format: "%.1f dB", value)
  }

  /// Columns aligned: the first to the left, numbers to the right.
  static func table(_ rows: [[String]]) -> [String] {
    let columns = rows[0].count
    let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + space : space + cell
      }
      return cells.joined(separator: "  ").trimmingSuffix()
    }
  }
}

extension String {
  fileprivate func trimmingSuffix() -> String {
    var text = Substring(self)
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
