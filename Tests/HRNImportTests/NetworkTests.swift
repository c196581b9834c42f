import HRNFormat
import HRNGraph
import Testing

@testable import HRNImport

/// Networks recognized from names and shapes alone.
@Suite struct NetworkTests {
  struct Trunk: CustomTestStringConvertible, Sendable {
    var name: String
    var blocks: [Int]
    var bottleneck = true
    var groups = 1
    var groupWidth = 64
    var width = 64
    var stem = 7
    var testDescription: String { name }
  }

  static let trunks = [
    Trunk(name: "ResNet-18", blocks: [2, 2, 2, 2], bottleneck: false),
    Trunk(name: "ResNet-34", blocks: [3, 4, 6, 3], bottleneck: false),
    Trunk(name: "ResNet-50", blocks: [3, 4, 6, 3]), Trunk(name: "ResNet-101", blocks: [3, 4, 23, 3]),
    Trunk(name: "ResNet-152", blocks: [3, 8, 36, 3]),
    Trunk(name: "ResNeXt-50-32x4d", blocks: [3, 4, 6, 3], groups: 32, groupWidth: 4),
    Trunk(name: "ResNeXt-101-32x8d", blocks: [3, 4, 23, 3], groups: 32, groupWidth: 8),
    Trunk(name: "Wide ResNet-50-2", blocks: [3, 4, 6, 3], groupWidth: 128),
    Trunk(
      name: "a ResNet of 1-2 basic blocks, 12 channels wide", blocks: [1, 2], bottleneck: false, width: 12, stem: 3),
  ]

  private static func shapes(_ trunk: Trunk, _ prefix: String, numbered: Bool) -> (NetworkShapes, channels: Int) {
    var shapes = NetworkShapes()
    let channels = shapes.resNet(
      prefix, numbered: numbered, blocks: trunk.blocks, bottleneck: trunk.bottleneck, groups: trunk.groups,
      groupWidth: trunk.groupWidth, width: trunk.width, stem: trunk.stem)
    return (shapes, channels)
  }

  @Test(arguments: trunks, [[5], [9, 196], [13, 38, 200], [2, 4, 8, 16]])
  func hrnOverEveryTrunkIsRecognizedAndTakesEveryTensor(trunk: Trunk, levels: [Int]) throws {
    var (shapes, channels) = Self.shapes(trunk, "features.", numbered: true)
    shapes.hrnHeads(channels: channels, levels: levels)
    let (network, graph) = try build(shapes)
    #expect(network.name == "HRN of \(counted(levels.count, "level")) over \(trunk.name)")
    #expect(network.labels == .levels(levels))
    #expect(
      graph.nodes.count { if case .add = $0.operation { $0.name.hasPrefix("sum") } else { false } } == levels.count - 1)
  }

  @Test(arguments: trunks)
  func plainResNetHasOneLevel(trunk: Trunk) throws {
    var (shapes, channels) = Self.shapes(trunk, "", numbered: false)
    shapes.linear("fc", channels, 1000)
    let (network, _) = try build(shapes)
    #expect(network.name == "\(trunk.name) with one classifier")
    #expect(network.labels == .leaves(1000))
  }

  @Test func efficientNetLite0IsATrunkAndAOneLevelModel() throws {
    var alone = NetworkShapes()
    alone.linear("_fc", alone.lite0(""), 1000)
    let (network, graph) = try build(alone)
    #expect(network.name == "EfficientNet-Lite0 with one classifier")
    let strided = graph.nodes.compactMap { node -> Convolution? in
      guard case .convolution(let convolution) = node.operation, convolution.stride.y == 2 else { return nil }
      return convolution
    }
    #expect(strided.map(\.padding.top) == [0, 0, 1, 0, 1])
    #expect(strided.map(\.padding.bottom) == [1, 1, 2, 1, 2])
    #expect(strided.map(\.groups) == [1, 96, 144, 240, 672])

    var hrn = NetworkShapes()
    hrn.hrnHeads(channels: hrn.lite0("features."), levels: [3, 7])
    #expect(try build(hrn).network.name == "HRN of 2 levels over EfficientNet-Lite0")
  }

  @Test func hrnKeepsThePublishedGraph() throws {
    var shapes = NetworkShapes()
    let channels = shapes.resNet("features.", numbered: true, blocks: [1], bottleneck: false, width: 4, stem: 3)
    shapes.hrnHeads(channels: channels, levels: [2, 3], features: 5, embedding: 6)
    let (_, graph) = try build(shapes, size: 8)
    let heads = graph.nodes.drop { !$0.name.hasPrefix("conv_block1") }
    #expect(
      heads.map(\.name) == [
        "conv_block1.0.conv", "conv_block1.0.bn", "conv_block1.0.relu", "conv_block1.1.conv", "conv_block1.1.bn",
        "conv_block1.1.relu", "pool1", "flatten1", "fc1.0", "fc1.1", "fc1.2", "fc1.3", "fc1.4", "relu1",
        "classifier_1.0", "classifier_1.1", "conv_block2.0.conv", "conv_block2.0.bn", "conv_block2.0.relu",
        "conv_block2.1.conv", "conv_block2.1.bn", "conv_block2.1.relu", "pool2", "flatten2", "fc2.0", "fc2.1", "fc2.2",
        "fc2.3", "fc2.4", "sum2", "relu2", "classifier_2.0", "classifier_2.1", "classifier_2_1.0", "softmax",
      ])
  }

  // MARK: What does not fit

  @Test func oneMessageListsEverythingThatDoesNotFit() throws {
    var shapes = small()
    shapes.tensors.removeAll { $0.name == "fc1.4.bias" || $0.name == "features.1.running_var" }
    shapes.tensors[shapes.tensors.firstIndex { $0.name == "conv_block2.1.conv.weight" }!].shape = [4, 5, 1, 1]
    shapes.add("extra.weight", 3)
    let error = try #require(fault(shapes))
    #expect(
      error.message == """
        looks like HRN of 2 levels over a ResNet of 1 basic blocks, 4 channels wide, but 4 things do not fit:
          'features.1.running_var' is missing, expected [4]
          'fc1.4.bias' is missing, expected [6]
          'conv_block2.1.conv.weight' has shape [4, 5, 1, 1], expected [4, 5, 3, 3]
          'extra.weight' [3] has no place in this network
          batch norms without running statistics cannot be evaluated; train with track_running_stats, or save the buffers
          was the whole model saved, and is it this network?
          a network that ignores trained weights would answer differently, so they are not dropped
        """)
  }

  @Test func weightsThatAreNotFiniteAreListed() throws {
    var checkpoint = small().checkpoint()
    let index = try #require(checkpoint.tensors.firstIndex { $0.name == "fc2.1.bias" })
    checkpoint.tensors[index] = Checkpoint.Tensor(name: "fc2.1.bias", shape: [5], values: [0, 1, .nan, 0, 0])
    let error = try #require(importing(checkpoint))
    #expect(error.message.contains("'fc2.1.bias' holds nan at 2"))
  }

  @Test func countersMayBeMissingAndOtherTensorsMayNot() throws {
    var shapes = small()
    shapes.tensors.removeAll { $0.name.hasSuffix("num_batches_tracked") }
    #expect(fault(shapes) == nil)
  }

  @Test func squeezeAndExcitationIsNotIgnored() throws {
    var shapes = NetworkShapes()
    shapes.linear("_fc", shapes.lite0(""), 10)
    shapes.add("_blocks.0._se_reduce.weight", 8, 32, 1, 1)
    #expect(try #require(fault(shapes)).message.contains("'_blocks.0._se_reduce.weight' [8, 32, 1, 1] has no place"))
  }

  @Test func unknownNamesAreNamed() throws {
    var shapes = NetworkShapes()
    shapes.add("encoder.layer.0.weight", 4, 4)
    let error = try #require(importing(shapes.checkpoint()))
    #expect(error.message.contains("'encoder.layer.0.weight'"))
    #expect(error.message.contains("known are HRN"))
  }

  @Test(arguments: [1 << 40, 1 << 62, Int.max])
  func absurdWidthsAreRefused(width: Int) throws {
    var shapes = NetworkShapes()
    shapes.add("conv1.weight", width, 3, 7, 7)
    shapes.add("layer1.0.conv1.weight", width, width, 3, 3)
    shapes.add("fc.weight", 10, width)
    #expect(importing(shapes.checkpoint()) != nil)
  }

  @Test func sizeIsAskedForAndNotGuessed() throws {
    let error = try #require(importing(small().checkpoint(), ImportOptions()))
    #expect(error.message.contains("--size"))
  }

  // MARK: Modules

  @Test func savedModulesMustAgreeWithTheGraph() throws {
    func module(stride: PickledModule.Value, eps: Double) -> PickledModule {
      let convolution = PickledModule(
        className: "torch.nn.modules.conv.Conv2d",
        attributes: [("stride", stride), ("padding", .list([.integer(1), .integer(1)]))])
      let norm = PickledModule(className: "torch.nn.modules.batchnorm.BatchNorm2d", attributes: [("eps", .number(eps))])
      return PickledModule(className: "net.Net", children: [("0", convolution), ("1", norm)])
    }
    let one = PickledModule.Value.list([.integer(1), .integer(1)])
    let expectations = [
      ModuleExpectation(
        path: "0", kind: .convolution(Convolution(padding: Padding(1)), weights: [4, 3, 3, 3], statesPadding: true)),
      ModuleExpectation(path: "1", kind: .batchNorm(channels: 4, epsilon: 1e-5, isOfMap: true)),
    ]
    try ModuleCheck.run(module(stride: one, eps: 1e-5), expectations, "N")
    let faults = [
      ModuleFault(path: "0", found: "has stride (2, 2)", expected: "(1, 1)"),
      ModuleFault(path: "1", found: "has eps 0.001", expected: "1e-05"),
    ]
    #expect(throws: ImportError.network(.modules(network: "N", faults))) {
      try ModuleCheck.run(module(stride: .list([.integer(2), .integer(2)]), eps: 1e-3), expectations, "N")
    }
    #expect(throws: ImportError.self) { try ModuleCheck.run(PickledModule(className: "x.Y"), expectations, "N") }
  }

  // MARK: Parts

  /// An HRN of two levels, tiny.
  private func small() -> NetworkShapes {
    var shapes = NetworkShapes()
    let channels = shapes.resNet("features.", numbered: true, blocks: [1], bottleneck: false, width: 4, stem: 3)
    shapes.hrnHeads(channels: channels, levels: [2, 3], features: 5, embedding: 6)
    return shapes
  }

  /// Recognizes the network and builds its graph, without elements.
  private func build(
    _ shapes: NetworkShapes, size: Int = 64
  ) throws(ImportError) -> (network: any NetworkFamily, graph: Graph) {
    let recognized = try RecognizedCheckpoint(shapes.checkpoint())
    let network = recognized.network
    var builder = NetworkBuilder(
      name: network.name, tensors: recognized.tensors, input: [1, network.inputChannels, size, size])
    _ = try network.append(to: &builder, tree: nil)
    try builder.check(network.name)
    return (network, builder.graph)
  }

  private func fault(_ shapes: NetworkShapes) -> ImportError? {
    do throws(ImportError) {
      _ = try build(shapes)
      return nil
    } catch {
      return error
    }
  }

  private func importing(_ checkpoint: Checkpoint, _ options: ImportOptions = ImportOptions(size: (32, 32)))
    -> ImportError?
  {
    do throws(ImportError) {
      _ = try TrainedModel(checkpoint, options)
      return nil
    } catch {
      return error
    }
  }
}
