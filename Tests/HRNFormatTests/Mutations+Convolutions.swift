import HRNFormat
import HRNTestSupport

extension Mutation {
  static let convolutions: [Mutation] = [
    Mutation("a depthwise convolution in a file of version 1", .convolutions) { model in
      model.edit(tensor: "image") { $0.layout = .pixels(border: 1, rowPitch: 32) }
      model.edit(convolution: "stem") { $0.padding = Padding(top: 1, left: 1, bottom: 0, right: 0) }
      model.graph.formatVersion = 1
    },
    Mutation("a stem that does not fill its border in a file of version 1", .convolutions) { model in
      model.graph.formatVersion = 1
    },
    Mutation("an average of windows in a file of version 1", .float32) { model in
      model.edit(node: "pool") { $0.operation = average }
    },
    Mutation("depthwise weights in the portable packing", .convolutions) { model in
      model.edit(tensor: "depthwise.weight") { $0.layout = .packed(.portable, inputBlock: 1) }
    },
    Mutation("depthwise weights in blocks", .convolutions) { model in
      model.edit(tensor: "depthwise.weight") { $0.layout = .packed(.depthwise, inputBlock: 16) }
    },
    Mutation("weights of groups in the depthwise packing", .convolutions) { model in
      model.edit(tensor: "grouped.weight") { $0.layout = .packed(.depthwise, inputBlock: 16) }
    },
    Mutation("a bias in the depthwise packing", .convolutions) { model in
      model.edit(tensor: "depthwise.bias") { $0.layout = .packed(.depthwise, inputBlock: 1) }
    },
    Mutation("a convolution in other groups than its weights", .convolutions) { model in
      model.edit(convolution: "grouped") { $0.groups = 3 }
    },
    Mutation("a stem that pads more than its picture", .convolutions) { model in
      model.edit(convolution: "stem") { $0.padding = Padding(top: 0, left: 0, bottom: 2, right: 1) }
    },
    Mutation("an average of windows of bytes without a multiplier", .int8) { model in
      model.graph.formatVersion = 2
      model.edit(node: "pool") { $0.operation = average }
    },
    Mutation("a maximum of a map with a multiplier", .int8) { model in
      model.graph.formatVersion = 2
      let added = model.graph.tensors[model.tensor("add")].quantization
      model.edit(tensor: "average") { $0.quantization = added }
      model.edit(tensor: "average.flatten") { $0.quantization = added }
      model.edit(node: "average") { $0.operation = .pool(.global(.max)) }
    },
  ]

  private static var average: Operation {
    .pool(.window(.average, kernel: Extent2D(y: 3, x: 3), stride: Extent2D(y: 2, x: 2), padding: Padding(1)))
  }
}
