import HRNFormat

/// A graph as text: one line per input, node and output, activations numbered in the order in which they are written,
/// so that the text of a graph depends on nothing but what it computes and the names of its constants.
///
///     %0 = input image : float32 [1, 3, 8, 8]
///     %1 = convolution(%0, stem.weight, stem.bias) kernel 3 stride 2 padding 1 relu : float32 [1, 16, 4, 4]
///     %2 = convolution(%1, W, b) kernel 1 residual %1 : float32 [1, 16, 4, 4]
///     output class = %2 feature
struct GraphText {
  let tensors: [Tensor]
  let nodes: [Node]
  let inputs: [Int]
  let outputs: [Output]
  /// Whether to follow each node's line with its name and what it stands for.
  let namesNodes: Bool

  var text: String {
    var numbers: [Int: Int] = [:]
    var lines: [String] = []
    for input in inputs {
      numbers[input] = numbers.count
      lines.append("\(name(input, numbers)) = input \(tensors[input].name) : \(type(of: tensors[input]))")
    }
    for node in nodes {
      for output in node.outputs { numbers[output] = numbers.count }
      let targets = node.outputs.map { name($0, numbers) }.joined(separator: ", ")
      var line = "\(targets) = \(expression(of: node, numbers))"
      if let output = node.outputs.first { line += " : \(type(of: tensors[output]))" }
      if node.plan?.algorithm == .view { line += " view" }
      if namesNodes {
        line += "  // \(node.name)"
        if !node.sources.isEmpty, node.sources != [node.name] { line += " = " + node.sources.joined(separator: " + ") }
      }
      lines.append(line)
    }
    for output in outputs {
      var line = "output \(output.name) = \(name(output.tensor, numbers)) \(output.kind.name)"
      if let level = output.level { line += " level \(level)" }
      if output.decides { line += " decides" }
      lines.append(line)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func name(_ tensor: Int, _ numbers: [Int: Int]) -> String {
    numbers[tensor].map { "%\($0)" } ?? tensors[tensor].name
  }

  private func expression(of node: Node, _ numbers: [Int: Int]) -> String {
    let names = node.inputs.map { name($0, numbers) }
    let parameters = node.parameters.map { tensors[$0].name }
    func call(_ arguments: [String], _ attributes: [String]) -> String {
      ([node.operation.name + "(" + (arguments + parameters).joined(separator: ", ") + ")"] + attributes)
        .joined(separator: " ")
    }
    switch node.operation {
    case .convolution(let convolution):
      let weights = tensors[node.parameters[0]].shape
      var attributes = ["kernel \(extent(Extent2D(y: weights[2], x: weights[3])))"] + window(convolution)
      attributes += names.dropFirst().map { "residual \($0)" } + describe(convolution.activation)
      if convolution.globalPool != nil { attributes.append("pool") }
      return call([names[0]], attributes)
    case .linear(let linear):
      return call([names[0]], names.dropFirst().map { "addend \($0)" } + describe(linear.activation))
    case .batchNorm(let batchNorm):
      return call(names, ["epsilon \(batchNorm.epsilon)"] + describe(batchNorm.activation))
    case .activation(let activation): return call(names, Array(describe(activation).dropFirst()))
    case .pool(.window(_, let kernel, let stride, let padding)):
      return call(
        names, ["kernel \(extent(kernel))"] + describe(stride: stride, padding: padding))
    case .add(let add): return call(names, describe(add.activation))
    case .slice(let slice): return call(names, ["from \(slice.begin)"])
    case .treeConstraint(let constraint):
      return call(names, ["parents " + constraint.parents.map { $0.map { "\($0)" } ?? "-" }.joined(separator: "/")])
    case .localResponseNorm(let norm):
      return call(names, ["size \(norm.size)", "alpha \(norm.alpha)", "beta \(norm.beta)", "bias \(norm.bias)"])
    case .pool(.global), .softmax, .flatten, .quantize, .dequantize, .concat: return call(names, [])
    }
  }

  private func window(_ convolution: Convolution) -> [String] {
    var attributes = describe(stride: convolution.stride, padding: convolution.padding)
    if convolution.dilation != Extent2D(y: 1, x: 1) { attributes.append("dilation \(extent(convolution.dilation))") }
    if convolution.groups != 1 { attributes.append("groups \(convolution.groups)") }
    return attributes
  }

  private func describe(stride: Extent2D, padding: Padding) -> [String] {
    var attributes: [String] = []
    if stride != Extent2D(y: 1, x: 1) { attributes.append("stride \(extent(stride))") }
    if padding == Padding(padding.top) {
      if padding.top != 0 { attributes.append("padding \(padding.top)") }
    } else {
      attributes.append("padding \(padding.top),\(padding.left),\(padding.bottom),\(padding.right)")
    }
    return attributes
  }

  private func extent(_ extent: Extent2D) -> String { extent.y == extent.x ? "\(extent.y)" : "\(extent.y)x\(extent.x)" }

  private func describe(_ activation: Activation?) -> [String] {
    switch activation {
    case nil: []
    case .relu(let high): ["relu"] + (high.map { ["high \($0)"] } ?? [])
    case .elu(let alpha): ["elu"] + (alpha == 1 ? [] : ["alpha \(alpha)"])
    case .clip(let low, let high): ["clip", "low \(low)", "high \(high)"]
    case .hardSigmoid(let alpha, let beta): ["hard-sigmoid", "alpha \(alpha)", "beta \(beta)"]
    case .leakyRelu(let alpha): ["leaky-relu", "alpha \(alpha)"]
    case .sigmoid, .tanh, .hardSwish: activation.map { [$0.name] } ?? []
    }
  }

  private func type(of tensor: Tensor) -> String {
    var text = "\(tensor.elementType.name) \(HRNFormat.describe(tensor.shape))"
    switch tensor.layout {
    case .plain: break
    case .blocked(let channelBlock): text += " blocked \(channelBlock)"
    case .pixels(let border, let rowPitch): text += " pixels border \(border) pitch \(rowPitch)"
    case .packed(_, let inputBlock): text += " packed \(inputBlock)"
    }
    if let quantization = tensor.quantization {
      let scales = quantization.scale.map { "\($0)" }.joined(separator: ",")
      let zeroPoints = quantization.zeroPoint.map { "\($0)" }.joined(separator: ",")
      text += " scale \(scales) zero \(zeroPoints)"
    }
    if let range = tensor.range { text += " range \(range.low) ... \(range.high)" }
    return text
  }
}

extension Graph {
  /// The graph as text, a line per node; with `namesNodes` each line ends with the node's name and what it stands for.
  package func text(namesNodes: Bool = false) -> String {
    GraphText(tensors: tensors, nodes: nodes, inputs: inputs, outputs: outputs, namesNodes: namesNodes).text
  }
}

extension ModelGraph {
  /// The graph as text, a line per node; with `namesNodes` each line ends with the node's name and what it stands for.
  package func text(namesNodes: Bool = false) -> String {
    GraphText(tensors: tensors, nodes: nodes, inputs: inputs, outputs: outputs, namesNodes: namesNodes).text
  }
}
