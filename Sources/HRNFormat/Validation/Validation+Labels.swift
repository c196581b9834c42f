extension GraphRules {
  /// Results are vectors; those that score a level have a number for each of its labels, and at most one decides.
  func checkOutputs() throws(FormatError) {
    var deciders: [Int: String] = [:]
    for (index, output) in graph.outputs.enumerated() {
      do throws(OutputFault) {
        try check(output)
        if output.decides, let level = output.level {
          if let other = deciders.updateValue(output.name, forKey: level) {
            throw .decidesTwice(level: level, other: other)
          }
        }
      } catch {
        throw .invalid(.output(index, output.name), .output(error))
      }
      let tensor = graph.tensors[output.tensor]
      guard tensor.elementType == .float32 else {
        throw .invalid(
          .output(index, output.name), .tensor(.elementType(found: tensor.elementType, expected: "float32")))
      }
    }
  }

  private func check(_ output: Output) throws(OutputFault) {
    let shape = graph.tensors[output.tensor].shape
    if isCompiled || output.level != nil {
      guard shape.count == 2 else { throw .notAVector(shape) }
    }
    guard let level = output.level else {
      guard !output.decides else { throw .decidesWithoutLevel }
      return
    }
    guard let tree = graph.tree else { throw .noTree(level: level) }
    guard tree.levels.indices.contains(level) else { throw .level(found: level, count: tree.levels.count) }
    if output.kind == .feature {
      guard !output.decides else { throw .decidesWithoutLevel }
      return
    }
    let labels = tree.levels[level].labels.count
    guard shape[1] == labels else { throw .width(found: shape, labels: labels, level: tree.levels[level].name) }
  }

  /// Every label has a parent in the level above, and siblings have different names.
  func checkTree() throws(FormatError) {
    guard let tree = graph.tree else { return }
    for (index, level) in tree.levels.enumerated() {
      do throws(TreeFault) {
        try check(level, above: index == 0 ? nil : tree.levels[index - 1])
      } catch {
        throw .invalid(.level(index, level.name), .tree(error))
      }
    }
  }

  private func check(_ level: LabelTree.Level, above: LabelTree.Level?) throws(TreeFault) {
    let expected = above == nil ? 0 : level.labels.count
    guard level.parents.count == expected else {
      throw .parentCount(found: level.parents.count, expected: expected)
    }
    var siblings: [Sibling: Int] = [:]
    siblings.reserveCapacity(level.labels.count)
    for (index, label) in level.labels.enumerated() {
      let parent = above == nil ? 0 : level.parents[index]
      if let above, !above.labels.indices.contains(parent) {
        throw .parent(label: index, found: parent, count: above.labels.count)
      }
      if let first = siblings.updateValue(index, forKey: Sibling(label: ExactText(text: label), parent: parent)) {
        throw .duplicateLabel(label, first: first, second: index)
      }
    }
  }

  private struct Sibling: Hashable {
    var label: ExactText
    var parent: Int
  }
}

extension OutputFault: Error {}
extension TreeFault: Error {}
