import HRNFormat
import HRNGraph

/// Networks made up from a seed, to be measured: of the shapes of real ones, with weights and statistics under which
/// every activation keeps a range like a trained network's. What they answer means nothing.
///
/// A network is a function of its name, size and seed: the same numbers on every machine.
package enum SyntheticNetwork: String, CaseIterable, Sendable {
  /// The published network: CUB-200-2011's three levels over ResNet-50.
  case resnet50HRN = "resnet50-hrn"
  case resnet18HRN = "resnet18-hrn"
  case resnet50 = "resnet50"
  case resnet18 = "resnet18"
  case resnext50 = "resnext50"
  case efficientNetLite0 = "efficientnet-lite0"

  /// The smallest image, below which the last maps are mere padding.
  package static let leastSize = 32

  /// Labels of the networks with one level.
  private static let classes = 1000
  /// Numbers of labels of the tree of the networks with several.
  private static let benchmark = [13, 38, 200]
  /// Sides of the pictures that statistics are taken from are no larger.
  private static let settlingSize = 96
  private static let settlingPictures = 4

  /// The network for square images of this side.
  ///
  /// - Throws: `ImportError` where the shapes do not fit, which is a defect.
  package func model(size: Int, seed: UInt64 = 1) throws(ImportError) -> TrainedModel {
    precondition(size >= Self.leastSize, "an image of \(size) pixels a side is too small")
    let recipe = Self.recipe(size: size)
    let settling = min(size, Self.settlingSize)
    var small = try graph(size: settling)
    let pictures = (0..<Self.settlingPictures).map {
      Self.recipe(size: settling).normalized(SyntheticPicture.pixels(size: settling, seed: seed &+ UInt64($0)))
    }
    do throws(GraphError) { try small.settle(on: pictures, seed: seed) } catch { throw .graph(error) }
    var graph = try graph(size: size)
    graph.constants = small.constants
    graph.recipe = recipe
    do throws(GraphError) { try graph.verify() } catch { throw .graph(error) }
    return TrainedModel(
      graph: graph, format: "synthetic", notes: ["made up: \(rawValue), \(size) x \(size), seed \(seed)"])
  }

  /// The graph without constants.
  func graph(size: Int) throws(ImportError) -> Graph {
    let network = network
    let nothing = TensorIndex(Checkpoint(format: .safetensors, tensors: []))
    var builder = NetworkBuilder(name: rawValue, tensors: nothing, input: [1, network.inputChannels, size, size])
    let tree = tree
    let results = try network.append(to: &builder, tree: tree)
    var graph = builder.graph
    graph.tree = tree
    graph.outputs = results.map { Output($0, tree: tree) }
    return graph
  }

  private var network: any NetworkFamily {
    func resNet(_ name: String) -> ResNet {
      guard let trunk = ResNet(named: name, prefix: "features.") else { preconditionFailure("\(name) is not known") }
      return trunk
    }
    func oneLevel(_ trunk: any Trunk) -> OneLevelNetwork {
      OneLevelNetwork(trunk, classifier: "classifier", count: Self.classes)
    }
    return switch self {
    case .resnet50HRN: HierarchicalResidualNetwork(resNet("ResNet-50"), levelSizes: Self.benchmark)
    case .resnet18HRN: HierarchicalResidualNetwork(resNet("ResNet-18"), levelSizes: Self.benchmark)
    case .resnet50: oneLevel(resNet("ResNet-50"))
    case .resnet18: oneLevel(resNet("ResNet-18"))
    case .resnext50: oneLevel(resNet("ResNeXt-50-32x4d"))
    case .efficientNetLite0: oneLevel(EfficientNetLite(prefix: "features."))
    }
  }

  private var tree: LabelTree {
    switch self {
    case .resnet50HRN, .resnet18HRN:
      guard let benchmark = BenchmarkTrees.find(sizes: Self.benchmark) else {
        preconditionFailure("CUB-200-2011 is a benchmark")
      }
      return benchmark.tree
    case .resnet50, .resnet18, .resnext50, .efficientNetLite0:
      return LabelTree(levels: [
        LabelTree.Level(name: "class", labels: (0..<Self.classes).map { "class \($0)" }, parents: [])
      ])
    }
  }

  /// As the authors of HRN prepare pictures, at any size.
  private static func recipe(size: Int) -> Recipe {
    let whole = (size * 550 + 224) / 448
    return Recipe(
      channels: 3, resize: Recipe.Resize(mode: .squash, width: whole, height: whole),
      crop: Recipe.Size(width: size, height: size), scale: 1 / 255, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5])
  }
}
