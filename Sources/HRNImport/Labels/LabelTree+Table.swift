import HRNFormat

extension LabelTree {
  /// A tree from a TSV table: a header, a row per leaf, and a column per level from coarse to fine.
  ///
  ///     order             order_index  family       family_index  species               species_index
  ///     Procellariiformes 11           Diomedeidae  34            Black footed Albatross 0
  ///
  /// `<level>_index` gives the position of a label in the network's output; without it labels lie in order of their
  /// first appearance. Trailing cells may be empty, for a leaf above the last level. Lines of only empty cells do not
  /// count.
  init(table text: String) throws(LabelError) {
    var lines: [(number: Int, cells: [String])] = []
    let rows = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    for (index, line) in rows.enumerated() {
      let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map { Self.trimmed($0) }
      if cells.contains(where: { !$0.isEmpty }) { lines.append((index + 1, cells)) }
    }
    guard lines.count >= 2 else { throw .rows(found: lines.count) }
    var table = try Table(header: lines[0].cells)
    for line in lines.dropFirst() { try table.add(line.cells, line: line.number) }
    self.init(levels: try table.finish())
  }

  /// Without blanks at its ends, and without a carriage return.
  private static func trimmed(_ text: Substring) -> String {
    let blanks: Set<Character> = [" ", "\r", "\u{FEFF}"]
    var text = text.drop { blanks.contains($0) }
    while let last = text.last, blanks.contains(last) { text.removeLast() }
    return String(text)
  }
}

/// Rows of a table as they come, level by level.
private struct Table {
  private struct Column {
    var name: String
    /// Of the labels, and of their positions.
    var cell: Int
    var positionCell: Int?
    /// In order of first appearance.
    var labels: [String] = []
    var indices: [String: Int] = [:]
    /// By label: the index of its parent in the column above.
    var parents: [Int] = []
    var positions: [Int] = []
  }

  private var columns: [Column] = []
  private let width: Int

  init(header: [String]) throws(LabelError) {
    var seen = Set<String>()
    for cell in header where cell.isEmpty || !seen.insert(cell).inserted { throw .header(cell) }
    width = header.count
    let levels = header.filter { name in
      guard name.hasSuffix("_index") else { return true }
      return !header.contains(String(name.dropLast("_index".count)))
    }
    for name in levels {
      try Self.check(name)
      columns.append(
        Column(name: name, cell: header.firstIndex(of: name)!, positionCell: header.firstIndex(of: name + "_index")))
    }
  }

  private static func check(_ name: String) throws(LabelError) {
    guard LabelTree.isName(name) else { throw .name(name) }
  }

  mutating func add(_ cells: [String], line: Int) throws(LabelError) {
    guard cells.count <= width else { throw .cells(line: line, found: cells.count, expected: width) }
    let cells = cells + [String](repeating: "", count: width - cells.count)
    var above: Int?
    var isNew = false
    for index in columns.indices {
      let label = cells[columns[index].cell]
      if label.isEmpty {
        let isGap = index == 0 || columns[index...].contains { !cells[$0.cell].isEmpty }
        if isGap { throw .gap(line: line, level: columns[index].name) }
        break
      }
      let position = try position(of: label, cells, columns[index], line)
      if let known = columns[index].indices[label] {
        try check(known, label, under: above, position, column: index, line)
        (above, isNew) = (known, false)
      } else {
        try Self.check(label)
        (above, isNew) = (append(label, under: above, position, to: index), true)
      }
    }
    if !isNew, let leaf = cells.last(where: { !$0.isEmpty }) { throw .duplicate(line: line, label: leaf) }
  }

  private func position(
    of label: String, _ cells: [String], _ column: Column, _ line: Int
  ) throws(LabelError) -> Int? {
    guard let cell = column.positionCell else { return nil }
    guard let position = Int(cells[cell]), position >= 0 else {
      throw .position(line: line, label: label, found: cells[cell], before: nil)
    }
    return position
  }

  private func check(
    _ known: Int, _ label: String, under above: Int?, _ position: Int?, column index: Int, _ line: Int
  ) throws(LabelError) {
    let column = columns[index]
    if let above, column.parents[known] != above {
      let labels = columns[index - 1].labels
      throw .parents(line: line, label: label, found: labels[above], before: labels[column.parents[known]])
    }
    if let position, column.positions[known] != position {
      throw .position(line: line, label: label, found: "\(position)", before: column.positions[known])
    }
  }

  private mutating func append(_ label: String, under above: Int?, _ position: Int?, to index: Int) -> Int {
    let number = columns[index].labels.count
    columns[index].indices[label] = number
    columns[index].labels.append(label)
    columns[index].positions.append(position ?? number)
    if let above { columns[index].parents.append(above) }
    return number
  }

  /// The levels, labels in the order of their positions.
  func finish() throws(LabelError) -> [LabelTree.Level] {
    var levels: [LabelTree.Level] = []
    for (index, column) in columns.enumerated() {
      guard !column.labels.isEmpty else { throw .empty(level: column.name) }
      let order = column.labels.indices.sorted { column.positions[$0] < column.positions[$1] }
      let sorted = order.map { column.positions[$0] }
      guard sorted == Array(0..<sorted.count) else {
        throw .positions(level: column.name, found: sorted, count: sorted.count)
      }
      let parents = index == 0 ? [] : order.map { columns[index - 1].positions[column.parents[$0]] }
      levels.append(LabelTree.Level(name: column.name, labels: order.map { column.labels[$0] }, parents: parents))
    }
    return levels
  }
}
