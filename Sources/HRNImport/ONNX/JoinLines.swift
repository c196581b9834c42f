import HRNFormat
import HRNGraph

/// Lets each line `y = scale · x + shift` that arithmetic with constants became join what made its `x`, where nothing
/// else reads that: another batch norm, or the bias of a linear or a convolution.
///
///     Given:   %1 = batch-norm(%0, γ, β, μ, σ²)          Result:   %2 = batch-norm(%0, a·γ, a·β + b, μ, σ²)
///              %2 = batch-norm(%1, a, b, 0, 1)
///
/// Lines that do nothing (the 6 of a Hard Swish, multiplied and divided) vanish.
struct JoinLines {
  private var graph: Graph
  private var readers: [Int: Int] = [:]
  /// By tensor: the position of the node that writes it.
  private var producers: [Int: Int] = [:]
  /// Tensors that became others.
  private var redirections: [Int: Int] = [:]
  private var names: Set<String>
  /// Tells constants apart whose names are taken.
  private var nextNumber = 2

  static func run(on graph: Graph) -> Graph {
    var pass = JoinLines(graph: graph)
    pass.run()
    return pass.graph.compacted()
  }

  private init(graph: Graph) {
    self.graph = graph
    names = Set(graph.tensors.map(\.name))
  }

  private mutating func run() {
    for node in graph.nodes { for input in node.inputs { readers[input, default: 0] += 1 } }
    for output in graph.outputs { readers[output.tensor, default: 0] += 1 }
    for position in graph.nodes.indices {
      graph.nodes[position].inputs = graph.nodes[position].inputs.map { redirections[$0] ?? $0 }
      let node = graph.nodes[position]
      producers[node.output] = position
      if let line = line(of: node), readers[node.inputs[0]] == 1, join(line, into: node.inputs[0]) {
        redirections[node.output] = node.inputs[0]
        readers[node.inputs[0]] = readers[node.output]
      }
      if let target = vanishing(redirections[node.output] ?? node.output) {
        redirections[node.output] = target
        readers[target, default: 1] += readers[node.output, default: 0] - 1
      }
    }
    for index in graph.outputs.indices {
      let tensor = graph.outputs[index].tensor
      graph.outputs[index].tensor = redirections[tensor] ?? tensor
    }
  }

  private typealias Line = (scale: [Float], shift: [Float])

  /// A batch norm that is nothing but a line.
  private func line(of node: Node) -> Line? {
    guard case .batchNorm(let norm) = node.operation, norm.epsilon == 0, node.parameters.count == 4,
      let scale = graph.floats(of: node.parameters[0]), let shift = graph.floats(of: node.parameters[1]),
      let mean = graph.floats(of: node.parameters[2]), let variance = graph.floats(of: node.parameters[3]),
      mean.allSatisfy({ $0 == 0 }), variance.allSatisfy({ $0 == 1 })
    else { return nil }
    return (scale, shift)
  }

  /// What a tensor's line reads, when it changes nothing and what it reads is not the graph's input.
  private func vanishing(_ tensor: Int) -> Int? {
    guard let position = producers[tensor], let line = line(of: graph.nodes[position]),
      line.scale.allSatisfy({ $0 == 1 }), line.shift.allSatisfy({ $0 == 0 }),
      producers[graph.nodes[position].inputs[0]] != nil
    else { return nil }
    return graph.nodes[position].inputs[0]
  }

  private mutating func join(_ line: Line, into tensor: Int) -> Bool {
    guard let position = producers[tensor] else { return false }
    let node = graph.nodes[position]
    switch node.operation {
    case .batchNorm:
      guard node.parameters.count == 4, let gamma = graph.floats(of: node.parameters[0]),
        let beta = graph.floats(of: node.parameters[1])
      else { return false }
      let scale = zip(gamma, line.scale).map { Float(Double($0) * Double($1)) }
      let shift = beta.indices.map { Float(Double(beta[$0]) * Double(line.scale[$0]) + Double(line.shift[$0])) }
      replace(0, of: position, node.name + ".scale", scale)
      replace(1, of: position, node.name + ".shift", shift)
    case .linear, .convolution:
      guard line.scale.allSatisfy({ $0 == 1 }), node.inputs.count == 1 else { return false }
      if node.parameters.count == 1 {
        graph.nodes[position].parameters.append(constant(node.name + ".bias", line.shift))
      } else {
        guard let bias = graph.floats(of: node.parameters[1]) else { return false }
        replace(1, of: position, node.name + ".bias", zip(bias, line.shift).map { $0 + $1 })
      }
    default: return false
    }
    return true
  }

  private mutating func replace(_ parameter: Int, of position: Int, _ name: String, _ values: [Float]) {
    graph.nodes[position].parameters[parameter] = constant(name, values)
  }

  /// A constant of its own: others may read the one that was.
  private mutating func constant(_ name: String, _ values: [Float]) -> Int {
    var unique = name
    while !names.insert(unique).inserted {
      unique = "\(name) \(nextNumber)"
      nextNumber += 1
    }
    return graph.addConstant(unique, shape: [values.count], .float32(values))
  }
}
