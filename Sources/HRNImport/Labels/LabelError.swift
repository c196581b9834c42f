import HRNFormat

/// What is wrong with a file of labels.
package enum LabelError: Error, Equatable, Sendable {
  case notText
  /// Less than a header and one row.
  case rows(found: Int)
  /// A level that no row has a label of.
  case empty(level: String)
  /// A header with an empty or a repeated cell.
  case header(String)
  /// More cells than the header has columns.
  case cells(line: Int, found: Int, expected: Int)
  /// A level without a label while one below it has one.
  case gap(line: Int, level: String)
  /// A label under two parents.
  case parents(line: Int, label: String, found: String, before: String)
  /// A position that is no number, or another one than before.
  case position(line: Int, label: String, found: String, before: Int?)
  /// Positions of a level that are not 0, 1, 2 and so on.
  case positions(level: String, found: [Int], count: Int)
  case duplicate(line: Int, label: String)
  /// A name that a model cannot hold.
  case name(String)
  /// What a JSON text says is not a tree.
  case mapping(MappingError)

  package var message: String {
    switch self {
    case .notText: "is not UTF-8 text; labels are a TSV table or a JSON text"
    case .rows(let found): "has \(counted(found, "row")), expected a header and a row per label of the last level"
    case .empty(let level): "level '\(level)' has no labels"
    case .header(let cell):
      "has \(cell.isEmpty ? "an empty cell" : "'\(cell)' twice") in its header, expected a name of its own for each level"
    case .cells(let line, let found, let expected):
      "line \(line): has \(counted(found, "cell")), expected at most \(expected), as many as the header"
    case .gap(let line, let level): "line \(line): level '\(level)' is empty while one below it is not"
    case .parents(let line, let label, let found, let before):
      "line \(line): '\(label)' lies under '\(found)' here and under '\(before)' before; names of a level are unique"
    case .position(let line, let label, let found, let before):
      "line \(line): the position of '\(label)' is '\(found)', expected "
        + (before.map { "\($0), as before" } ?? "a number from 0 on")
    case .positions(let level, let found, let count):
      "level '\(level)' has the positions \(Self.list(found)), expected each of 0 to \(count - 1) once"
    case .duplicate(let line, let label): "line \(line): '\(label)' has a row already"
    case .name(let name):
      "the name '\(name.prefix(40))' is empty, longer than \(Limits.nameBytes) bytes or holds control characters"
    case .mapping(let error): error.message
    }
  }

  private static func list(_ numbers: [Int]) -> String {
    numbers.prefix(8).map(String.init).joined(separator: ", ") + (numbers.count > 8 ? ", …" : "")
  }
}
