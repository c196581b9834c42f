import HRNFormat
import HRNGraph

/// A rewrite that is always correct: the graph after it computes what the graph before it computed.
///
/// A pass looks at one node and answers with a patch or with nothing; it never edits the graph. `run(on:)` applies the
/// patches, verifies after each, and goes on until the pass has nothing more to say.
package protocol Pass: Sendable {
  /// What people call the pass: `--skip-pass`, `--stop-after` and the file's log of passes.
  static var name: String { get }

  /// What it does and when it keeps its hands off, with Given and Result as graph text.
  static var summary: String { get }

  func rewrite(_ node: Node, in graph: Graph) -> Patch?
}

/// Why passes could not be run.
package enum PassError: Error, Equatable, Sendable {
  case unknownPass(String, known: [String])
  /// `--levels` asks for none, or for more levels than the label tree has.
  case levels(found: Int, known: Int)
  /// The graph was not valid before any pass looked at it.
  case graph(GraphError)
  /// A pass made an invalid graph of a valid one: our own defect.
  case broken(pass: String, node: String, GraphError)
  /// A pass that never finds an end: our own defect.
  case endless(pass: String)

  /// The error in words.
  package var message: String {
    switch self {
    case .unknownPass(let name, let known):
      "there is no pass '\(name)', expected one of: \(known.joined(separator: ", "))"
    case .levels(let found, let known):
      known == 0
        ? "--levels \(found) needs a label tree, and the model has none"
        : "--levels is \(found), expected 1 to \(known), the levels of the model's label tree"
    case .graph(let error):
      error.message
    case .broken(let pass, let node, let error):
      "pass '\(pass)' broke the graph at node '\(node)': \(error.message); this is a defect of hrn-compile, "
        + "--skip-pass \(pass) goes around it"
    case .endless(let pass):
      "pass '\(pass)' keeps changing the graph; this is a defect of hrn-compile, --skip-pass \(pass) goes around it"
    }
  }
}

extension Pass {
  package var name: String { Self.name }
  package var summary: String { Self.summary }

  /// Applies the pass wherever it has something to say, until it has nothing more; what it changed is added to the
  /// graph's log of passes.
  package func run(on graph: Graph) throws(PassError) -> Graph {
    var graph = graph
    var changed: [String] = []
    let limit = 1000 + 10 * graph.nodes.count
    var quiet = false
    while !quiet {
      quiet = true
      var position = 0
      while position < graph.nodes.count {
        let node = graph.nodes[position]
        guard let patch = rewrite(node, in: graph) else {
          position += 1
          continue
        }
        guard changed.count < limit else { throw .endless(pass: name) }
        graph = graph.applying(patch)
        do throws(GraphError) { try graph.verify() } catch {
          throw .broken(pass: name, node: node.name, error)
        }
        changed.append(node.name)
        quiet = false
      }
    }
    if !changed.isEmpty { graph.passes.append(PassRecord(name: name, nodes: changed)) }
    return graph
  }
}

extension Graph {
  /// A name that no node has: `name`, or `name.2` and so on where it is taken.
  func freshNodeName(_ name: String) -> String {
    let taken = Set(nodes.map(\.name))
    var number = 1
    var candidate = name
    while taken.contains(candidate) {
      number += 1
      candidate = "\(name).\(number)"
    }
    return candidate
  }
}

/// What a node that stands for several others stands for: all that they stood for, each once, in their order.
func mergedSources(_ nodes: [Node]) -> [String] {
  var seen = Set<String>()
  return nodes.flatMap(\.origins).filter { seen.insert($0).inserted }
}
