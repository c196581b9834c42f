import HRNFormat
import HRNGraph

/// Computes what does not depend on the input once and for all.
struct FoldConstants: Pass {
  static let name = "fold-constants"
  static let summary = """
    Replaces a float node that reads nothing but constants by its result.

      Given:   %1 = relu(C)                       Result:   %1 = add(%0, C')
               %2 = add(%0, %1)

    Keeps a node whose result is an output of the graph, and what goes to integers or comes from them.
    """

  func rewrite(_ node: Node, in graph: Graph) -> Patch? {
    let inputs = node.inputs.compactMap { graph.value(of: $0) }
    let parameters = node.parameters.compactMap { graph.value(of: $0) }
    guard inputs.count == node.inputs.count, parameters.count == node.parameters.count, !graph.isOutput(node.output),
      graph.tensors[node.output].elementType == .float32
    else { return nil }
    switch node.operation {
    case .quantize, .dequantize: return nil
    default: break
    }
    let value = node.operation.definition.evaluate(Operands(inputs, parameters: parameters))
    var patch = Patch(of: graph)
    patch.remove(node)
    let constant = patch.addConstant(
      graph.tensors[node.output].name, shape: value.shape, .float32(value.elements))
    patch.redirect(node.output, to: constant)
    return patch
  }
}

extension Graph {
  /// A float constant with its shape.
  fileprivate func value(of tensor: Int) -> Value? { floats(of: tensor).map { Value(shape(of: tensor), $0) } }
}
