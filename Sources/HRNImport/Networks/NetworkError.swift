import HRNFormat

/// What is wrong with one tensor of a checkpoint, for the network that it is taken for.
package enum TensorFault: Equatable, Sendable {
  case missing(String, expected: [Int])
  case shape(String, found: [Int], expected: [Int])
  case elementType(String, found: String)
  case notFinite(String, index: Int, value: Float)
  case unused(String, shape: [Int])

  var message: String {
    switch self {
    case .missing(let name, let expected): "'\(name)' is missing, expected \(describe(expected))"
    case .shape(let name, let found, let expected):
      "'\(name)' has shape \(describe(found)), expected \(describe(expected))"
    case .elementType(let name, let found): "'\(name)' holds \(found), expected floating-point numbers"
    case .notFinite(let name, let index, let value): "'\(name)' holds \(value) at \(index), expected finite numbers"
    case .unused(let name, let shape): "'\(name)' \(describe(shape)) has no place in this network"
    }
  }

  /// What to do about faults of this kind.
  fileprivate var advice: String? {
    switch self {
    case .missing(let name, _) where name.hasSuffix(".running_mean") || name.hasSuffix(".running_var"):
      "batch norms without running statistics cannot be evaluated; train with track_running_stats, or save the buffers"
    case .notFinite: "was training cut short or diverging?"
    case .missing, .shape, .elementType: "was the whole model saved, and is it this network?"
    case .unused: "a network that ignores trained weights would answer differently, so they are not dropped"
    }
  }
}

/// Why a checkpoint's tensors do not make a network.
package enum NetworkError: Error, Equatable, Sendable {
  /// Names that no family of networks has.
  case unknown(tensors: [String])
  /// The network is one of ours, but its tensors are not as they must be.
  case tensors(network: String, [TensorFault])
  /// The saved module contradicts the network that its tensors are of.
  case modules(network: String, [ModuleFault])
  /// A node that the image's size does not suit.
  case shape(node: String, ShapeError)
  /// The network reads images of any size, and nothing says which.
  case noSize(network: String)
  /// The network reads images with another number of channels than the recipe makes.
  case channels(network: String, found: Int, expected: Int)
  /// The label tree is of another network.
  case labels(network: String, tree: String, found: [Int], expected: ScoredLabels)
  /// The network's answers depend on the tree, and there is none.
  case needsTree(network: String)
  /// An output that no level of the label tree fits, or a second one of its kind.
  case outputLabels(output: String, scores: [Int], found: [Int])

  package var message: String {
    switch self {
    case .unknown(let tensors):
      "its \(counted(tensors.count, "tensor")) are of no network that is known here"
        + (tensors.isEmpty ? "" : ": \(Self.list(tensors))")
        + "\n  known are \(NetworkFamilies.names.joined(separator: ", "))"
        + "\n  look inside with hrn-compile inspect, or export the model to ONNX"
    case .tensors(let network, let faults): Self.words(network, faults.map(\.message), faults.compactMap(\.advice))
    case .modules(let network, let faults):
      Self.words(
        network, faults.map(\.message),
        ["what forward() does is not in the file, so only the expected modules are read"])
    case .shape(let node, let error):
      "node '\(node)' \(error.message)\n  is the image large enough? its size is that of the recipe, or of --size"
    case .noSize(let network):
      "is \(network), which reads images of any size, and nothing says of which"
        + "\n  give the recipe with --recipe FILE, or the size alone with --size HEIGHTxWIDTH"
    case .channels(let network, let found, let expected):
      "is \(network), which reads images of \(counted(expected, "channel")); the recipe makes \(found)"
    case .labels(let network, let tree, let found, let expected):
      "is \(network) and scores \(expected.words); \(tree) has \(found.map(String.init).joined(separator: "/"))"
        + "\n  give this network's labels with --labels FILE"
    case .needsTree(let network):
      "is \(network), whose answers depend on the label tree, and has none\n  give it with --labels FILE"
    case .outputLabels(let output, let scores, let found):
      "output '\(output)' has shape \(describe(scores)), which no level of the label tree fits that still lacks an output"
        + "; the levels have \(found.map(String.init).joined(separator: "/")) labels"
        + "\n  give this network's labels with --labels FILE"
    }
  }

  /// The faults that a message lists, a line each.
  private static let listed = 20

  private static func words(_ network: String, _ faults: [String], _ advice: [String]) -> String {
    var lines = ["looks like \(network), but \(counted(faults.count, "thing does", plural: "things do")) not fit:"]
    lines += faults.prefix(listed).map { "  " + $0 }
    if faults.count > listed { lines.append("  and \(faults.count - listed) more") }
    var seen = Set<String>()
    lines += advice.filter { seen.insert($0).inserted }.map { "  " + $0 }
    return lines.joined(separator: "\n")
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(4).map { "'\($0)'" }.joined(separator: ", ") + (names.count > 4 ? ", …" : "")
  }
}
