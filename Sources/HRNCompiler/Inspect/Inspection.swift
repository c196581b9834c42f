import Foundation
import HRNFormat

/// What a file says about itself, as `hrn-compile inspect` shows it: one value, printed as text or encoded as JSON.
package struct Inspection: Encodable, Equatable, Sendable {
  package struct Sizes: Encodable, Equatable, Sendable {
    /// Of the file; absent for a graph that is not in a file.
    package var file: Int?
    package var constants: Int
    package var goldens: Int
    package var parameters: Int
    package var multiplications: Int
  }

  package struct Arena: Encodable, Equatable, Sendable {
    package var bytes: Int
    /// The most bytes that live at one node: no plan can do with less.
    package var lowerBound: Int
    package var scratch: Int
  }

  package struct Node: Encodable, Equatable, Sendable {
    package var name: String
    package var operation: String
    package var detail: String
    package var inputs: [String]
    package var outputs: [String]
    package var weights: [Int]?
    package var sources: [String]
    package var plan: String?
    package var multiplications: Int
  }

  package struct Tensor: Encodable, Equatable, Sendable {
    package var name: String
    package var elementType: String
    package var shape: [Int]
    package var layout: String
    package var region: [Int]?
    package var isConstant: Bool
    package var scales: [Float]?
    package var zeroPoints: [Float]?
  }

  package struct Output: Encodable, Equatable, Sendable {
    package var name: String
    package var tensor: String
    package var kind: String
    package var scores: Int
    package var level: Int?
    package var decides: Bool
  }

  package struct Level: Encodable, Equatable, Sendable {
    package var name: String
    package var labels: [String]
    package var parents: [Int]
  }

  package struct Pass: Encodable, Equatable, Sendable {
    package var name: String
    package var nodes: [String]
  }

  package var name: String
  package var formatVersion: Int
  package var stage: String
  package var precision: String
  package var digest: String?
  package var sizes: Sizes
  package var arena: Arena?
  package var target: String?
  package var inputs: [String]
  package var outputs: [Output]
  package var levels: [Level]
  package var potential: String?
  package var recipe: [String]
  package var provenance: [String]
  package var passes: [Pass]
  package var goldens: [String]
  package var certificate: [String]
  package var nodes: [Node]
  package var tensors: [Tensor]
}

extension Inspection {
  /// - Parameters:
  ///   - graph: A source or a compiled graph.
  ///   - fileBytes: The size of the file it is from.
  ///   - digest: Of the file, in hexadecimal.
  package init(_ graph: ModelGraph, fileBytes: Int? = nil, digest: String? = nil, certificate: Certificate? = nil) {
    name = graph.name
    formatVersion = graph.formatVersion
    stage = graph.stage == .source ? "source" : "compiled"
    precision = graph.precision.name
    self.digest = digest
    sizes = Sizes(
      file: fileBytes, constants: graph.tensors.reduce(0) { $0 + ($1.weights?.length ?? 0) },
      goldens: graph.goldens.reduce(0) { $0 + $1.byteCount },
      parameters: graph.tensors.reduce(0) { $0 + ($1.weights == nil ? 0 : $1.shape.reduce(1, *)) },
      multiplications: graph.nodes.reduce(0) { saturating($0, graph.multiplications(of: $1), +) })
    arena = graph.plan.map { plan in
      Arena(
        bytes: plan.arenaBytes, lowerBound: graph.arenaLowerBound,
        scratch: graph.nodes.map { $0.plan?.scratch?.length ?? 0 }.max() ?? 0)
    }
    target = graph.plan?.target
    inputs = graph.inputs.map { graph.tensors[$0].name }
    outputs = graph.outputs.map { output in
      Output(
        name: output.name, tensor: graph.tensors[output.tensor].name, kind: output.kind.name,
        scores: graph.tensors[output.tensor].shape.last ?? 0, level: output.level, decides: output.decides)
    }
    levels = (graph.tree?.levels ?? []).map { Level(name: $0.name, labels: $0.labels, parents: $0.parents) }
    potential = graph.tree.map { $0.potential == .sigmoid ? "sigmoid" : "logit" }
    recipe = graph.recipe.map(Words.lines) ?? []
    provenance = Words.lines(graph.provenance)
    passes = graph.passes.map { Pass(name: $0.name, nodes: $0.nodes) }
    goldens = graph.goldens.map(\.name)
    self.certificate = certificate.map(Words.lines) ?? []
    nodes = graph.nodes.map { node in
      Node(
        name: node.name, operation: Words.name(node.operation), detail: Words.detail(node.operation),
        inputs: node.inputs.map { graph.tensors[$0].name }, outputs: node.outputs.map { graph.tensors[$0].name },
        weights: node.parameters.first.map { graph.tensors[$0].shape }, sources: node.sources,
        plan: node.plan.map(Words.line), multiplications: graph.multiplications(of: node))
    }
    tensors = graph.tensors.map { tensor in
      Tensor(
        name: tensor.name, elementType: tensor.elementType.name, shape: tensor.shape,
        layout: Words.line(tensor.layout),
        region: (tensor.weights ?? tensor.arena).map { [$0.offset, $0.length] }, isConstant: tensor.weights != nil,
        scales: tensor.quantization?.scale, zeroPoints: tensor.quantization?.zeroPoint)
    }
  }

  /// Of a file, with its size, digest and certificate.
  package init(of file: ModelFile) {
    self.init(
      file.graph, fileBytes: file.fileBytes.count, digest: file.digest.map { Words.hexadecimal($0.sha256) },
      certificate: file.certificate)
  }

  /// As JSON, keys sorted, so that two inspections can be compared by their lines.
  package var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    // Every value is a string, a number or a list of them, so encoding cannot fail.
    return String(decoding: try! encoder.encode(self), as: UTF8.self)
  }
}

extension ModelGraph {
  /// Products that a node sums, without those of padding lanes.
  func multiplications(of node: HRNFormat.Node) -> Int {
    guard let weights = node.parameters.first.map({ tensors[$0].shape }) else { return 0 }
    switch node.operation {
    case .convolution(let convolution):
      var unpooled = convolution
      unpooled.globalPool = nil
      let shape = try? unpooled.outputShape(inputs: [tensors[node.inputs[0]].shape], parameters: [weights])
      return (weights + (shape ?? []).dropFirst(2)).reduce(1) { saturating($0, $1, *) }
    case .linear: return weights.reduce(1, *)
    default: return 0
    }
  }

  /// The most bytes that live at one node, views counted once.
  var arenaLowerBound: Int {
    var lives: [Int: (first: Int, last: Int)] = [:]
    for input in inputs { lives[input] = (0, 0) }
    for (step, node) in nodes.enumerated() {
      for input in node.inputs { lives[input]?.last = step }
      for output in node.outputs { lives[output] = (step, step) }
    }
    for output in outputs { lives[output.tensor]?.last = nodes.count }
    var bound = 0
    for (step, node) in nodes.enumerated() {
      var regions = lives.filter { $0.value.first <= step && step <= $0.value.last }.compactMap {
        tensors[$0.key].arena
      }
      if let scratch = node.plan?.scratch { regions.append(scratch) }
      var (covered, end) = (0, 0)
      for region in regions.sorted(by: { $0.offset < $1.offset }) {
        covered += max(0, region.end - max(end, region.offset))
        end = max(end, region.end)
      }
      bound = max(bound, covered)
    }
    return bound
  }
}

/// A sum or a product of numbers that are not negative, or the largest number where it does not fit.
private func saturating(_ a: Int, _ b: Int, _ combine: (Double, Double) -> Double) -> Int {
  let (a, b) = (Double(a), Double(b))
  return combine(a, b) < 0x1p63 ? Int(combine(a, b)) : .max
}

extension Golden {
  /// Bytes in the payload.
  var byteCount: Int {
    jpeg.length + answers.reduce(0) { $0 + $1.expected.length + ($1.reference?.length ?? 0) }
  }
}
