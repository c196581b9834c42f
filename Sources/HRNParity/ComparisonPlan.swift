import HRNFormat

/// What of two models is compared with what.
struct ComparisonPlan {
  let recipe: Recipe
  /// The tree that the levels are of.
  let tree: LabelTree?
  let levels: [LevelComparison]
  /// Levels that a model scores and that are compared with nothing, by name.
  let unpairedLevels: [String]
  /// By level: which of each model's outputs decides.
  let outputs: [(reference: Int, subject: Int)]
  /// By level: its position in the reference's tree, whose last level is what images are labelled with.
  let positions: [Int]

  init(reference: ParityModel, subject: ParityModel) throws(ParityError) {
    for model in [reference, subject] where model.graph.recipe == nil { throw .noRecipe(path: model.path) }
    guard let recipe = reference.graph.recipe, recipe == subject.graph.recipe else {
      throw .recipesDiffer(reference: reference.path, subject: subject.path)
    }
    guard reference.shape == subject.shape else {
      throw .shapesDiffer(reference: reference.shape, subject: subject.shape)
    }
    self.recipe = recipe
    tree = reference.graph.tree
    var levels: [LevelComparison] = []
    var outputs: [(reference: Int, subject: Int)] = []
    var positions: [Int] = []
    for (index, output) in subject.graph.outputs.enumerated() where output.kind != .feature {
      guard let other = try Self.counterpart(of: output, of: subject.graph, in: reference.graph) else { continue }
      let found = reference.graph.outputs[other]
      // Beside a tree only what scores one of its levels can be judged.
      if tree != nil, found.level == nil { continue }
      let name = output.level.flatMap { subject.graph.tree?.levels[$0].name } ?? output.name
      levels.append(
        LevelComparison(
          name: name, level: found.level ?? levels.count, referenceKind: found.kind, subjectKind: output.kind))
      outputs.append((other, index))
      positions.append(found.level ?? levels.count - 1)
    }
    guard !levels.isEmpty else {
      throw .nothingInCommon(
        reference: reference.graph.outputs.map(\.name), subject: subject.graph.outputs.map(\.name))
    }
    let these = Self.levels(of: reference.graph, without: outputs.map(\.reference))
    let those = Self.levels(of: subject.graph, without: outputs.map(\.subject))
    unpairedLevels = these + those.filter { !these.contains($0) }
    let order = levels.indices.sorted { (positions[$0], $0) < (positions[$1], $1) }
    self.levels = order.map { levels[$0] }
    self.outputs = order.map { outputs[$0] }
    self.positions = order.map { positions[$0] }
  }

  /// The levels of its tree that a model has scores for, but none among the outputs that are `compared`, by name.
  private static func levels(of graph: ModelGraph, without compared: [Int]) -> [String] {
    guard let tree = graph.tree else { return [] }
    let scored = Set(graph.outputs.compactMap(\.level)).subtracting(compared.compactMap { graph.outputs[$0].level })
    return tree.levels.indices.filter(scored.contains).map { tree.levels[$0].name }
  }

  /// The reference's output that answers what `output` answers: the one that decides at the level of the same name, or
  /// without a tree the one of the same name.
  private static func counterpart(
    of output: Output, of subject: ModelGraph, in reference: ModelGraph
  ) throws(ParityError) -> Int? {
    guard let tree = subject.tree, let other = reference.tree, let level = output.level else {
      return reference.outputs.firstIndex { $0.name == output.name }
    }
    guard output.decides, let position = other.levels.firstIndex(where: { $0.name == tree.levels[level].name }) else {
      return nil
    }
    guard other.levels[position].labels == tree.levels[level].labels,
      Self.haveTheSameParents(tree, level, other, position)
    else { throw .labelsDiffer(level: tree.levels[level].name) }
    return reference.outputs.firstIndex { $0.level == position && $0.decides }
  }

  /// Whether the labels of a level have parents of the same names, where both trees have the level above.
  private static func haveTheSameParents(
    _ tree: LabelTree, _ level: Int, _ other: LabelTree, _ position: Int
  ) -> Bool {
    guard level > 0, position > 0, tree.levels[level - 1].name == other.levels[position - 1].name else { return true }
    func names(_ tree: LabelTree, _ level: Int) -> [String] {
      tree.levels[level].parents.map { tree.levels[level - 1].labels[$0] }
    }
    return names(tree, level) == names(other, position)
  }
}
