import HRNFormat
import HRNTestSupport

extension Mutation {
  /// Of a convolution by Winograd in 8 bits.
  static let winograd8: [Mutation] = [
    Mutation("a stem by Winograd in 8 bits", .winograd8) { model in
      model.edit(node: "stem") { $0.plan?.algorithm = .winograd8 }
    },
    Mutation("a linear by Winograd in 8 bits", .winograd8) { model in
      model.edit(node: "hidden0") { $0.plan?.algorithm = .winograd8 }
    },
    Mutation("a float32 convolution by Winograd in 8 bits", .float32) { model in
      model.graph.formatVersion = 4
      model.edit(node: "features") { $0.plan?.algorithm = .winograd8 }
    },
    Mutation("transformed weights that are read as others", .winograd8) { model in
      model.edit(node: "features") { $0.plan?.algorithm = .direct }
    },
    Mutation("Winograd in 8 bits by steps of 2", .winograd8) { model in
      model.edit(convolution: "features") { $0.stride = Extent2D(y: 2, x: 2) }
    },
    Mutation("Winograd in 8 bits after a bounded ReLU", .winograd8) { model in
      model.edit(convolution: "features") { $0.activation = .relu(high: 6) }
    },
    Mutation("Winograd in 8 bits with a residual", .winograd8) { model in
      model.edit(node: "features") { $0.inputs.append($0.inputs[0]) }
    },
    Mutation("Winograd in 8 bits without a float bias", .winograd8) { model in
      model.edit(node: "features") { $0.parameters.removeLast() }
    },
    Mutation("one bias for all positions", .winograd8) { model in
      model.edit(tensor: "features.biases") { $0.shape = [32] }
    },
    Mutation("fifteen rows of multipliers", .winograd8) { model in
      model.edit(tensor: "features.multipliers") { $0.shape = [15, 32] }
    },
    Mutation("a float bias of two numbers", .winograd8) { model in
      model.edit(tensor: "features.addend") { $0.shape = [2] }
    },
    Mutation("transformed weights in the portable packing", .winograd8) { model in
      model.edit(tensor: "features.weight") { $0.layout = .packed(.portable, inputBlock: 32) }
    },
    Mutation("transformed weights of more channels than there are", .winograd8) { model in
      model.edit(tensor: "features.weight") { $0.layout = .packed(.winograd8, inputBlock: 64) }
    },
    Mutation("transformed weights of nine positions", .winograd8) { model in
      model.edit(tensor: "features.weight") { $0.weights?.length = 9 * 32 * 32 }
    },
    Mutation("weights of a plain convolution in the packing of Winograd", .winograd8) { model in
      model.edit(tensor: "block.weight") { $0.layout = .packed(.winograd8, inputBlock: 32) }
    },
    Mutation("a transformed input without multipliers", .winograd8) { model in
      model.edit(node: "features") { $0.requantization?.winograd8 = nil }
    },
    Mutation("fifteen multipliers of a transformed input", .winograd8) { model in
      model.edit(node: "features") { $0.requantization?.winograd8?.multipliers.removeLast() }
    },
    Mutation("a multiplier beyond 16 bits", .winograd8) { model in
      model.edit(node: "features") { $0.requantization?.winograd8?.multipliers[3] = 32768 }
    },
    Mutation("seventeen offsets of a transformed input", .winograd8) { model in
      model.edit(node: "features") { $0.requantization?.winograd8?.offsets.append(0) }
    },
    Mutation("an offset beyond 8 bits", .winograd8) { model in
      model.edit(node: "features") { $0.requantization?.winograd8?.offsets[15] = 256 }
    },
    Mutation("a plain convolution that rounds a transformed input", .winograd8) { model in
      let input = model.graph.nodes[model.node("features")].requantization?.winograd8
      model.edit(node: "stem") { $0.requantization = Requantization(winograd8: input) }
    },
    Mutation("Winograd in 8 bits in a file of version 3", .winograd8) { model in model.graph.formatVersion = 3 },
    Mutation("what was tried in a file of version 3", .avx2) { model in
      model.graph.provenance.calibration = Provenance.Calibration(
        method: "minmax", images: 1, imagesSHA256: [],
        approximations: [Provenance.Approximation(node: "x", directDecibels: 1, decibels: 1, isChosen: false)])
    },
  ]
}
