import HRNFormat
import HRNGraph

/// Why a line of graph text could not be read.
package struct GraphTextError: Error, CustomStringConvertible {
  package let line: String
  package let problem: String
  package var description: String { "\(problem) in: \(line)" }
}

extension Graph {
  /// Reads graph text, as `text()` writes it; constants get elements that follow from their names, so that a name means
  /// the same elements in two graphs. Nodes and tensors are named by their numbers.
  ///
  /// Understands float32 graphs in plain layout: what Given and Result of a pass are written in.
  package init(parsing text: String) throws {
    self.init(name: "parsed")
    var parser = GraphParser()
    for line in text.split(separator: "\n").map(String.init) where !line.allSatisfy(\.isWhitespace) {
      do throws(GraphTextProblem) { try parser.read(line, into: &self) } catch {
        throw GraphTextError(line: line, problem: error.words)
      }
    }
    try verify()
  }
}

private struct GraphTextProblem: Error {
  let words: String
  init(_ words: String) { self.words = words }
}

private struct GraphParser {
  private var tensors: [String: Int] = [:]
  private var constants: [String: Int] = [:]

  mutating func read(_ line: String, into graph: inout Graph) throws(GraphTextProblem) {
    let words = Self.words(line)
    if words.first == "output" {
      try readOutput(words, into: &graph)
    } else {
      try readDefinition(words, into: &graph)
    }
  }

  /// Words and the punctuation that separates them: `%1 = add ( %0 , %0 ) relu : float32 [ 1 , 2 ]`.
  private static func words(_ line: String) -> [String] {
    var words: [String] = []
    var word = ""
    for character in line {
      if "(),[]: =".contains(character) {
        if !word.isEmpty { words.append(word) }
        word = ""
        if character != " " { words.append(String(character)) }
      } else {
        word.append(character)
      }
    }
    return word.isEmpty ? words : words + [word]
  }

  private func tensor(_ name: String) throws(GraphTextProblem) -> Int {
    guard let tensor = tensors[name] else { throw GraphTextProblem("\(name) is not written before it is read") }
    return tensor
  }

  private func integer(_ word: String?) throws(GraphTextProblem) -> Int {
    guard let word, let number = Int(word) else { throw GraphTextProblem("'\(word ?? "")' is not a number") }
    return number
  }

  // output NAME = %n KIND [level k] [decides]
  private func readOutput(_ words: [String], into graph: inout Graph) throws(GraphTextProblem) {
    let kinds: [String: ScoreKind] = ["sigmoid": .sigmoid, "softmax": .softmax, "logit": .logit, "feature": .feature]
    guard words.count >= 5, words[2] == "=", let kind = kinds[words[4]] else {
      throw GraphTextProblem("an output has a name, a tensor and a kind")
    }
    var output = Output(name: words[1], tensor: try tensor(words[3]), kind: kind, decides: words.contains("decides"))
    if let index = words.firstIndex(of: "level") { output.level = try integer(words[index + 1]) }
    graph.outputs.append(output)
  }

  // %n = input NAME : float32 [shape]
  // %n = operation(operands) attributes : float32 [shape]
  private mutating func readDefinition(_ words: [String], into graph: inout Graph) throws(GraphTextProblem) {
    guard words.count > 6, words[1] == "=", let colon = words.lastIndex(of: ":"), words[colon + 1] == "float32" else {
      throw GraphTextProblem("a definition ends with ': float32 [shape]'")
    }
    var shape: [Int] = []
    for word in words[(colon + 2)...] where !"[],".contains(word) { shape.append(try integer(word)) }
    guard words[2] != "input" else {
      tensors[words[0]] = graph.addTensor(Tensor(name: words[3], elementType: .float32, shape: shape))
      graph.inputs.append(graph.tensors.count - 1)
      return
    }
    guard words[3] == "(", let close = words.firstIndex(of: ")"), close < colon else {
      throw GraphTextProblem("operands are listed in parentheses")
    }
    let operands = words[4..<close].filter { $0 != "," }
    var inputs: [Int] = []
    for name in operands where name.hasPrefix("%") { inputs.append(try tensor(name)) }
    let attributes = Attributes(words: Array(words[(close + 1)..<colon]))
    for name in attributes.tensors { inputs.append(try tensor(name)) }
    let operation = try attributes.operation(named: words[2], output: shape)
    let names = operands.filter { !$0.hasPrefix("%") }
    let parameters = names.enumerated().map { index, name in
      let shape = parameterShape(
        index, of: operation, kernel: attributes.kernel, input: graph.shape(of: inputs[0]), output: shape)
      return constant(name, shape: shape, in: &graph, isVariance: operation.kind == .batchNorm && index == 3)
    }
    let output = graph.addTensor(Tensor(name: words[0], elementType: .float32, shape: shape))
    tensors[words[0]] = output
    graph.nodes.append(
      Node(name: words[0], operation: operation, inputs: inputs, parameters: parameters, outputs: [output]))
  }

  private func parameterShape(
    _ index: Int, of operation: Operation, kernel: Extent2D, input: [Int], output: [Int]
  ) -> [Int] {
    switch operation {
    case .convolution(let convolution) where index == 0:
      [output[1], input[1] / convolution.groups, kernel.y, kernel.x]
    case .linear where index == 0: [output[1], input[1]]
    default: [output[1]]
    }
  }

  private mutating func constant(_ name: String, shape: [Int], in graph: inout Graph, isVariance: Bool) -> Int {
    if let known = constants[name] { return known }
    var random = SeededGenerator(seed: name.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
    let elements = random.floats(shape.reduce(1, *), in: isVariance ? 0.5...1.5 : -0.5...0.5)
    let tensor = graph.addConstant(name, shape: shape, .float32(elements))
    constants[name] = tensor
    return tensor
  }
}

/// What follows the operands: `kernel 3 stride 2 padding 1 residual %1 relu pool`.
private struct Attributes {
  let words: [String]

  /// The tensors named among the attributes.
  var tensors: [String] { words.filter { $0.hasPrefix("%") } }
  var kernel: Extent2D { extent("kernel") ?? Extent2D(y: 1, x: 1) }

  private func value(_ name: String) -> String? {
    words.firstIndex(of: name).flatMap { words.indices.contains($0 + 1) ? words[$0 + 1] : nil }
  }

  private func extent(_ name: String) -> Extent2D? {
    let numbers = (value(name) ?? "").split(separator: "x").compactMap { Int($0) }
    return numbers.isEmpty ? nil : Extent2D(y: numbers[0], x: numbers[numbers.count - 1])
  }

  private var activation: Activation? {
    return words.lazy.compactMap { Self.activation($0, number) }.first
  }

  private func number(_ name: String) -> Float? { value(name).flatMap(Float.init) }

  private static func activation(_ name: String, _ number: (String) -> Float?) -> Activation? {
    switch name {
    case "relu": .relu(high: number("high"))
    case "elu": .elu(alpha: number("alpha") ?? 1)
    case "sigmoid": .sigmoid
    case "clip": .clip(low: number("low") ?? 0, high: number("high") ?? 0)
    case "tanh": .tanh
    case "hard-sigmoid": .hardSigmoid(alpha: number("alpha") ?? 0, beta: number("beta") ?? 0)
    case "hard-swish": .hardSwish
    case "leaky-relu": .leakyRelu(alpha: number("alpha") ?? 0)
    default: nil
    }
  }

  private var parents: [Int?] {
    (value("parents") ?? "").split(separator: "/").map { Int($0) }
  }

  private var stride: Extent2D { extent("stride") ?? Extent2D(y: 1, x: 1) }
  private var padding: Padding { Padding(value("padding").flatMap { Int($0) } ?? 0) }

  func operation(named name: String, output: [Int]) throws(GraphTextProblem) -> Operation {
    switch name {
    case "convolution":
      .convolution(
        Convolution(
          stride: stride, padding: padding, dilation: extent("dilation") ?? Extent2D(y: 1, x: 1),
          groups: value("groups").flatMap { Int($0) } ?? 1, activation: activation,
          globalPool: words.contains("pool") ? .average : nil))
    case "linear": .linear(Linear(activation: activation))
    case "batch-norm": .batchNorm(BatchNorm(epsilon: number("epsilon") ?? 1e-5, activation: activation))
    case "max-pool": .pool(.window(.max, kernel: kernel, stride: stride, padding: padding))
    case "average-pool": .pool(.window(.average, kernel: kernel, stride: stride, padding: padding))
    case "global-average-pool": .pool(.global(.average))
    case "global-max-pool": .pool(.global(.max))
    case "add": .add(Add(activation: activation))
    case "slice": .slice(Slice(begin: value("from").flatMap { Int($0) } ?? 0, count: output[1]))
    case "softmax": .softmax(Softmax())
    case "flatten": .flatten(Flatten())
    case "concat": .concat(Concat())
    case "tree-max": .treeConstraint(TreeConstraint(.max, parents: parents))
    case "tree-min": .treeConstraint(TreeConstraint(.min, parents: parents))
    case "local-response-norm":
      .localResponseNorm(
        LocalResponseNorm(
          size: value("size").flatMap { Int($0) } ?? 0, alpha: number("alpha") ?? 0, beta: number("beta") ?? 0,
          bias: number("bias") ?? 0))
    default:
      if let activation = Self.activation(name, number) {
        .activation(activation)
      } else {
        throw GraphTextProblem("there is no operation '\(name)'")
      }
    }
  }
}
