import HRNFormat
import HRNTestSupport
import Testing

/// A valid model and one change that breaks one rule.
struct Mutation: Sendable, CustomTestStringConvertible {
  let name: String
  let sample: Sample
  let change: @Sendable (inout TinyModels.Model) -> Void

  init(_ name: String, _ sample: Sample, _ change: @escaping @Sendable (inout TinyModels.Model) -> Void) {
    self.name = name
    self.sample = sample
    self.change = change
  }

  var testDescription: String { name }

  /// The error that the change leads to; nil when the model is still valid.
  func error() throws -> FormatError? {
    var model = try sample.model()
    change(&model)
    do throws(FormatError) {
      try model.graph.validate(payloadByteCount: model.weights.count)
    } catch {
      return error
    }
    return nil
  }

  static let all: [Mutation] = [
    counts, stages, names, tensors, payload, dataflow, nodes, branches, convolutions, bfloat16, weighted, arena,
    winograd8, winograd16, labels, recipes, records,
  ].flatMap(\.self)
}

extension TinyModels.Model {
  func tensor(_ name: String) -> Int { graph.tensors.firstIndex { $0.name == name }! }
  func node(_ name: String) -> Int { graph.nodes.firstIndex { $0.name == name }! }

  mutating func edit(tensor name: String, _ change: (inout Tensor) -> Void) { change(&graph.tensors[tensor(name)]) }
  mutating func edit(node name: String, _ change: (inout Node) -> Void) { change(&graph.nodes[node(name)]) }

  /// Changes the operation of a local response normalization.
  mutating func edit(localResponseNorm name: String, _ change: (inout LocalResponseNorm) -> Void) {
    let index = node(name)
    guard case .localResponseNorm(var norm) = graph.nodes[index].operation else { fatalError("\(name) is another") }
    change(&norm)
    graph.nodes[index].operation = .localResponseNorm(norm)
  }

  /// Changes the operation of a convolution.
  mutating func edit(convolution name: String, _ change: (inout Convolution) -> Void) {
    let index = node(name)
    guard case .convolution(var convolution) = graph.nodes[index].operation else { fatalError("\(name) is another") }
    change(&convolution)
    graph.nodes[index].operation = .convolution(convolution)
  }
}
