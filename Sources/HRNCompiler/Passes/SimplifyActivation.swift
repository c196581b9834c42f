import HRNFormat
import HRNGraph

/// States an activation as the simplest that computes the same.
struct SimplifyActivation: Pass {
  static let name = "simplify-activation"
  static let summary = """
    States an activation as the simplest that computes the same: a clip from zero is a bounded ReLU, and so is a leaky
    ReLU that does not leak.

      Given:   %1 = clip(%0) low 0 high 6         Result:   %1 = relu(%0) high 6

    Keeps all others.
    """

  func rewrite(_ node: Node, in graph: Graph) -> Patch? {
    guard case .activation(let activation) = node.operation, let simpler = simpler(activation) else { return nil }
    var patch = Patch(of: graph)
    var rewritten = node
    rewritten.operation = .activation(simpler)
    patch.replace(node, with: rewritten)
    return patch
  }

  private func simpler(_ activation: Activation) -> Activation? {
    switch activation {
    case .clip(low: 0, let high) where high > 0: .relu(high: high)
    case .leakyRelu(alpha: 0): .relu()
    default: nil
    }
  }
}
