import HRNFormat
import HRNGraph

/// Multiplies each part of a joined vector by its own columns, so that nothing is joined.
struct SplitLinearOverConcat: Pass {
  static let name = "split-linear-over-concat"
  static let summary = """
    Makes of a linear over joined vectors a linear for each part, each the addend of the next: no copy, and in int8 a
    scale for each part. HMC-LMLP's and HMCN's layers, which read features and the coarser level's scores.

      Given:   %2 = concat(%0, %1)                Result:   %2 = linear(%0, W[:, :m], b)
               %3 = linear(%2, W, b) elu                    %3 = linear(%1, W[:, m:]) addend %2 elu

    Keeps the pair when anything but linears reads %2.
    """

  func rewrite(_ node: Node, in graph: Graph) -> Patch? {
    guard case .linear(let linear) = node.operation, let concat = graph.producer(of: node.inputs[0]),
      case .concat = concat.operation, !graph.isOutput(concat.output),
      graph.readers(of: concat.output).allSatisfy({ $0.reads(only: concat.output) }),
      concat.inputs.allSatisfy({ !graph.isConstant($0) }), let (weights, bias) = node.weightsAndBias(in: graph)
    else { return nil }
    let shape = graph.shape(of: node.parameters[0])
    var patch = Patch(of: graph)
    var (parts, begin, sum): ([Node], Int, Int?) = ([], 0, node.inputs.dropFirst().first)
    for (index, input) in concat.inputs.enumerated() {
      let (count, isLast) = (graph.shape(of: input)[1], index == concat.inputs.count - 1)
      let name = isLast ? node.name : graph.freshNodeName("\(node.name).part\(index)")
      let columns = (0..<shape[0]).flatMap { weights[$0 * shape[1] + begin..<$0 * shape[1] + begin + count] }
      var parameters = [
        patch.addConstant(name + ".weight", shape: [shape[0], count], .float32(columns))
      ]
      if index == 0, let bias {
        parameters.append(patch.addConstant(name + ".bias", shape: [shape[0]], .float32(bias)))
      }
      let output = isLast ? node.output : patch.addTensor(name, shape: graph.shape(of: node.output))
      parts.append(
        Node(
          name: name, operation: .linear(Linear(activation: isLast ? linear.activation : nil)),
          inputs: [input] + [sum].compactMap(\.self), parameters: parameters, outputs: [output],
          sources: mergedSources([concat, node])))
      (begin, sum) = (begin + count, output)
    }
    patch.replace(node, with: parts)
    if graph.soleReader(of: concat.output) != nil { patch.remove(concat) }
    return patch
  }
}

extension Node {
  /// Whether the node is a linear that multiplies a tensor, and does nothing else with it.
  fileprivate func reads(only tensor: Int) -> Bool {
    if case .linear = operation { inputs[0] == tensor && !inputs.dropFirst().contains(tensor) } else { false }
  }
}
