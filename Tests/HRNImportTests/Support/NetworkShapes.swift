@testable import HRNImport
import HRNFormat

/// Names and shapes of a network's tensors as PyTorch's state dicts list them, written down apart from what is tested.
struct NetworkShapes {
  var tensors: [(name: String, shape: [Int])] = []

  mutating func add(_ name: String, _ shape: Int...) { tensors.append((name, shape)) }

  mutating func batchNorm(_ name: String, _ channels: Int) {
    for part in ["weight", "bias", "running_mean", "running_var"] { add("\(name).\(part)", channels) }
    tensors.append((name + ".num_batches_tracked", []))
  }

  mutating func linear(_ name: String, _ inputs: Int, _ outputs: Int) {
    add(name + ".weight", outputs, inputs)
    add(name + ".bias", outputs)
  }

  /// A ResNet's trunk with torchvision's names, or as a Sequential of its children; answers its channels.
  mutating func resNet(
    _ prefix: String, numbered: Bool, blocks: [Int], bottleneck: Bool, groups: Int = 1, groupWidth: Int = 64,
    width: Int = 64, stem: Int = 7, channels: Int = 3
  ) -> Int {
    add(prefix + (numbered ? "0" : "conv1") + ".weight", width, channels, stem, stem)
    batchNorm(prefix + (numbered ? "1" : "bn1"), width)
    var inputs = width
    for (stage, count) in blocks.enumerated() {
      let planes = width << stage
      let outputs = bottleneck ? planes * 4 : planes
      let middle = bottleneck ? planes * groupWidth / 64 * groups : planes
      for index in 0..<count {
        let name = prefix + (numbered ? "\(stage + 4)" : "layer\(stage + 1)") + ".\(index)"
        if bottleneck {
          add(name + ".conv1.weight", middle, inputs, 1, 1)
          batchNorm(name + ".bn1", middle)
          add(name + ".conv2.weight", middle, middle / groups, 3, 3)
          batchNorm(name + ".bn2", middle)
          add(name + ".conv3.weight", outputs, middle, 1, 1)
          batchNorm(name + ".bn3", outputs)
        } else {
          add(name + ".conv1.weight", planes, inputs, 3, 3)
          batchNorm(name + ".bn1", planes)
          add(name + ".conv2.weight", planes, planes, 3, 3)
          batchNorm(name + ".bn2", planes)
        }
        if index == 0, stage > 0 || inputs != outputs {
          add(name + ".downsample.0.weight", outputs, inputs, 1, 1)
          batchNorm(name + ".downsample.1", outputs)
        }
        inputs = outputs
      }
    }
    return inputs
  }

  /// EfficientNet-Lite0 as the package efficientnet_lite_pytorch names it; answers its channels.
  mutating func lite0(_ prefix: String) -> Int {
    add(prefix + "_conv_stem.weight", 32, 3, 3, 3)
    batchNorm(prefix + "_bn0", 32)
    let stages = [
      (1, 3, 1, 16), (2, 3, 6, 24), (2, 5, 6, 40), (3, 3, 6, 80), (3, 5, 6, 112), (4, 5, 6, 192), (1, 3, 6, 320),
    ]
    var (inputs, index) = (32, 0)
    for (count, kernel, expansion, outputs) in stages {
      for _ in 0..<count {
        let name = "\(prefix)_blocks.\(index)."
        let middle = inputs * expansion
        if expansion > 1 {
          add(name + "_expand_conv.weight", middle, inputs, 1, 1)
          batchNorm(name + "_bn0", middle)
        }
        add(name + "_depthwise_conv.weight", middle, 1, kernel, kernel)
        batchNorm(name + "_bn1", middle)
        add(name + "_project_conv.weight", outputs, middle, 1, 1)
        batchNorm(name + "_bn2", outputs)
        (inputs, index) = (outputs, index + 1)
      }
    }
    add(prefix + "_conv_head.weight", 1280, 320, 1, 1)
    batchNorm(prefix + "_bn1", 1280)
    return 1280
  }

  /// What HRN puts on a trunk of these channels.
  mutating func hrnHeads(channels: Int, levels: [Int], features: Int = 1024, embedding: Int = 512) {
    for k in 1...levels.count {
      add("conv_block\(k).0.conv.weight", features, channels, 1, 1)
      batchNorm("conv_block\(k).0.bn", features)
      add("conv_block\(k).1.conv.weight", channels, features, 3, 3)
      batchNorm("conv_block\(k).1.bn", channels)
      batchNorm("fc\(k).0", channels)
      linear("fc\(k).1", channels, features)
      batchNorm("fc\(k).2", features)
      linear("fc\(k).4", features, embedding)
      linear("classifier_\(k).0", embedding, levels[k - 1])
    }
    linear("classifier_\(levels.count)_1.0", embedding, levels[levels.count - 1])
  }

  /// A checkpoint whose tensors all repeat one number, so that networks of any size cost nothing.
  func checkpoint(module: PickledModule? = nil) -> Checkpoint {
    let (one, count) = (ModelBytes(copying: [0, 0, 0x80, 0x3F]), ModelBytes(copying: [UInt8](repeating: 0, count: 8)))
    let tensors = tensors.map { tensor in
      Checkpoint.Tensor(
        name: tensor.name, elementType: tensor.shape.isEmpty ? .int64 : .float32, shape: tensor.shape,
        bytes: tensor.shape.isEmpty ? count : one, offset: 0,
        strides: [Int](repeating: 0, count: tensor.shape.count))
    }
    return Checkpoint(format: .pytorch, tensors: tensors, module: module)
  }
}
