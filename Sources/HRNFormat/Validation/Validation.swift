extension ModelGraph {
  /// Checks every rule that a graph obeys, against the length of the weights payload. Throws the first one broken.
  ///
  /// Takes time proportional to the graph and reads no weights.
  package func validate(payloadByteCount: Int) throws(FormatError) {
    let rules = GraphRules(graph: self, payloadByteCount: payloadByteCount)
    try rules.checkCounts()
    try rules.checkStage()
    try rules.checkNames()
    try rules.checkTensors()
    try rules.checkPayload()
    let dataflow = try rules.dataflow()
    try rules.checkShapes()
    try rules.checkNodes()
    try rules.checkWork()
    try rules.checkOutputs()
    try rules.checkArena(dataflow)
    try rules.checkTree()
    try rules.checkRecipe()
    try rules.checkGoldens()
    try rules.checkProvenance()
  }
}

/// The rules, one function each. Later ones rely on earlier ones, in the order of `validate`.
struct GraphRules {
  let graph: ModelGraph
  let payloadByteCount: Int

  var isCompiled: Bool { graph.stage == .compiled }

  /// There are neither too many things nor too few.
  func checkCounts() throws(FormatError) {
    try expect(.tensors, graph.tensors.count, 1...Limits.tensors)
    try expect(.nodes, graph.nodes.count, 1...Limits.nodes)
    try expect(.inputs, graph.inputs.count, 1...1)
    try expect(.outputs, graph.outputs.count, 1...Limits.outputs)
    try expect(.goldens, graph.goldens.count, 0...Limits.goldens)
    for (index, node) in graph.nodes.enumerated() {
      let place = Place.node(index, node.name)
      try expect(.nodeInputs, node.inputs.count, 1...Limits.nodeInputs, at: place)
      try expect(.nodeOutputs, node.outputs.count, 1...1, at: place)
    }
    guard let tree = graph.tree else { return }
    try expect(.levels, tree.levels.count, 1...Limits.levels)
    for (index, level) in tree.levels.enumerated() {
      try expect(.labels, level.labels.count, 1...Limits.labels, at: .level(index, level.name))
    }
  }

  private func expect(
    _ count: GraphCount, _ found: Int, _ range: ClosedRange<Int>, at place: Place = .graph
  ) throws(FormatError) {
    guard range.contains(found) else {
      throw .invalid(
        place, .count(count, found: found, minimum: range.lowerBound, maximum: range.upperBound))
    }
  }

  /// Stage, precision and the presence of plans agree.
  func checkStage() throws(FormatError) {
    guard FormatVersion.oldest...FormatVersion.current ~= graph.formatVersion else {
      throw .version(found: graph.formatVersion)
    }
    if isCompiled {
      guard let plan = graph.plan else { throw .invalid(.graph, .stage(.planMissing)) }
      guard Target(name: plan.target) != nil else { throw .invalid(.plan, .plan(.target(plan.target))) }
    } else {
      guard graph.precision == .float32 else {
        throw .invalid(.graph, .stage(.sourcePrecision(graph.precision)))
      }
      guard graph.plan == nil else { throw .invalid(.graph, .stage(.planInSource)) }
    }
    for (index, node) in graph.nodes.enumerated() where (node.plan != nil) != isCompiled {
      throw .invalid(.node(index, node.name), .plan(isCompiled ? .missing : .unexpected))
    }
    try checkVersion()
  }

  /// The file says a version of the format that has all it uses, so that a reader of an older one refuses the file and
  /// not a part of it.
  private func checkVersion() throws(FormatError) {
    let found = graph.formatVersion
    guard graph.precision.neededVersion <= found else {
      throw .invalid(.graph, .stage(.versionTooLow(found: found, needed: graph.precision.neededVersion)))
    }
    if let needed = graph.plan?.neededVersion, needed > found {
      throw .invalid(.plan, .stage(.versionTooLow(found: found, needed: needed)))
    }
    for (index, tensor) in graph.tensors.enumerated() where tensor.neededVersion > found {
      throw .invalid(
        place(tensor: index), .stage(.versionTooLow(found: found, needed: tensor.neededVersion)))
    }
    for (index, node) in graph.nodes.enumerated() {
      let needed = graph.neededVersion(of: node)
      guard needed <= found else {
        throw .invalid(.node(index, node.name), .stage(.versionTooLow(found: found, needed: needed)))
      }
    }
    if let needed = graph.provenance.calibration?.neededVersion, needed > found {
      throw .invalid(.graph, .stage(.versionTooLow(found: found, needed: needed)))
    }
  }

  /// The place of a tensor, for errors.
  func place(tensor index: Int) -> Place { .tensor(index, graph.tensors[index].name) }
}
