import HRNFormat

/// What a graph can get wrong. Tensors and nodes are given by name, as people know them.
package enum GraphError: Error, Equatable, Sendable {
  /// A node, input or output names a tensor that does not exist.
  case noSuchTensor(place: String, index: Int, count: Int)
  /// A tensor with an extent below 1, or with more elements than a machine word counts.
  case extent(tensor: String, shape: [Int])
  /// A constant whose elements do not fit its tensor.
  case constant(tensor: String, found: String, expected: String)
  /// An input of the graph that is a constant, or an input twice.
  case input(tensor: String)
  case duplicateName(kind: String, name: String)
  /// Every operation writes exactly one tensor.
  case outputCount(node: String, found: Int)
  /// A tensor that is written although it is a constant, an input, or written before.
  case writtenTwice(tensor: String, node: String)
  /// A node reads a tensor that nothing before it writes.
  case readBeforeWritten(tensor: String, node: String)
  case parameterNotConstant(tensor: String, node: String)
  case shape(node: String, ShapeError)
  /// A node's output does not have the shape that its operation gives.
  case outputShape(node: String, found: [Int], expected: [Int])
  /// A result of the network that no node writes.
  case outputNeverWritten(output: String, tensor: String)
  /// An output's level is not of the tree, or it does not score as many labels as the level has.
  case level(output: String, found: String, expected: String)
  /// Two outputs claim to decide one level.
  case decidesTwice(output: String, level: Int)
  /// A golden's answer does not fit the outputs.
  case golden(name: String, found: String, expected: String)
  /// Only a source graph holds its constants in a form that can be worked on.
  case notSource

  /// The error in words.
  package var message: String {
    switch self {
    case .noSuchTensor(let place, let index, let count):
      "\(place) names tensor \(index), but the graph has \(counted(count, "tensor"))"
    case .extent(let tensor, let shape):
      "tensor '\(tensor)' has shape \(describe(shape)), expected 1 or more along every axis and a countable size"
    case .constant(let tensor, let found, let expected):
      "constant '\(tensor)' holds \(found), expected \(expected)"
    case .input(let tensor):
      "input '\(tensor)' is a constant or listed twice, expected a value that comes from outside"
    case .duplicateName(let kind, let name):
      "two \(kind)s are named '\(name)', expected a name for each"
    case .outputCount(let node, let found):
      "node '\(node)' writes \(counted(found, "tensor")), expected 1"
    case .writtenTwice(let tensor, let node):
      "node '\(node)' writes tensor '\(tensor)', which is a constant, an input or already written"
    case .readBeforeWritten(let tensor, let node):
      "node '\(node)' reads tensor '\(tensor)', which no node before it writes"
    case .parameterNotConstant(let tensor, let node):
      "node '\(node)' has the parameter '\(tensor)', which is not a constant"
    case .shape(let node, let error):
      "node '\(node)' \(error.message)"
    case .outputShape(let node, let found, let expected):
      "node '\(node)' writes a tensor of shape \(describe(found)), expected \(describe(expected))"
    case .outputNeverWritten(let output, let tensor):
      "output '\(output)' is tensor '\(tensor)', which no node writes"
    case .level(let output, let found, let expected):
      "output '\(output)' has \(found), expected \(expected)"
    case .decidesTwice(let output, let level):
      "output '\(output)' decides level \(level), which another output decides already"
    case .golden(let name, let found, let expected):
      "golden '\(name)' has \(found), expected \(expected)"
    case .notSource:
      "the file holds a compiled graph, expected a float graph as the trainer exports it"
    }
  }
}
