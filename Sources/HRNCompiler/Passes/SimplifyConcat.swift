import HRNFormat
import HRNGraph

/// Joins once what is joined in steps, and takes from the parts what would be cut from the whole.
struct SimplifyConcat: Pass {
  static let name = "simplify-concat"
  static let summary = """
    Joins once what is joined in steps, takes from a part what would be cut from the whole, and joins nothing that was
    one before.

      Given:   %2 = concat(%0, %1)                Result:   %3 = concat(%0, %1, %0)
               %3 = concat(%2, %0)                          %4 = slice(%1) from 1
               %4 = slice(%2) from 5

    Keeps a concat inside another that anything else reads, and slices across two parts.
    """

  func rewrite(_ node: Node, in graph: Graph) -> Patch? {
    switch node.operation {
    case .concat: flatten(node, in: graph) ?? rejoin(node, in: graph)
    case .slice(let slice): cut(slice, node, in: graph)
    default: nil
    }
  }

  /// concat(concat(a, b), c)
  private func flatten(_ node: Node, in graph: Graph) -> Patch? {
    for (index, input) in node.inputs.enumerated() {
      guard let inner = graph.soleProducer(of: input), case .concat = inner.operation,
        node.inputs.count + inner.inputs.count - 1 <= Limits.nodeInputs
      else { continue }
      var joined = node
      joined.inputs.replaceSubrange(index...index, with: inner.inputs)
      joined.sources = mergedSources([inner, node])
      var patch = Patch(of: graph)
      patch.remove(inner)
      patch.replace(node, with: joined)
      return patch
    }
    return nil
  }

  /// concat(slice(a), slice(a)) of neighbours
  private func rejoin(_ node: Node, in graph: Graph) -> Patch? {
    for index in node.inputs.indices.dropLast() {
      guard let first = graph.producer(of: node.inputs[index]), let second = graph.producer(of: node.inputs[index + 1]),
        case .slice(let left) = first.operation, case .slice(let right) = second.operation,
        first.inputs == second.inputs, left.begin + left.count == right.begin
      else { continue }
      let whole = first.inputs[0]
      let (count, channels) = (left.count + right.count, graph.shape(of: whole)[1])
      let isAll = count == channels
      guard node.inputs.count > 2 || !isAll || !graph.inputs.contains(whole) else { continue }
      var patch = Patch(of: graph)
      let slice = Slice(begin: left.begin, count: count)
      if node.inputs.count == 2 {
        if isAll {
          patch.remove(node)
          patch.redirect(node.output, to: whole)
        } else {
          patch.replace(
            node,
            with: Node(
              name: node.name, operation: .slice(slice), inputs: [whole], outputs: node.outputs, sources: node.origins))
        }
        return patch
      }
      var joined = node
      guard !isAll else {
        joined.inputs.replaceSubrange(index...index + 1, with: [whole])
        patch.replace(node, with: joined)
        return patch
      }
      var shape = graph.shape(of: node.inputs[index])
      shape[1] = count
      let name = graph.freshNodeName(first.name + "+" + second.name)
      let output = patch.addTensor(name, shape: shape)
      joined.inputs.replaceSubrange(index...index + 1, with: [output])
      patch.replace(
        node,
        with: Node(
          name: name, operation: .slice(slice), inputs: [whole], outputs: [output],
          sources: mergedSources([first, second])), joined)
      return patch
    }
    return nil
  }

  /// slice(concat(a, b)) inside one part
  private func cut(_ slice: Slice, _ node: Node, in graph: Graph) -> Patch? {
    guard let concat = graph.producer(of: node.inputs[0]), case .concat = concat.operation else { return nil }
    var begin = 0
    for input in concat.inputs {
      let count = graph.shape(of: input)[1]
      defer { begin += count }
      guard slice.begin >= begin, slice.begin + slice.count <= begin + count else { continue }
      var patch = Patch(of: graph)
      if slice.count == count {
        guard !graph.isOutput(node.output) || graph.producer(of: input) != nil else { return nil }
        patch.remove(node)
        patch.redirect(node.output, to: input)
      } else {
        var cut = node
        cut.operation = .slice(Slice(begin: slice.begin - begin, count: slice.count))
        cut.inputs = [input]
        patch.replace(node, with: cut)
      }
      return patch
    }
    return nil
  }
}
