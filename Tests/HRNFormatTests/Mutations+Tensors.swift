import HRNFormat
import HRNTestSupport

extension Mutation {
  static let tensors: [Mutation] = [
    Mutation("a shape without axes", .source) { $0.graph.tensors[1].shape = [] },
    Mutation("a shape of five axes", .source) { $0.graph.tensors[1].shape = [1, 1, 1, 1, 1] },
    Mutation("a zero extent", .source) { $0.graph.tensors[1].shape[2] = 0 },
    Mutation("a negative extent", .source) { $0.graph.tensors[1].shape[2] = -3 },
    Mutation("a huge extent", .source) { $0.graph.tensors[1].shape[2] = 1 << 42 },
    Mutation("a product beyond 32 bits", .source) { $0.graph.tensors[1].shape = [1 << 16, 1 << 16] },
    Mutation("a product beyond 64 bits", .source) { $0.graph.tensors[1].shape = [1 << 24, 1 << 24, 1 << 24, 1] },
    Mutation("an activation of three axes", .source) { $0.graph.tensors[0].shape = [3, 6, 5] },
    Mutation("a batch of two", .source) { $0.graph.tensors[0].shape[0] = 2 },
    Mutation("a constant in the arena", .float32) { model in
      model.edit(tensor: "stem.weight") { $0.arena = Region(offset: 0, length: 64) }
    },
    Mutation("an arena in a source graph", .source) { $0.graph.tensors[0].arena = Region(offset: 0, length: 64) },
    Mutation("an activation without a place", .float32) { $0.graph.tensors[0].arena = nil },
    Mutation("int8 in a float graph", .float32) { $0.graph.tensors[0].elementType = .uint8 },
    Mutation("uint8 weights", .int8) { model in model.edit(tensor: "stem.weight") { $0.elementType = .uint8 } },
    Mutation("int32 activations", .int8) { $0.graph.tensors[0].elementType = .int32 },
    Mutation("bytes without quantization", .int8) { model in model.edit(tensor: "block") { $0.quantization = nil } },
    Mutation("quantized floats", .int8) { model in
      model.edit(tensor: "relu0") { $0.quantization = Quantization(scale: [1], zeroPoint: [0]) }
    },
    Mutation("a quantization axis out of range", .int8) { model in
      model.edit(tensor: "block") { $0.quantization?.axis = 4 }
    },
    Mutation("too few scales", .int8) { model in
      model.edit(tensor: "stem.weight") { $0.quantization?.scale.removeLast() }
    },
    Mutation("no zero point", .int8) { model in model.edit(tensor: "block") { $0.quantization?.zeroPoint = [] } },
    Mutation("scale zero", .int8) { model in model.edit(tensor: "block") { $0.quantization?.scale = [0] } },
    Mutation("a negative scale", .int8) { model in model.edit(tensor: "block") { $0.quantization?.scale = [-1] } },
    Mutation("an infinite scale", .int8) { model in
      model.edit(tensor: "block") { $0.quantization?.scale = [.infinity] }
    },
    Mutation("a scale that is not a number", .int8) { model in
      model.edit(tensor: "block") { $0.quantization?.scale = [.nan] }
    },
    Mutation("a subnormal scale", .int8) { model in
      model.edit(tensor: "block") { $0.quantization?.scale = [.leastNonzeroMagnitude] }
    },
    Mutation("a scale of 1e-38", .int8) { model in model.edit(tensor: "block") { $0.quantization?.scale = [1e-38] } },
    Mutation("a zero point for weights", .int8) { model in
      model.edit(tensor: "stem.weight") { $0.quantization?.zeroPoint[3] = 1 }
    },
    Mutation("a fractional zero point", .int8) { model in
      model.edit(tensor: "block") { $0.quantization?.zeroPoint = [0.5] }
    },
    Mutation("a zero point of 256", .int8) { model in
      model.edit(tensor: "block") { $0.quantization?.zeroPoint = [256] }
    },
    Mutation("an infinite zero point of the picture", .int8) {
      $0.graph.tensors[0].quantization?.zeroPoint[1] = -.infinity
    },
    Mutation("a blocked tensor in a source graph", .source) { $0.graph.tensors[0].layout = .blocked(channelBlock: 16) },
    Mutation("plain weights in a compiled graph", .float32) { model in
      model.edit(tensor: "stem.weight") { $0.layout = .plain }
    },
    Mutation("blocked weights", .float32) { model in
      model.edit(tensor: "stem.weight") { $0.layout = .blocked(channelBlock: 16) }
    },
    Mutation("a packed activation", .float32) { model in
      model.edit(tensor: "block") { $0.layout = .packed(.portable, inputBlock: 16) }
    },
    Mutation("a plain map", .float32) { model in model.edit(tensor: "block") { $0.layout = .plain } },
    Mutation("a blocked vector", .float32) { model in
      model.edit(tensor: "relu0") { $0.layout = .blocked(channelBlock: 16) }
    },
    Mutation("pixels in the middle", .float32) { model in
      model.edit(tensor: "block") { $0.layout = .pixels(border: 1, rowPitch: 4096) }
    },
    Mutation("a block of 24 channels", .float32) { model in
      model.edit(tensor: "block") { $0.layout = .blocked(channelBlock: 24) }
    },
    Mutation("a float block of 32 channels", .float32) { model in
      model.edit(tensor: "block") { $0.layout = .blocked(channelBlock: 32) }
    },
    Mutation("a block of 128 bytes", .int8) { model in
      model.edit(tensor: "block") { $0.layout = .blocked(channelBlock: 128) }
    },
    Mutation("a blocked picture", .float32) { $0.graph.tensors[0].layout = .blocked(channelBlock: 16) },
    Mutation("an input block of zero", .float32) { model in
      model.edit(tensor: "stem.weight") { $0.layout = .packed(.portable, inputBlock: 0) }
    },
    Mutation("rows too short for the picture", .float32) {
      $0.graph.tensors[0].layout = .pixels(border: 1, rowPitch: 20)
    },
    Mutation("a huge border", .float32) { model in
      model.graph.formatVersion = 2
      model.graph.tensors[0].layout = .pixels(border: 1 << 40, rowPitch: 4096)
    },
  ]

  static let payload: [Mutation] = [
    Mutation("a constant of the wrong length", .source) { model in
      model.edit(tensor: "stem.weight") { $0.weights?.length -= 4 }
    },
    Mutation("an empty region", .source) { $0.graph.goldens[0].jpeg.length = 0 },
    Mutation("a region that is not aligned", .source) { model in
      model.edit(tensor: "stem.bn.bias") { $0.weights?.offset += 4 }
    },
    Mutation("a region at a negative offset", .source) { model in
      model.edit(tensor: "stem.bn.bias") { $0.weights?.offset = -64 }
    },
    Mutation("a region past the payload", .source) { model in
      model.edit(tensor: "stem.bn.bias") { $0.weights?.offset = 1 << 20 }
    },
    Mutation("an offset near 2 to the 63", .source) { model in
      model.edit(tensor: "stem.bn.bias") { $0.weights?.offset = Int.max - 63 }
    },
    Mutation("a length near 2 to the 63", .source) { $0.graph.goldens[0].jpeg.length = Int.max },
    Mutation("two constants in one place", .source) { model in
      let place = model.graph.tensors[model.tensor("stem.bn.weight")].weights
      model.edit(tensor: "stem.bn.bias") { $0.weights = place }
    },
    Mutation("a hole in the payload", .source) { model in
      let index = model.graph.goldens[0].answers.count - 1
      model.weights += [UInt8](repeating: 0, count: 128)
      model.graph.goldens[0].answers[index].expected.offset += 128
    },
    Mutation("a payload that goes on", .source) { $0.weights += [UInt8](repeating: 0, count: 64) },
    Mutation("a payload that is cut", .source) { $0.weights.removeLast() },
  ]

  static let arena: [Mutation] = [
    Mutation("an arena that is too small", .float32) { $0.graph.plan?.arenaBytes -= 64 },
    Mutation("an arena that is too large", .float32) { $0.graph.plan?.arenaBytes += 64 },
    Mutation("an arena beyond any machine", .float32) { $0.graph.plan?.arenaBytes = 1 << 40 },
    Mutation("a negative arena", .float32) { $0.graph.plan?.arenaBytes = -1 },
    Mutation("an activation that is not aligned", .float32) { model in
      model.edit(tensor: "block") { $0.arena?.offset += 16 }
    },
    Mutation("an activation that is too short", .float32) { model in
      model.edit(tensor: "block") { $0.arena?.length = 64 }
    },
    Mutation("a vector that is not whole lines", .float32) { model in
      model.edit(tensor: "relu0") { $0.arena?.length = 20 }
    },
    Mutation("two live activations in one place", .float32) { model in
      let place = model.graph.tensors[model.tensor("stem")].arena
      model.edit(tensor: "pool") { $0.arena = place }
    },
    Mutation("an activation over the tail of another", .float32) { model in
      let place = model.graph.tensors[model.tensor("stem")].arena!
      model.edit(tensor: "pool") { $0.arena = Region(offset: place.offset + 64, length: 2048) }
    },
    Mutation("scratch memory over an activation", .float32) { model in
      let place = model.graph.tensors[model.tensor("hidden0")].arena
      model.edit(node: "hidden0") { $0.plan?.scratch = place }
    },
    Mutation("an output overwritten later", .float32) { model in
      let place = model.graph.tensors[model.tensor("sigmoid0")].arena
      model.edit(tensor: "hidden1") { $0.arena = place }
    },
    Mutation("memory overwritten while a view of it is alive", .float32) { model in
      let place = model.graph.tensors[model.tensor("features")].arena!
      model.edit(tensor: "hidden0") { $0.arena = Region(offset: place.offset, length: 64) }
    },
    Mutation("a view at another place", .float32) { model in model.edit(tensor: "slice1") { $0.arena?.offset += 64 } },
    Mutation("a view of memory at the end of the address space", .float32) { model in
      model.edit(tensor: "features") { $0.arena?.offset = Int.max - 127 }
    },
    Mutation("a view longer than its memory", .float32) { model in
      model.edit(tensor: "slice1") { $0.arena?.length = 128 }
    },
    Mutation("a view too short", .float32) { model in model.edit(tensor: "slice1") { $0.arena?.length = 16 } },
    Mutation("a slice that copies", .float32) { model in
      model.edit(node: "slice1") { $0.plan?.algorithm = .direct }
    },
    Mutation("an addition that is a view", .int8) { model in model.edit(node: "add") { $0.plan?.algorithm = .view } },
    Mutation("a linear without scratch", .float32) { model in model.edit(node: "hidden0") { $0.plan?.scratch = nil } },
    Mutation("scratch memory that is too short", .float32) { model in
      model.edit(node: "hidden0") { $0.plan?.scratch?.length = 60 }
    },
    Mutation("scratch memory past the arena", .float32) { model in
      model.edit(node: "hidden0") { $0.plan?.scratch?.offset = 1 << 40 }
    },
    Mutation("a band of zero rows", .float32) { model in model.edit(node: "stem") { $0.plan?.band = 0 } },
    Mutation("a chunk of zero blocks", .float32) { model in
      model.edit(node: "stem") { $0.plan?.chunk = 0 }
      model.graph.formatVersion = 4
    },
    Mutation("a linear in chunks", .float32) { model in
      model.edit(node: "hidden0") { $0.plan?.chunk = 1 }
      model.graph.formatVersion = 4
    },
    Mutation("chunks in a file of version 3", .float32) { model in
      model.edit(node: "features") { $0.plan?.chunk = 1 }
      model.graph.formatVersion = 3
    },
    Mutation("a linear split by rows", .float32) { model in model.edit(node: "hidden0") { $0.plan?.split = .rows } },
    Mutation("a pooled convolution split by rows", .float32) { model in
      model.edit(node: "features") { $0.plan?.split = .rows }
    },
    Mutation("a 1 x 1 convolution by Winograd", .avx2) { model in
      model.edit(node: "features") { $0.plan = NodePlan(algorithm: .winograd, band: 4, scratch: $0.plan?.scratch) }
    },
    Mutation("a stem by Winograd", .avx2) { model in
      model.edit(node: "stem") { $0.plan = NodePlan(algorithm: .winograd, band: 4) }
    },
    Mutation("a linear by Winograd", .avx2) { model in model.edit(node: "hidden0") { $0.plan?.algorithm = .winograd } },
    Mutation("bands that are transformed and whole maps that are computed", .avx2) { model in
      model.edit(node: "block") { $0.plan?.loopOrder = .groupsOuter }
    },
    Mutation("whole maps that are transformed and bands that are computed", .avx2) { model in
      model.edit(node: "block") { $0.plan?.split = .groups }
    },
    Mutation("a band that cuts a tile", .avx2) { model in model.edit(node: "block") { $0.plan?.band = 2 } },
    Mutation("a linear with narrow weights", .avx2) { model in model.edit(node: "hidden0") { $0.plan?.isNarrow = true }
    },
    Mutation("Winograd in a file of version 2", .avx2) { model in
      model.graph.plan?.target = "portable"
      for index in model.graph.nodes.indices { model.graph.nodes[index].plan?.isNarrow = false }
      model.graph.formatVersion = 2
    },
    Mutation("a target of version 4 in a file of version 3", .avx2) { model in
      model.graph.plan?.target = "avx512vnni"
      model.graph.formatVersion = 3
    },
    Mutation("a target of version 3 in a file of version 2", .int8) { model in
      model.graph.plan?.target = "avx2"
      model.graph.formatVersion = 2
    },
  ]
}
