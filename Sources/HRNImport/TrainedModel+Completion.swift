import HRNFormat
import HRNGraph

extension TrainedModel {
  /// A network from ONNX, which has neither labels nor a recipe. Where its outputs are as many as a benchmark's labels,
  /// they are that benchmark's.
  init(_ model: ONNXModel, _ options: ImportOptions) throws(ImportError) {
    let (graph, notes) = try model.graph(name: "network", size: options.size ?? options.recipe?.size)
    self.init(graph: graph, format: "onnx", notes: ["network: " + model.origin] + notes.map { "note: " + $0 })
    var options = options
    var benchmark: BenchmarkTrees.Benchmark?
    if options.labels == nil {
      benchmark = BenchmarkTrees.find(sizes: graph.scoredSizes)
      options.labels = benchmark?.tree
    }
    try complete(with: options)
    let labels =
      benchmark.map { "those of \($0.name), told by their numbers" }
      ?? (options.labels == nil ? "none; its outputs go by their names (--labels FILE)" : "those given with --labels")
    self.notes.append("labels: " + labels)
    self.notes.append(
      "recipe: "
        + (options.recipe == nil
          ? "none; it takes tensors, and no pictures (--recipe FILE)" : "the one given with --recipe"))
  }

  /// Puts the labels and the recipe that are asked for in place of the graph's own.
  mutating func complete(with options: ImportOptions) throws(ImportError) {
    let shape = graph.inputs.first.map { graph.shape(of: $0) } ?? []
    if shape.count == 4 {
      for size in [options.size, options.recipe?.size] {
        guard let size, shape[2] != size.height || shape[3] != size.width else { continue }
        throw .size(asked: [size.height, size.width], fixed: Array(shape[2...]), by: "the file's graph reads")
      }
      if let recipe = options.recipe, recipe.channels != shape[1] {
        throw .network(.channels(network: "'\(graph.name)'", found: recipe.channels, expected: shape[1]))
      }
    }
    if let recipe = options.recipe, recipe != graph.recipe {
      graph.recipe = recipe
      // They say what the network answers to other pixels.
      graph.goldens = []
    }
    if let labels = options.labels { notes += try graph.label(with: labels) }
    do throws(GraphError) { try graph.verify() } catch { throw .graph(error) }
  }
}

extension Graph {
  /// Numbers of scores of the outputs, one after another, a repeated one once.
  var scoredSizes: [Int] {
    var sizes: [Int] = []
    for output in outputs {
      let shape = shape(of: output.tensor)
      if shape.count == 2, sizes.last != shape[1] { sizes.append(shape[1]) }
    }
    return sizes
  }

  /// Gives the outputs the labels of a tree.
  ///
  /// Outputs that have a level keep it, and must have as many scores as it has labels. Others are of the level with as
  /// many labels as they have scores, the coarser ones first; a softmax is put behind plain numbers. Of a level's outputs
  /// a softmax decides before a sigmoid.
  ///
  /// - Returns: What was decided, a line each.
  mutating func label(with tree: LabelTree) throws(ImportError) -> [String] {
    let isLabelled = outputs.contains { $0.level != nil }
    let notes = isLabelled ? try relabel(with: tree) : try assignLevels(of: tree)
    self.tree = tree
    return notes
  }

  private mutating func relabel(with new: LabelTree) throws(ImportError) -> [String] {
    for (index, output) in outputs.enumerated() {
      guard let level = output.level else { continue }
      let scores = shape(of: output.tensor).last ?? 0
      guard new.levels.indices.contains(level), new.levels.count == tree?.levels.count ?? new.levels.count,
        output.kind == .feature || new.levels[level].labels.count == scores
      else { throw unlabelled(output, new) }
      guard let old = tree?.levels[level].name, output.name.hasPrefix(old + ".") else { continue }
      outputs[index].name = new.levels[level].name + output.name.dropFirst(old.count)
    }
    return []
  }

  private mutating func assignLevels(of tree: LabelTree) throws(ImportError) -> [String] {
    var notes: [String] = []
    var (kinds, used): ([Int: [ScoreKind]], [Output]) = ([:], [])
    for output in outputs {
      let shape = shape(of: output.tensor)
      var (tensor, kind) = (output.tensor, scoreKind(of: output.tensor))
      let candidates = tree.levels.indices.filter { shape == [1, tree.levels[$0].labels.count] }
      let finalKind = kind == .logit ? .softmax : kind
      guard let level = candidates.first(where: { !(kinds[$0] ?? []).contains(finalKind) }) ?? candidates.first,
        !(kinds[level] ?? []).contains(finalKind)
      else { throw unlabelled(output, tree) }
      if kind == .logit {
        tensor = appendSoftmax(to: tensor, "softmax\(level + 1)")
        kind = .softmax
        notes.append("note: output '\(output.name)' holds plain numbers; a softmax is put behind them")
      }
      kinds[level, default: []].append(kind)
      used.append(Output(name: "\(tree.levels[level].name).\(kind.name)", tensor: tensor, kind: kind, level: level))
      notes.append("note: output '\(output.name)' scores level '\(tree.levels[level].name)'")
    }
    for level in tree.levels.indices {
      let best = used.firstIndex { $0.level == level && $0.kind == .softmax } ?? used.firstIndex { $0.level == level }
      if let best { used[best].decides = true }
    }
    outputs = used
    return notes
  }

  private func scoreKind(of tensor: Int) -> ScoreKind {
    switch producer(of: tensor)?.operation {
    case .softmax: .softmax
    case .activation(.sigmoid): .sigmoid
    default: .logit
    }
  }

  private mutating func appendSoftmax(to tensor: Int, _ name: String) -> Int {
    let output = addTensor(Tensor(name: name, elementType: .float32, shape: shape(of: tensor)))
    let names = Set(nodes.map(\.name))
    let unique = names.contains(name) ? "\(name).\(nodes.count)" : name
    nodes.append(
      Node(name: unique, operation: .softmax(Softmax()), inputs: [tensor], parameters: [], outputs: [output]))
    return output
  }

  private func unlabelled(_ output: Output, _ tree: LabelTree) -> ImportError {
    .network(
      .outputLabels(
        output: output.name, scores: shape(of: output.tensor), found: tree.levels.map(\.labels.count)))
  }
}
