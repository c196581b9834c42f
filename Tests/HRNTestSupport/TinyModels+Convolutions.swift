import HRNCompiler
import HRNFormat
import HRNGraph

extension TinyModels {
  /// A compiled float32 network of convolutions and pools of every kind over a 6 × 5 colour picture: a stem with
  /// TensorFlow's padding, one channel for each, groups, gaps between taps, averages of windows, maxima of maps.
  package static func convolutions(seed: UInt64 = 1) throws -> Model {
    var builder = GraphBuilder("tiny", seed: seed)
    let image = builder.input([1, 3, 6, 5])
    let after = Padding(top: 0, left: 0, bottom: 1, right: 1)
    let stem = builder.convolution(image, outputs: 24, stride: 2, paddings: after, bias: true, named: "stem")
    let apart = builder.convolution(stem, outputs: 24, groups: 24, bias: true, named: "depthwise")
    let grouped = builder.convolution(apart, outputs: 72, padding: 2, dilation: 2, groups: 4, named: "grouped")
    let window = Pool.window(.average, kernel: Extent2D(y: 2, x: 2), stride: Extent2D(y: 1, x: 1), padding: Padding(1))
    let averaged = builder.node(.pool(window), [grouped], named: "average")
    let greatest = builder.node(.pool(.global(.max)), [averaged], named: "greatest")
    let logits = builder.linear(builder.flatten(greatest, named: "flat"), outputs: 3, named: "head")
    builder.output("species", builder.sigmoid(logits), .sigmoid, level: 1, decides: true)
    builder.output("logits", logits, .logit, level: 1)
    builder.describe(tree: tree, recipe: recipe)
    let lowered = try Lowering.lower(builder.graph)
    var model = Model(graph: lowered.graph, weights: lowered.weights)
    let jpeg = model.append([0xFF, 0xD8, 0xFF, 0xD9])
    let answers = (0..<2).map { index in
      let expected = model.append([UInt8](repeating: 0, count: 4 * 3))
      return Golden.Answer(output: index, expected: expected)
    }
    model.graph.goldens = [Golden(name: "picture", jpeg: jpeg, answers: answers)]
    return model
  }
}
