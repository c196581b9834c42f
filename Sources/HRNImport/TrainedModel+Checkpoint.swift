import HRNFormat
import HRNGraph

extension TrainedModel {
  /// The network that a checkpoint's tensors are of.
  init(_ checkpoint: Checkpoint, _ options: ImportOptions) throws(ImportError) {
    let recognized = try RecognizedCheckpoint(checkpoint)
    let network = recognized.network
    let labels = try recognized.labels(options)
    let recipe = try recognized.recipe(options)
    let size = try Self.size(options, recipe?.value, of: network.name)
    let shape = [1, network.inputChannels, size?.height ?? Self.trialSize, size?.width ?? Self.trialSize]
    var builder = NetworkBuilder(name: network.name, tensors: recognized.tensors, input: shape)
    let results = try network.append(to: &builder, tree: labels?.value)
    try builder.check(network.name)
    guard size != nil else { throw .network(.noSize(network: network.name)) }
    if let module = checkpoint.module { try ModuleCheck.run(module, builder.expectations, network.name) }
    var graph = try builder.load(network.name)
    graph.tree = labels?.value
    graph.recipe = recipe?.value
    graph.provenance.training = recognized.record?.training
    graph.outputs = results.map { Output($0, tree: graph.tree) }
    do throws(GraphError) { try graph.verify() } catch { throw .graph(error) }
    self.init(graph: graph, format: checkpoint.format.name, notes: recognized.notes)
    notes.append("labels: " + (labels?.source ?? "none; its outputs go by their numbers (--labels FILE)"))
    notes.append("recipe: " + (recipe?.source ?? "none; it takes tensors, and no pictures (--recipe FILE)"))
    notes.append("images: \(network.inputChannels) x \(shape[2]) x \(shape[3])")
  }

  /// The side of an image on which tensors are checked while the real one is not known.
  private static let trialSize = 256

  /// Of the images, from the recipe or as asked for; nil where neither says.
  private static func size(
    _ options: ImportOptions, _ recipe: Recipe?, of network: String
  ) throws(ImportError) -> (height: Int, width: Int)? {
    guard let asked = options.size else { return recipe?.size }
    if let made = recipe?.size, made != asked {
      throw .size(asked: [asked.height, asked.width], fixed: [made.height, made.width], by: "the recipe makes")
    }
    return asked
  }
}

extension Output {
  /// A network's result under the name of its level.
  init(_ result: NetworkResult, tree: LabelTree?) {
    let level = tree.map { $0.levels[result.level].name } ?? "level\(result.level + 1)"
    self.init(
      name: "\(level).\(result.name)", tensor: result.tensor, kind: result.kind,
      level: tree == nil ? nil : result.level, decides: tree != nil && result.decides)
  }
}

/// What a checkpoint is found to be before anything is built.
struct RecognizedCheckpoint {
  /// A value with where it is from, for people.
  struct Sourced<Value> {
    var value: Value
    var source: String
  }

  let tensors: TensorIndex
  let network: any NetworkFamily
  let record: TrainerRecord?
  private let checkpoint: Checkpoint

  /// - Throws: `ImportError.network(.unknown)` where the tensors are of no network that is known.
  init(_ checkpoint: Checkpoint) throws(ImportError) {
    self.checkpoint = checkpoint
    tensors = TensorIndex(checkpoint)
    record = try TrainerRecord(checkpoint.metadata)
    guard let network = NetworkFamilies.recognize(tensors, record: record) else {
      throw .network(.unknown(tensors: tensors.names))
    }
    self.network = network
  }

  /// What was recognized, a line each.
  var notes: [String] {
    var notes = ["network: \(network.name), scores \(network.labels.words)"]
    if let module = checkpoint.module {
      notes.append("modules: a whole \(module.className.printable), its settings agree with the network's")
    }
    if record != nil { notes.append("origin: our trainer's checkpoint") }
    return notes + (checkpoint.notes + network.notes + (record?.notes ?? [])).map { "note: " + $0 }
  }

  /// The label tree: as asked for, of our trainer, or of the benchmark that the numbers of labels are of.
  func labels(_ options: ImportOptions) throws(ImportError) -> Sourced<LabelTree>? {
    if let tree = options.labels { return try fitting(tree, "those given with --labels") }
    if let tree = record?.tree { return try fitting(tree, "those in the checkpoint") }
    guard case .levels(let sizes) = network.labels, let benchmark = BenchmarkTrees.find(sizes: sizes) else {
      return nil
    }
    return Sourced(value: benchmark.tree, source: "those of \(benchmark.name), told by their numbers")
  }

  private func fitting(_ tree: LabelTree, _ source: String) throws(ImportError) -> Sourced<LabelTree> {
    guard network.labels.fits(tree) else {
      throw .network(
        .labels(network: network.name, tree: source, found: tree.levels.map(\.labels.count), expected: network.labels))
    }
    return Sourced(value: tree, source: source)
  }

  /// The recipe: as asked for, of our trainer, or the authors' for a network that is theirs.
  func recipe(_ options: ImportOptions) throws(ImportError) -> Sourced<Recipe>? {
    var recipe: Sourced<Recipe>?
    if let asked = options.recipe {
      recipe = Sourced(value: asked, source: "the one given with --recipe")
    } else if let recorded = record?.recipe {
      recipe = Sourced(value: recorded, source: "the one in the checkpoint")
    } else if isAuthors {
      recipe = Sourced(
        value: .authors,
        source:
          "the authors' (550 x 550, central 448 x 448, mean and std 0.5), since the file is a whole network of theirs")
    }
    if let recipe, recipe.value.channels != network.inputChannels {
      throw .network(
        .channels(network: network.name, found: recipe.value.channels, expected: network.inputChannels))
    }
    return recipe
  }

  /// Whether the file is what the authors' training script saves: a whole module of their class, with their sizes and
  /// the labels of one of their benchmarks. A state dict with the same tensors may have been trained on other pictures.
  private var isAuthors: Bool {
    let classes = ["RFM.HIFD2", "RFM_car.HIFD2", "__main__.HIFD2"]
    guard let module = checkpoint.module, classes.contains(module.className),
      let network = network as? HierarchicalResidualNetwork, network.isPublishedSize,
      case .levels(let sizes) = network.labels
    else { return false }
    return BenchmarkTrees.find(sizes: sizes) != nil
  }
}
