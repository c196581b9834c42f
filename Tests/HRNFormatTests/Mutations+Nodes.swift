import HRNFormat
import HRNTestSupport

extension Mutation {
  static let nodes: [Mutation] = [
    Mutation("a stride of zero", .source) { model in model.edit(convolution: "stem") { $0.stride.y = 0 } },
    Mutation("weights for other channels", .source) { model in
      model.graph.nodes[0].parameters = [model.tensor("block.conv.weight")]
    },
    Mutation("a result of another shape", .source) { model in
      model.edit(convolution: "stem") { $0.padding = Padding(0) }
    },
    Mutation("a batch norm without variance", .source) { model in
      model.edit(node: "stem.bn") { $0.parameters.removeLast() }
    },
    Mutation("a sum of one", .source) { model in model.edit(node: "block.add") { $0.inputs.removeLast() } },
    Mutation("a negative epsilon", .source) { model in
      model.edit(node: "stem.bn") { $0.operation = .batchNorm(BatchNorm(epsilon: -1e-5)) }
    },
    Mutation("an infinite alpha", .source) { model in
      model.edit(node: "level0.elu") { $0.operation = .activation(.elu(alpha: .infinity)) }
    },
    Mutation("a ReLU up to zero", .source) { model in
      model.edit(node: "stem.relu") { $0.operation = .activation(.relu(high: 0)) }
    },
    Mutation("a huge stride", .source) { model in
      model.edit(node: "level0.pool") {
        $0.operation = .pool(
          .window(.max, kernel: Extent2D(y: 3, x: 3), stride: Extent2D(y: 1 << 30, x: 1), padding: Padding(0)))
      }
    },
    Mutation("a convolution with a max pool", .source) { model in
      model.edit(convolution: "level0.conv") { $0.globalPool = .max }
      model.edit(tensor: "level0.conv") { $0.shape = [1, 3, 1, 1] }
      model.edit(tensor: "level0.bn1") { $0.shape = [1, 3, 1, 1] }
      model.edit(tensor: "level0.relu1") { $0.shape = [1, 3, 1, 1] }
    },
    Mutation("multipliers in a source graph", .source) { $0.graph.nodes[0].requantization = Requantization() },
    Mutation("a multiplier parameter in a source graph", .source) { model in
      let bias = model.graph.nodes[model.node("level0.fc2")].parameters[1]
      model.edit(node: "level0.fc2") { $0.parameters.append(bias) }
    },
    Mutation("a quantize in a source graph", .source) { model in
      model.edit(node: "stem.relu") { $0.operation = .quantize(Quantize()) }
    },
    Mutation("a batch norm in a compiled graph", .float32) { model in
      model.graph.formatVersion = 2
      let bias = model.graph.nodes[model.node("stem")].parameters[1]
      model.edit(node: "pool") {
        $0.operation = .batchNorm(BatchNorm(epsilon: 1e-5))
        $0.parameters = [bias, bias, bias, bias]
      }
      model.edit(tensor: "pool") { $0.shape = [1, 32, 6, 5] }
      model.edit(tensor: "block") { $0.shape = [1, 32, 6, 5] }
    },
    Mutation("a ReLU to bytes", .int8) { model in
      model.edit(node: "rounded") { $0.operation = .activation(.relu()) }
    },
    Mutation("a softmax to bytes", .int8) { model in
      model.edit(tensor: "softmax") { tensor in
        tensor.elementType = .uint8
        tensor.quantization = Quantization(scale: [1], zeroPoint: [0])
      }
    },
    Mutation("a maximum of a map to another scale", .int8) { model in
      model.graph.formatVersion = 2
      model.edit(node: "average") { $0.operation = .pool(.global(.max)) }
      model.edit(tensor: "average") { $0.quantization?.scale = [0.5] }
      model.edit(tensor: "average.flatten") { $0.quantization?.scale = [0.5] }
    },
    Mutation("a max pool to another scale", .int8) { model in
      model.edit(tensor: "pool") { $0.quantization?.scale = [0.5] }
    },
    Mutation("a max pool to another block", .int8) { model in
      model.edit(tensor: "pool") { $0.layout = .blocked(channelBlock: 16) }
    },
    Mutation("a sum of bytes and floats", .int8) { model in
      model.edit(tensor: "pool") { tensor in
        tensor.elementType = .float32
        tensor.layout = .blocked(channelBlock: 16)
        tensor.quantization = nil
      }
    },
    Mutation("a sum of three integer tensors", .int8) { model in
      model.edit(node: "add") { $0.inputs.append($0.inputs[0]) }
    },
    Mutation("an ELU of an integer sum", .int8) { model in
      model.edit(node: "add") { $0.operation = .add(Add(activation: .elu())) }
    },
    Mutation("a quantize of bytes", .int8) { model in
      let flat = model.tensor("hidden0")
      model.edit(node: "rounded") { $0.inputs = [flat] }
      model.edit(tensor: "rounded") { $0.shape = [1, 6] }
      model.edit(tensor: "restored") { $0.shape = [1, 6] }
    },
    Mutation("a slice inside a block", .int8) { model in
      model.edit(node: "slice0") { $0.operation = .slice(Slice(begin: 8, count: 16)) }
    },
    Mutation("a slice to another scale", .int8) { model in
      model.edit(tensor: "slice0") { $0.quantization?.scale = [0.5] }
    },
    Mutation("a flatten of a larger map", .int8) { model in
      let pool = model.tensor("pool")
      model.edit(node: "flatten0") { $0.inputs = [pool] }
      model.edit(tensor: "flatten0") { $0.shape = [1, 288] }
      model.edit(tensor: "hidden0.weight") { $0.shape = [6, 288] }
    },
    Mutation("an activation with scales per channel", .int8) { model in
      model.edit(tensor: "stem") {
        $0.quantization = Quantization(
          scale: [Float](repeating: 1, count: 32), zeroPoint: [Float](repeating: 0, count: 32), axis: 1)
      }
    },
  ]

  static let weighted: [Mutation] = [
    Mutation("no bias", .float32) { model in model.edit(node: "stem") { $0.parameters.removeLast() } },
    Mutation("no multiplier", .int8) { model in model.edit(node: "stem") { $0.parameters.removeLast() } },
    Mutation("a float bias in integers", .int8) { model in
      model.edit(tensor: "block.bias") { $0.elementType = .float32 }
    },
    Mutation("float weights for bytes", .int8) { model in
      model.edit(tensor: "block.weight") { tensor in
        tensor.elementType = .float32
        tensor.quantization = nil
      }
    },
    Mutation("weights with one scale", .int8) { model in
      model.edit(tensor: "block.weight") { $0.quantization = Quantization(scale: [1], zeroPoint: [0]) }
    },
    Mutation("weights with scales per input", .int8) { model in
      model.edit(tensor: "block.weight") { $0.quantization?.axis = 1 }
    },
    Mutation("weights packed for another block", .int8) { model in
      model.edit(tensor: "block.weight") { $0.layout = .packed(.portable, inputBlock: 16) }
    },
    Mutation("weights that do not fill their packing", .int8) { model in
      model.edit(tensor: "block.weight") { $0.weights?.length -= 4 }
    },
    Mutation("a bias packed like weights", .int8) { model in
      model.edit(tensor: "block.bias") { $0.layout = .packed(.portable, inputBlock: 4) }
    },
    Mutation("a convolution in groups with weights for one", .float32) { model in
      model.graph.formatVersion = 2
      model.edit(convolution: "features") { $0.groups = 2 }
    },
    Mutation("a convolution with an ELU", .float32) { model in
      model.edit(convolution: "block") { $0.activation = .elu() }
    },
    Mutation("a residual in another block", .int8) { model in
      model.edit(tensor: "block") { $0.layout = .blocked(channelBlock: 16) }
    },
    Mutation("a pooled integer convolution without ReLU", .int8) { model in
      model.edit(convolution: "features") { $0.activation = nil }
    },
    Mutation("a pooled integer convolution with a bounded ReLU", .int8) { model in
      model.edit(convolution: "features") { $0.activation = .relu(high: 6) }
    },
    Mutation("a residual multiplier missing", .int8) { model in model.edit(node: "block") { $0.requantization = nil } },
    Mutation("a residual multiplier too many", .int8) { model in
      model.edit(node: "stem") { $0.requantization = Requantization(residualMultiplier: 1) }
    },
    Mutation("a multiplier in a float node", .float32) { model in
      model.edit(node: "stem") { $0.requantization = Requantization(outputMultiplier: 1) }
    },
    Mutation("a multiplier that is not a number", .int8) { model in
      model.edit(node: "block") { $0.requantization?.residualMultiplier = .nan }
    },
    Mutation("a multiplier of zero", .int8) { model in
      model.edit(node: "average") { $0.requantization?.poolMultiplier = 0 }
    },
    Mutation("no output multiplier", .int8) { model in
      model.edit(node: "hidden0") { $0.requantization?.outputMultiplier = nil }
    },
    Mutation("a pool bound beyond 16 bits", .int8) { model in
      model.edit(node: "features") { $0.requantization?.poolHigh = 65536 }
    },
    Mutation("a pooled sum beyond 32 bits", .int8) { model in
      let side = 1 << 10
      for (name, scale) in [("image", 4), ("stem", 4), ("pool", 2), ("block", 2)] {
        model.edit(tensor: name) { $0.shape[2...] = [side * scale, side * scale] }
      }
      model.edit(tensor: "image") { $0.layout = .pixels(border: 1, rowPitch: 3 * (4 * side + 2) + 3) }
      model.edit(tensor: "add") { $0.shape[2...] = [2 * side, 2 * side] }
      model.edit(node: "features") { $0.requantization?.poolHigh = 600 }
    },
    Mutation("a fractional pool bound", .int8) { model in
      model.edit(node: "features") { $0.requantization?.poolHigh = 1000.5 }
    },
    Mutation("a pool bound that is not a number", .int8) { model in
      model.edit(node: "features") { $0.requantization?.poolHigh = .nan }
    },
    Mutation("a stem without border classes", .int8) { model in
      model.edit(tensor: "stem.bias") { $0.shape = [32] }
    },
    Mutation("border classes of another number", .int8) { model in
      model.edit(tensor: "stem.bias") { $0.shape = [2, 3, 32] }
    },
    Mutation("border classes in a float node", .float32) { model in
      model.edit(tensor: "stem.bias") { $0.shape = [1, 1, 32] }
    },
    Mutation("padding without border classes around a zero point", .int8) { model in
      model.edit(tensor: "pool") { $0.quantization?.zeroPoint = [7] }
      model.edit(tensor: "stem") { $0.quantization?.zeroPoint = [7] }
    },
    Mutation("a picture with a narrower border", .float32) { model in
      model.graph.formatVersion = 2
      model.graph.tensors[0].layout = .pixels(border: 0, rowPitch: 48)
    },
    Mutation("a picture with rows that end too early for its reader", .int8) {
      $0.graph.tensors[0].layout = .pixels(border: 1, rowPitch: 23)
    },
    Mutation("a sum of too many products", .int8) { model in
      model.edit(tensor: "image") { image in
        image.shape[1] = 8000
        image.layout = .pixels(border: 1, rowPitch: 60000)
        image.quantization?.scale = [Float](repeating: 1, count: 8000)
        image.quantization?.zeroPoint = [Float](repeating: 0, count: 8000)
      }
      model.edit(tensor: "stem.weight") { $0.shape[1] = 8000 }
    },
  ]
}
