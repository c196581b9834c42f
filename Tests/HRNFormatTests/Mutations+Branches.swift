import HRNFormat
import HRNTestSupport

extension Mutation {
  static let branches: [Mutation] = [
    Mutation("a concat in a file of version 1", .branches) { model in
      for index in model.graph.tensors.indices { model.graph.tensors[index].range = nil }
      model.graph.formatVersion = 1
      for name in ["stem.clip", "left.swish", "right.leaky", "hidden.tanh", "gate.hard"] {
        model.edit(node: name) { $0.operation = .activation(.relu()) }
      }
    },
    Mutation("a range in a file of version 1", .source) { model in
      model.edit(tensor: "stem.relu") { $0.range = ValueRange(low: 0, high: 1) }
    },
    Mutation("a range above zero", .branches) { model in model.edit(tensor: "stem.clip") { $0.range?.low = 0.5 } },
    Mutation("an empty range", .branches) { model in
      model.edit(tensor: "stem.clip") { $0.range = ValueRange(low: 0, high: 0) }
    },
    Mutation("an infinite range", .branches) { model in
      model.edit(tensor: "stem.clip") { $0.range?.high = .infinity }
    },
    Mutation("a range of the picture", .branches) { model in
      model.edit(tensor: "image") { $0.range = ValueRange(low: -1, high: 1) }
    },
    Mutation("a clip upside down", .branches) { model in
      model.edit(node: "stem.clip") { $0.operation = .activation(.clip(low: 2, high: 1)) }
    },
    Mutation("a clip to no number", .branches) { model in
      model.edit(node: "stem.clip") { $0.operation = .activation(.clip(low: .nan, high: 1)) }
    },
    Mutation("a hard sigmoid with an infinite slope", .branches) { model in
      model.edit(node: "gate.hard") { $0.operation = .activation(.hardSigmoid(alpha: .infinity, beta: 0)) }
    },
    Mutation("a leaky ReLU with no number", .branches) { model in
      model.edit(node: "right.leaky") { $0.operation = .activation(.leakyRelu(alpha: .nan)) }
    },
    Mutation("a local response norm of no size", .branches) { model in
      model.edit(localResponseNorm: "neighbours") { $0.size = 0 }
    },
    Mutation("a local response norm of a huge size", .branches) { model in
      model.edit(localResponseNorm: "neighbours") { $0.size = Limits.extent + 1 }
    },
    Mutation("a local response norm that divides by zero", .branches) { model in
      model.edit(localResponseNorm: "neighbours") { $0.bias = 0 }
    },
    Mutation("a local response norm with an infinite power", .branches) { model in
      model.edit(localResponseNorm: "neighbours") { $0.beta = .infinity }
    },
    Mutation("a child before its parent", .branches) { model in
      model.edit(node: "raised") {
        $0.operation = .treeConstraint(TreeConstraint(.max, parents: [nil, 2, nil, 0, 1]))
      }
    },
    Mutation("a tree of other nodes", .branches) { model in
      model.edit(node: "raised") { $0.operation = .treeConstraint(TreeConstraint(.max, parents: [nil, 0])) }
    },
    Mutation("a concat of one", .branches) { model in model.edit(node: "both") { $0.inputs.removeLast() } },
    Mutation("a concat of other maps", .branches) { model in
      let image = model.tensor("image")
      model.edit(node: "joined") { $0.inputs[2] = image }
    },
    Mutation("a batch norm with three parameters", .branches) { model in
      model.edit(node: "gate.norm") { $0.parameters.removeLast() }
    },
    Mutation("a batch norm with an infinite clip", .branches) { model in
      model.edit(node: "gate.norm") {
        $0.operation = .batchNorm(BatchNorm(epsilon: 0, activation: .clip(low: 0, high: .infinity)))
      }
    },
    Mutation("a compiled batch norm with an epsilon", .branchesFloat32) { model in
      model.edit(node: "joined.norm") { $0.operation = .batchNorm(BatchNorm(epsilon: 0.5)) }
    },
    Mutation("a compiled batch norm with four parameters", .branchesFloat32) { model in
      model.edit(node: "joined.norm") { $0.parameters += $0.parameters }
    },
    Mutation("a compiled batch norm whose scales are too few", .branchesFloat32) { model in
      model.edit(tensor: "joined.norm.scale") { $0.weights?.length -= 4 }
    },
    Mutation("an integer batch norm with tanh", .branchesInt8) { model in
      model.edit(node: "joined.norm") { $0.operation = .batchNorm(BatchNorm(epsilon: 0, activation: .tanh)) }
    },
    Mutation("an integer batch norm to floats", .branchesInt8) { model in
      model.edit(tensor: "joined.relu") { tensor in
        tensor.elementType = .float32
        tensor.quantization = nil
        tensor.layout = .blocked(channelBlock: 16)
      }
    },
    Mutation("a concat of bytes and floats", .branchesInt8) { model in
      model.edit(tensor: "right.leaky") { tensor in
        tensor.elementType = .float32
        tensor.quantization = nil
        tensor.layout = .blocked(channelBlock: 16)
      }
    },
    Mutation("a tree constraint of bytes", .branchesInt8) { model in
      model.edit(tensor: "raised") { tensor in
        tensor.elementType = .uint8
        tensor.quantization = Quantization(scale: [1], zeroPoint: [0])
      }
    },
    Mutation("a local response norm of bytes", .branchesInt8) { model in
      let joined = model.tensor("joined.relu")
      model.edit(node: "neighbours") { $0.inputs = [joined] }
    },
    Mutation("a table from bytes to floats", .branchesInt8) { model in
      model.edit(tensor: "left.swish") { tensor in
        tensor.elementType = .float32
        tensor.quantization = nil
        tensor.layout = .blocked(channelBlock: 16)
      }
    },
    Mutation("a flattened map that is a view", .branchesFloat32) { model in
      model.edit(node: "flat") { $0.plan?.algorithm = .view }
    },
    Mutation("a range in a compiled graph", .branchesFloat32) { model in
      model.edit(tensor: "stem.clip") { $0.range = ValueRange(low: 0, high: 1) }
    },
  ]
}
