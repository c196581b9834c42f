import HRNFormat
import HRNTestSupport

extension Mutation {
  static let bfloat16: [Mutation] = [
    Mutation("a graph in bfloat16 in a file of version 3", .bfloat16) { $0.graph.formatVersion = 3 },
    Mutation("a map of bfloat16 in a float32 graph", .bfloat16) { $0.graph.precision = .float32 },
    Mutation("a picture of bfloat16 in a file of version 4", .bfloat16Picture) { $0.graph.formatVersion = 4 },
    Mutation("a picture of bfloat16 in a float32 graph", .float32) { model in
      model.edit(tensor: "image") { $0.elementType = .bfloat16 }
      model.graph.formatVersion = 5
    },
    Mutation("a picture of bfloat16 in an int8 graph", .int8) { model in
      model.edit(tensor: "image") { $0.elementType = .bfloat16 }
      model.graph.formatVersion = 5
    },
    Mutation("a picture of bfloat16 that is not quantized", .bfloat16Picture) { model in
      model.edit(tensor: "image") { $0.quantization = nil }
    },
    Mutation("a picture of bfloat16 with another scale than the recipe's", .bfloat16Picture) { model in
      model.edit(tensor: "image") { $0.quantization?.scale[1] *= 1.001 }
    },
    Mutation("a picture of bfloat16 whose pixels are not whole", .bfloat16Picture) { model in
      model.edit(tensor: "image") { $0.quantization?.zeroPoint[2] += 0.125 }
    },
    Mutation("a dequantized picture of bfloat16", .bfloat16Picture) { model in
      let image = model.tensor("image")
      model.edit(node: "added.float32") { $0.inputs = [image] }
      model.edit(tensor: "added.float32") { $0.shape = [1, 3, 6, 5] }
      for name in ["swish", "swish.average", "swish.average.flatten", "swish.average.means"] {
        model.edit(tensor: name) { $0.shape[1] = 3 }
      }
      model.edit(tensor: "swish") { $0.shape = [1, 3, 6, 5] }
    },
    Mutation("a float32 picture for bfloat16 weights", .bfloat16Picture) { model in
      model.edit(tensor: "image") {
        $0.elementType = .float32
        $0.quantization = nil
      }
    },
    Mutation("a picture of bfloat16 for float32 weights", .bfloat16) { model in
      model.edit(tensor: "image") {
        $0.elementType = .bfloat16
        $0.quantization = Quantization(scale: [1 / 127.5, 4 / 255, 1 / 255], zeroPoint: [0.5, 0.75, 0.875], axis: 1)
      }
      model.graph.formatVersion = 5
    },
    Mutation("a vector of bfloat16", .bfloat16) { model in
      model.edit(tensor: "hidden0") { $0.elementType = .bfloat16 }
    },
    Mutation("weights of a linear in bfloat16 in a file of version 4", .bfloat16) { model in
      model.edit(tensor: "hidden0.weight") { $0.elementType = .bfloat16 }
    },
    Mutation("weights of a linear in bfloat16 in a float32 graph", .float32) { model in
      model.edit(tensor: "hidden0.weight") { $0.elementType = .bfloat16 }
      model.graph.formatVersion = 5
    },
    Mutation("weights of a linear in bfloat16 in an int8 graph", .int8) { model in
      model.edit(tensor: "head0.weight") { $0.elementType = .bfloat16 }
      model.graph.formatVersion = 5
    },
    Mutation("as many weights of a linear in bfloat16 as there is room for in float32", .bfloat16) { model in
      model.edit(tensor: "hidden0.weight") { $0.elementType = .bfloat16 }
      model.graph.formatVersion = 5
    },
    Mutation("float32 weights of a linear in the room of bfloat16", .bfloat16Picture) { model in
      model.edit(tensor: "hidden0.weight") { $0.elementType = .float32 }
    },
    Mutation("a bias of bfloat16", .bfloat16Picture) { model in
      model.edit(tensor: "hidden0.bias") { $0.elementType = .bfloat16 }
    },
    Mutation("a linear to bfloat16", .bfloat16Picture) { model in
      model.edit(tensor: "head0") { $0.elementType = .bfloat16 }
    },
    Mutation("integers in a bfloat16 graph", .bfloat16) { model in
      model.edit(tensor: "block.weight") { $0.elementType = .int8 }
    },
    Mutation("a quantized map of bfloat16", .bfloat16) { model in
      model.edit(tensor: "block") { $0.quantization = Quantization(scale: [1], zeroPoint: [0]) }
    },
    Mutation("bfloat16 in blocks of 32", .bfloat16) { model in
      model.edit(tensor: "block") { $0.layout = .blocked(channelBlock: 32) }
    },
    Mutation("float32 weights for bfloat16", .bfloat16) { model in
      model.edit(tensor: "block.weight") { $0.elementType = .float32 }
    },
    Mutation("bfloat16 weights for float32", .bfloat16) { model in
      model.edit(tensor: "stem.weight") { $0.elementType = .bfloat16 }
    },
    Mutation("a bfloat16 convolution to float32", .bfloat16) { model in
      model.edit(tensor: "block") { $0.elementType = .float32 }
    },
    Mutation("a pooled convolution to bfloat16", .bfloat16) { model in
      model.edit(tensor: "features") { $0.elementType = .bfloat16 }
    },
    Mutation("a float32 residual for bfloat16", .bfloat16) { model in
      let pooled = model.tensor("pool")
      model.edit(node: "block") { $0.inputs[1] = pooled }
    },
    Mutation("a maximum of bfloat16 to float32", .bfloat16) { model in
      model.edit(tensor: "greatest") { $0.elementType = .float32 }
    },
    Mutation("an average of a map to bfloat16", .bfloat16) { model in
      model.edit(tensor: "average") { $0.elementType = .bfloat16 }
    },
    Mutation("an activation of bfloat16", .bfloat16) { model in
      let narrow = model.tensor("added")
      model.edit(node: "swish") { $0.inputs = [narrow] }
    },
    Mutation("a batch norm of bfloat16", .bfloat16) { model in
      let (narrow, bias) = (model.tensor("added"), model.tensor("block.bias"))
      model.edit(node: "swish") {
        $0.inputs = [narrow]
        $0.parameters = [bias, bias]
        $0.operation = .batchNorm(BatchNorm(epsilon: 0))
      }
    },
    Mutation("a sum of three in bfloat16", .bfloat16) { model in
      model.edit(node: "added") { $0.inputs.append($0.inputs[0]) }
    },
    Mutation("a bfloat16 sum with tanh", .bfloat16) { model in
      model.edit(node: "added") { $0.operation = .add(Add(activation: .tanh)) }
    },
    Mutation("a quantize to float32", .bfloat16) { model in
      model.edit(tensor: "pool.bfloat16") { $0.elementType = .float32 }
    },
    Mutation("a dequantize of float32", .bfloat16) { model in
      let pooled = model.tensor("pool")
      model.edit(node: "added.float32") { $0.inputs = [pooled] }
    },
  ]
}
