extension GraphRules {
  /// Activations and scratch memory fit the arena, are large enough for what the kernels touch, and never share bytes
  /// while both are alive; views lie where their operation puts them.
  func checkArena(_ flow: Dataflow) throws(FormatError) {
    guard let plan = graph.plan else { return }
    guard plan.arenaBytes <= Limits.arenaBytes else {
      throw .invalid(
        .plan, .count(.arenaBytes, found: plan.arenaBytes, minimum: 0, maximum: Limits.arenaBytes))
    }
    var isView = [Bool](repeating: false, count: graph.tensors.count)
    for (step, node) in graph.nodes.enumerated() {
      do throws(PlanFault) {
        try checkPlan(of: node)
      } catch {
        throw .invalid(.node(step, node.name), .plan(error))
      }
      if node.plan?.algorithm == .view { isView[node.outputs[0]] = true }
    }
    var end = 0
    for (index, tensor) in graph.tensors.enumerated() {
      guard let region = tensor.arena, !isView[index] else { continue }
      try checkMemory(of: tensor, region, at: place(tensor: index), arena: plan.arenaBytes)
      end = max(end, region.end)
    }
    // In execution order, so that the place of what is viewed has been checked.
    for node in graph.nodes where node.plan?.algorithm == .view {
      let tensor = graph.tensors[node.outputs[0]]
      guard let region = tensor.arena else { continue }
      try checkView(tensor, region, of: node, at: place(tensor: node.outputs[0]))
    }
    for (step, node) in graph.nodes.enumerated() {
      try checkScratch(of: node, at: .node(step, node.name), arena: plan.arenaBytes)
      end = max(end, node.plan?.scratch?.end ?? 0)
    }
    try checkDisjoint(buffers(flow, isView))
    guard plan.arenaBytes - end < Region.alignment else {
      throw .invalid(.plan, .plan(.arenaBytes(found: plan.arenaBytes, needed: end)))
    }
  }

  private func checkPlan(of node: Node) throws(PlanFault) {
    guard let plan = node.plan else { return }
    for (name, value) in [("band", plan.band), ("chunk", plan.chunk ?? 1)]
    where !(1...Limits.extent).contains(value) {
      throw .positive(name, found: value)
    }
    switch node.operation {
    case .slice, .flatten: break
    default:
      guard plan.algorithm != .view else { throw .notAView }
    }
    if plan.algorithm == .winograd || plan.algorithm == .winograd16 {
      guard case .convolution(let convolution) = node.operation, case .blocked = graph.tensors[node.inputs[0]].layout,
        convolution.allowsWinograd(weights: graph.tensors[node.parameters[0]].shape)
      else { throw .winograd }
      guard plan.algorithm == .winograd || graph.tensors[node.inputs[0]].elementType == .bfloat16 else {
        throw .winograd16
      }
      guard plan.band % plan.algorithm.tile == 0 else { throw .winogradBand(plan.band, tile: plan.algorithm.tile) }
      guard plan.suitsWinograd(isPooled: convolution.globalPool != nil) else { throw .winogradOrder }
    }
    if plan.algorithm == .winograd8 {
      guard case .convolution(let convolution) = node.operation, case .blocked = graph.tensors[node.inputs[0]].layout,
        graph.tensors[node.inputs[0]].elementType == .uint8,
        convolution.allowsWinograd8(
          weights: graph.tensors[node.parameters[0]].shape, hasResidual: node.inputs.count > 1)
      else { throw .winograd8 }
    }
    if plan.chunk != nil {
      guard case .convolution(let convolution) = node.operation,
        let map = try? convolution.convolvedShape(
          input: graph.tensors[node.inputs[0]].shape, weights: graph.tensors[node.parameters[0]].shape)
      else { throw .chunk }
      guard min(plan.band, map[2]) <= Packing.chunkPositions / map[3] else {
        throw .chunkedBand(rows: min(plan.band, map[2]), columns: map[3])
      }
    }
    if plan.isNarrow {
      guard case .convolution(let convolution) = node.operation, convolution.groups == 1,
        graph.tensors[node.parameters[0]].elementType == .int8
      else { throw .narrow }
    }
    guard plan.split == .rows else { return }
    guard case .convolution(let convolution) = node.operation, convolution.globalPool == nil else { throw .split }
  }

  /// An activation has memory of its own; vectors as whole lines of 64 bytes, since kernels write whole vectors.
  private func checkMemory(
    of tensor: Tensor, _ region: Region, at place: Place, arena: Int
  ) throws(FormatError) {
    try check(region, in: arena, at: place)
    guard let bytes = tensor.arenaByteCount else { throw .invalid(place, .tensor(.tooManyElements(tensor.shape))) }
    let minimum = tensor.shape.count == 2 ? bytes.roundedUp(to: Region.alignment) : bytes
    guard region.length >= minimum else {
      throw .invalid(place, .region(.tooShort(found: region.length, minimum: minimum)))
    }
  }

  /// A view lies inside the tensor that it is cut from, where the cut begins.
  private func checkView(_ tensor: Tensor, _ region: Region, of node: Node, at place: Place) throws(FormatError) {
    let source = graph.tensors[node.inputs[0]]
    guard let whole = source.arena, let minimum = tensor.arenaByteCount else {
      throw .invalid(place, .tensor(.arenaMissing))
    }
    var begin = 0
    if case .slice(let slice) = node.operation {
      begin = slice.begin * (source.shape.count == 4 ? source.shape[2] * source.shape[3] : 1)
    }
    let expected = whole.offset + begin * source.elementType.byteCount
    guard region.offset == expected else {
      throw .invalid(place, .plan(.viewPlace(found: region.offset, expected: expected)))
    }
    guard region.length <= whole.end - expected else {
      throw .invalid(place, .region(.bounds(offset: region.offset, length: region.length, available: whole.end)))
    }
    guard region.length >= minimum else {
      throw .invalid(place, .region(.tooShort(found: region.length, minimum: minimum)))
    }
  }

  /// Weighted nodes and global average pools sum into scratch memory: four bytes per lane.
  private func checkScratch(of node: Node, at place: Place, arena: Int) throws(FormatError) {
    var lanes = 0
    switch node.operation {
    case .linear: lanes = graph.tensors[node.parameters[0]].shape[0].roundedUp(to: Packing.laneStep)
    case .convolution(let convolution) where convolution.globalPool != nil:
      lanes = graph.tensors[node.parameters[0]].shape[0].roundedUp(to: Packing.laneStep)
    case .pool(.global(.average)):
      let input = graph.tensors[node.inputs[0]]
      if case .blocked(let block) = input.layout { lanes = input.shape[1].roundedUp(to: block) }
    default: break
    }
    guard let region = node.plan?.scratch else {
      if lanes > 0 { throw .invalid(place, .plan(.scratchMissing(bytes: 4 * lanes))) }
      return
    }
    try check(region, in: arena, at: place)
    guard region.length >= 4 * lanes else {
      throw .invalid(place, .region(.tooShort(found: region.length, minimum: 4 * lanes)))
    }
  }

  /// Memory, and the steps between which it must not change.
  private struct Buffer {
    var region: Region
    var first: Int
    var last: Int
    var place: Place
  }

  /// The memory of activations that are no views, and of scratch, in order of birth.
  private func buffers(_ flow: Dataflow, _ isView: [Bool]) -> [Buffer] {
    var lastUse = flow.lastUse
    // Memory is read as long as its views are, and views as long as theirs: last nodes first.
    for node in graph.nodes.reversed() where node.plan?.algorithm == .view {
      lastUse[node.inputs[0]] = max(lastUse[node.inputs[0]], lastUse[node.outputs[0]])
    }
    var buffers: [Buffer] = []
    for (index, tensor) in graph.tensors.enumerated() {
      guard let region = tensor.arena, !isView[index] else { continue }
      buffers.append(
        Buffer(region: region, first: flow.written[index], last: lastUse[index], place: place(tensor: index)))
    }
    for (step, node) in graph.nodes.enumerated() {
      guard let region = node.plan?.scratch else { continue }
      buffers.append(Buffer(region: region, first: step, last: step, place: .node(step, node.name)))
    }
    return buffers.sorted { $0.first < $1.first }
  }

  /// Walks through time with the buffers alive at each step, in order of address.
  private func checkDisjoint(_ buffers: [Buffer]) throws(FormatError) {
    var alive: [Buffer] = []
    var now = Int.min
    for buffer in buffers {
      if buffer.first != now {
        now = buffer.first
        alive.removeAll { $0.last < now }
      }
      var (low, high) = (0, alive.count)
      while low < high {
        let middle = (low + high) / 2
        if alive[middle].region.offset <= buffer.region.offset { low = middle + 1 } else { high = middle }
      }
      if low > 0, alive[low - 1].region.end > buffer.region.offset {
        throw .invalid(buffer.place, .region(.overlap(with: alive[low - 1].place.words)))
      }
      if low < alive.count, alive[low].region.offset < buffer.region.end {
        throw .invalid(buffer.place, .region(.overlap(with: alive[low].place.words)))
      }
      alive.insert(buffer, at: low)
    }
  }
}

extension PlanFault: Error {}

extension Tensor {
  /// Bytes of an activation in its layout; nil where a machine word cannot hold the number.
  package var arenaByteCount: Int? {
    switch layout {
    case .plain, .packed:
      return (shape + [elementType.byteCount]).checkedProduct
    case .blocked(let channelBlock):
      return [shape[1].roundedUp(to: channelBlock), shape[2], shape[3], elementType.byteCount].checkedProduct
    case .pixels(let border, let rowPitch):
      return [shape[2] + 2 * border, rowPitch, elementType.byteCount].checkedProduct
    }
  }
}
