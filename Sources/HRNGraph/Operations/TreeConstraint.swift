import HRNFormat

extension TreeConstraint: OpDefinition {
  package static let summary = """
    Makes the scores of a label tree's nodes agree, [N, F] with a number per node, parents before children. tree-max \
    raises each node to the largest score below it, m[i] = max(x[i], m of its children), as C-HMCNN does; tree-min \
    lowers each node to the smallest score above it, y[i] = min(x[i], y of its parent).
    """

  package static let examples = [
    OpExample(
      "two roots, the first with two children, one of which has a child",
      .treeConstraint(TreeConstraint(.max, parents: [nil, nil, 0, 0, 2])),
      Operands([Value([1, 5], [0.25, 0.5, 0.125, 0.375, 0.75])]),
      gives: Value([1, 5], [0.75, 0.5, 0.75, 0.375, 0.75])),
    OpExample(
      "the same tree downwards", .treeConstraint(TreeConstraint(.min, parents: [nil, nil, 0, 0, 2])),
      Operands([Value([1, 5], [0.25, 0.5, 0.125, 0.375, 0.75])]),
      gives: Value([1, 5], [0.25, 0.5, 0.125, 0.25, 0.125])),
  ]

  package func evaluate(_ operands: Operands) -> Value {
    var y = operands.inputs[0]
    for n in 0..<y.shape[0] {
      let first = n * parents.count
      switch kind {
      case .max:
        for (node, parent) in parents.enumerated().reversed() {
          guard let parent else { continue }
          y.elements[first + parent] = max(y.elements[first + parent], y.elements[first + node])
        }
      case .min:
        for (node, parent) in parents.enumerated() {
          guard let parent else { continue }
          y.elements[first + node] = min(y.elements[first + node], y.elements[first + parent])
        }
      }
    }
    return y
  }
}
