import HRNFormat

extension LabelTree {
  /// A tree by protobuf's JSON mapping of the schema's message: levels, coarse first, each with a name, labels by output
  /// position, and each label's parent by its position in the level above.
  init(_ json: JSON) throws(MappingError) {
    var fields = try MessageFields(json)
    var levels: [Level] = []
    for (index, message) in try fields.messages("levels").enumerated() {
      var message = message
      let level = Level(
        name: try message.text("name") ?? "", labels: try message.texts("labels"),
        parents: try message.integers("parents"))
      try message.finish()
      try Self.check(level, index, above: levels.last)
      levels.append(level)
    }
    guard !levels.isEmpty else { throw MappingError(place: "levels", found: "none", expected: "one or more") }
    let potentials: KeyValuePairs<String, Potential> = ["POTENTIAL_SIGMOID": .sigmoid, "POTENTIAL_LOGIT": .logit]
    let potential = try fields.enumerator("potential", potentials) ?? .sigmoid
    try fields.finish()
    self.init(levels: levels, potential: potential)
  }

  private static func check(_ level: Level, _ index: Int, above: Level?) throws(MappingError) {
    let place = "levels[\(index)]"
    for name in [level.name] + level.labels where !isName(name) {
      throw MappingError(
        place: place, found: "the name '\(name.printable)'",
        expected: "1 to \(Limits.nameBytes) bytes without control characters")
    }
    guard !level.labels.isEmpty else { throw MappingError(place: "\(place).labels", found: "none", expected: "labels") }
    let expected = above == nil ? 0 : level.labels.count
    guard level.parents.count == expected else {
      throw MappingError(
        place: "\(place).parents", found: counted(level.parents.count, "position"),
        expected: above == nil ? "none in the first level" : "\(expected), one per label")
    }
    for parent in level.parents where parent >= above?.labels.count ?? 0 {
      throw MappingError(
        place: "\(place).parents", found: "\(parent)",
        expected: "a position in the level above, which has "
          + counted(above?.labels.count ?? 0, "label"))
    }
  }

  /// Whether a model can hold this name.
  static func isName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= Limits.nameBytes
      && name.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
  }

  /// By node, level after level: its parent's number; nil in the first level.
  var nodeParents: [Int?] {
    var parents: [Int?] = []
    var begin = 0
    for (index, level) in levels.enumerated() {
      if index == 0 {
        parents += [Int?](repeating: nil, count: level.labels.count)
      } else {
        parents += level.parents.map { begin + $0 }
        begin += levels[index - 1].labels.count
      }
    }
    return parents
  }
}
