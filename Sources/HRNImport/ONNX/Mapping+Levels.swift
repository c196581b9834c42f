import HRNFormat
import HRNGraph

extension Mapping {
  /// Gives the outputs of a Hierarchical Residual Network the form that a checkpoint of it has: the sigmoid scores of
  /// each level, and for the last level a softmax ahead of them.
  ///
  /// Two forms are recognized by the nodes that make them, whatever their names:
  /// - the authors': s₁, …, z, s_L, where all but z are sigmoids and z has as many numbers as s_L;
  /// - our trainer's: the sigmoid of the joined logits of all levels, those logits, and z.
  func separateLevels() {
    if !separateJoined() { putSoftmaxAheadOfLast() }
  }

  private func width(_ output: Output) -> Int { graph.shape(of: output.tensor)[1] }

  private func putSoftmaxAheadOfLast() {
    let outputs = graph.outputs
    guard outputs.count > 2, let last = outputs.last else { return }
    let branch = outputs.count - 2
    guard outputs.enumerated().allSatisfy({ $0 == branch ? $1.kind == .feature : $1.kind == .sigmoid }),
      case .linear? = producer(of: outputs[branch].tensor)?.operation, width(outputs[branch]) == width(last)
    else { return }
    setSoftmax(at: branch)
  }

  private func separateJoined() -> Bool {
    guard graph.outputs.count == 3, graph.outputs[0].kind == .sigmoid,
      let sigmoid = producer(of: graph.outputs[0].tensor), sigmoid.inputs == [graph.outputs[1].tensor],
      let joined = producer(of: sigmoid.inputs[0]), case .concat = joined.operation,
      let last = joined.inputs.last, graph.shape(of: last) == graph.shape(of: graph.outputs[2].tensor),
      case .linear? = producer(of: graph.outputs[2].tensor)?.operation
    else { return false }
    let branch = graph.outputs[2]
    graph.outputs = []
    for (level, logits) in joined.inputs.enumerated() {
      if level == joined.inputs.count - 1 { graph.outputs.append(branch) }
      guard
        let scores = try? add(.activation(.sigmoid), [logits], name: "\(sigmoid.name).level\(level + 1)")
      else { preconditionFailure("a sigmoid takes any vector") }
      graph.outputs.append(Output(name: "level\(level + 1).sigmoid", tensor: scores, kind: .sigmoid))
    }
    note("the joined scores of \(counted(joined.inputs.count, "level")) are taken apart")
    setSoftmax(at: graph.outputs.count - 2)
    return true
  }

  private func setSoftmax(at index: Int) {
    let branch = graph.outputs[index]
    guard let softmax = try? add(.softmax(Softmax()), [branch.tensor], name: "softmax") else {
      preconditionFailure("a softmax takes any vector")
    }
    graph.outputs[index].tensor = softmax
    graph.outputs[index].kind = .softmax
    note("a softmax is put behind output '\(branch.name)', the other branch of the last level")
  }
}
