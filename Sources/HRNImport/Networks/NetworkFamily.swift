import HRNFormat

/// Networks of one kind, which differ in depth, width and labels: recognized by their tensors' names and shapes.
protocol NetworkFamily: Sendable {
  /// What a message says is known: `HRN`.
  static var summary: String { get }

  /// Reads off the names and shapes what network it is; nil where they are of another family.
  ///
  /// - Parameter record: What our trainer says about its own file; nil for files of others.
  init?(_ tensors: TensorIndex, record: TrainerRecord?)

  /// Which one it is: `HRN of 3 levels over ResNet-50`.
  var name: String { get }
  /// Decisions that the tensors do not show, for people.
  var notes: [String] { get }
  /// Channels of the image.
  var inputChannels: Int { get }
  var labels: ScoredLabels { get }

  /// Appends the network and answers its results, in the order in which a model lists them.
  ///
  /// - Parameter tree: The labels, which fit; nil where there are none.
  func append(to builder: inout NetworkBuilder, tree: LabelTree?) throws(ImportError) -> [NetworkResult]
}

/// What labels a network scores, as far as its shapes tell.
package enum ScoredLabels: Equatable, Sendable {
  /// So many of each level, coarse first.
  case levels([Int])
  /// So many of the last level, whatever is above.
  case leaves(Int)
  /// So many nodes of all levels side by side: which level they are of, only a tree can say.
  case nodes(Int)

  /// Whether a tree has these labels.
  func fits(_ tree: LabelTree) -> Bool {
    let sizes = tree.levels.map(\.labels.count)
    return switch self {
    case .levels(let expected): sizes == expected
    case .leaves(let count): sizes.last == count
    case .nodes(let count): sizes.reduce(0, +) == count
    }
  }

  /// In words, to follow "scores".
  var words: String {
    switch self {
    case .levels(let sizes):
      sizes.map(String.init).joined(separator: "/") + (sizes.count == 1 ? " labels" : " labels, level by level")
    case .leaves(let count): "\(count) labels of the last level"
    case .nodes(let count): "\(count) labels, those of all levels together"
    }
  }
}

/// A result of a network, before its level has a name.
struct NetworkResult {
  /// What follows the level's name: `softmax`.
  var name: String
  var tensor: Int
  var kind: ScoreKind
  /// Counted from the coarsest.
  var level: Int
  /// Whether its arg-max is the level's label.
  var decides: Bool
}

/// The families that are known, in the order in which they are tried.
enum NetworkFamilies {
  private static let all: [any NetworkFamily.Type] = [
    HierarchicalResidualNetwork.self, LocalPerceptrons.self, GlobalLocalNetwork.self, FineGrainedFeatures.self,
    CoherentPerceptron.self, OneLevelNetwork.self,
  ]

  static var names: [String] { all.map { $0.summary } }

  static func recognize(_ tensors: TensorIndex, record: TrainerRecord?) -> (any NetworkFamily)? {
    for family in all {
      if let network = family.init(tensors, record: record) { return network }
    }
    return nil
  }
}
