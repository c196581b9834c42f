extension GraphRules {
  /// Names are short lines of text, and tell apart what they name.
  func checkNames() throws(FormatError) {
    if !graph.name.utf8.isEmpty { try check(name: graph.name, at: .graph) }
    try checkUnique(graph.tensors.map({ $0.name })) { index, name in .tensor(index, name) }
    try checkUnique(graph.nodes.map({ $0.name })) { index, name in .node(index, name) }
    try checkUnique(graph.outputs.map({ $0.name })) { index, name in .output(index, name) }
    try checkUnique(graph.goldens.map({ $0.name })) { index, name in .golden(index, name) }
    if let tree = graph.tree {
      try checkUnique(tree.levels.map({ $0.name })) { index, name in .level(index, name) }
      for (index, level) in tree.levels.enumerated() {
        for label in level.labels { try check(name: label, at: .level(index, level.name)) }
      }
    }
    for (index, node) in graph.nodes.enumerated() {
      for source in node.sources { try check(name: source, at: .node(index, node.name)) }
    }
    for pass in graph.passes {
      for name in [pass.name] + pass.nodes { try check(name: name, at: .graph) }
    }
  }

  private func checkUnique(_ names: [String], _ place: (Int, String) -> Place) throws(FormatError) {
    var first: [ExactText: Int] = [:]
    first.reserveCapacity(names.count)
    for (index, name) in names.enumerated() {
      try check(name: name, at: place(index, name))
      if let other = first.updateValue(index, forKey: ExactText(text: name)) {
        throw .invalid(place(index, name), .name(.duplicate(of: other)))
      }
    }
  }

  private func check(name: String, at place: Place) throws(FormatError) {
    if let fault = NameFault(in: name) { throw .invalid(place, .name(fault)) }
  }
}

extension NameFault {
  /// What is wrong with a name: empty, long, or with control characters (C0, DEL, C1).
  init?(in name: String) {
    if name.utf8.isEmpty {
      self = .empty
      return
    }
    guard name.utf8.count <= Limits.nameBytes else {
      self = .tooLong(bytes: name.utf8.count)
      return
    }
    self.init(controlIn: name, except: [])
  }

  /// The first control character in a text.
  init?(controlIn text: String, except allowed: [UInt8]) {
    var previous: UInt8 = 0
    for byte in text.utf8 {
      let isControl = byte < 0x20 || byte == 0x7F || (previous == 0xC2 && (0x80...0x9F).contains(byte))
      if isControl && !allowed.contains(byte) {
        self = .control(byte)
        return
      }
      previous = byte
    }
    return nil
  }
}

/// A text that equals another when their bytes do, as names in a file do.
struct ExactText: Hashable {
  let text: String

  static func == (one: ExactText, other: ExactText) -> Bool { one.text.utf8.elementsEqual(other.text.utf8) }

  func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}
