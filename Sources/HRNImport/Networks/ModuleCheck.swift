import HRNFormat

/// A setting of a saved module that is not the network's.
package struct ModuleFault: Equatable, Sendable {
  /// Names from the root on, with dots.
  var path: String
  var found: String
  var expected: String

  var message: String { "module '\(path)' \(found), expected \(expected)" }
}

/// Compares a whole module, as it was saved, with the network built from its tensors: what the tensors do not show
/// (strides, padding, ε) must be what the network takes it for.
enum ModuleCheck {
  /// - Throws: `network(.modules)` with everything that contradicts.
  static func run(
    _ module: PickledModule, _ expectations: [ModuleExpectation], _ network: String
  ) throws(ImportError) {
    var root = module
    // DataParallel and torch.compile hold the network as their only module.
    while root.children.count == 1, ["module", "_orig_mod"].contains(root.children[0].name) {
      root = root.children[0].module
    }
    let faults = expectations.flatMap { check($0, in: root) }
    guard faults.isEmpty else { throw .network(.modules(network: network, faults)) }
  }

  private static func check(_ expectation: ModuleExpectation, in root: PickledModule) -> [ModuleFault] {
    func fault(_ found: String, _ expected: String) -> ModuleFault {
      ModuleFault(path: expectation.path, found: found, expected: expected)
    }
    guard let module = find(expectation.path, in: root) else { return [fault("is missing", expectation.className)] }
    guard module.className.hasSuffix("." + expectation.className) else {
      return [fault("is a \(module.className.printable)", "a \(expectation.className)")]
    }
    return expectation.attributes.compactMap { name, expected in
      guard let value = module[name] else { return nil }
      return expected.matches(value) ? nil : fault("has \(name) \(value.words)", expected.words)
    }
  }

  /// The module at the end of a path.
  private static func find(_ path: String, in root: PickledModule) -> PickledModule? {
    var module = root
    for name in path.split(separator: ".") {
      guard let child = module.children.first(where: { $0.name == name }) else { return nil }
      module = child.module
    }
    return module
  }
}

extension ModuleExpectation {
  /// What an attribute must be.
  enum Attribute {
    case integer(Int)
    case number(Float)
    case flag(Bool)
    case text(String)
    /// One number for both axes, or two.
    case extents(y: Int, x: Int)

    func matches(_ value: PickledModule.Value) -> Bool {
      switch (self, value) {
      case (.integer(let expected), .integer(let found)): found == expected
      case (.number(let expected), .number(let found)): Float(found) == expected
      case (.number(let expected), .integer(let found)): Float(found) == expected
      case (.flag(let expected), .bool(let found)): found == expected
      case (.text(let expected), .text(let found)): found == expected
      case (.extents(let y, let x), .integer(let found)): found == y && found == x
      case (.extents(let y, let x), .list(let found)): found == [.integer(y), .integer(x)]
      default: false
      }
    }

    var words: String {
      switch self {
      case .integer(let value): "\(value)"
      case .number(let value): "\(value)"
      case .flag(let value): value ? "True" : "False"
      case .text(let text): "'\(text)'"
      case .extents(let y, let x): "(\(y), \(x))"
      }
    }
  }

  /// Of torch.nn.
  var className: String {
    switch kind {
    case .convolution: "Conv2d"
    case .batchNorm(_, _, let isOfMap): isOfMap ? "BatchNorm2d" : "BatchNorm1d"
    case .linear: "Linear"
    case .maxPool: "MaxPool2d"
    case .activation(.relu): "ReLU"
    case .activation(.elu): "ELU"
    case .activation(.sigmoid): "Sigmoid"
    case .activation(let other): other.name
    }
  }

  /// Those that decide what a module computes. One that a version of PyTorch does not write is not there.
  var attributes: [(String, Attribute)] {
    switch kind {
    case .convolution(let convolution, let weights, let statesPadding):
      var attributes: [(String, Attribute)] = [
        ("kernel_size", .extents(y: weights[2], x: weights[3])),
        ("stride", .extents(y: convolution.stride.y, x: convolution.stride.x)),
        ("dilation", .extents(y: convolution.dilation.y, x: convolution.dilation.x)),
        ("groups", .integer(convolution.groups)), ("padding_mode", .text("zeros")), ("transposed", .flag(false)),
      ]
      if statesPadding {
        attributes.append(("padding", .extents(y: convolution.padding.top, x: convolution.padding.left)))
      }
      return attributes
    case .batchNorm(let channels, let epsilon, _):
      return [
        ("num_features", .integer(channels)), ("eps", .number(epsilon)), ("affine", .flag(true)),
        ("track_running_stats", .flag(true)),
      ]
    case .linear(let inputs, let outputs):
      return [("in_features", .integer(inputs)), ("out_features", .integer(outputs))]
    case .maxPool(let kernel, let stride, let padding):
      return [
        ("kernel_size", .extents(y: kernel, x: kernel)), ("stride", .extents(y: stride, x: stride)),
        ("padding", .extents(y: padding, x: padding)), ("dilation", .extents(y: 1, x: 1)), ("ceil_mode", .flag(false)),
        ("return_indices", .flag(false)),
      ]
    case .activation(.elu(let alpha)): return [("alpha", .number(alpha))]
    case .activation: return []
    }
  }
}

extension PickledModule.Value {
  /// As Python writes it.
  fileprivate var words: String {
    switch self {
    case .none: "None"
    case .bool(let value): value ? "True" : "False"
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .text(let text): "'\(text.printable)'"
    case .list(let values): "(" + values.prefix(8).map(\.words).joined(separator: ", ") + ")"
    }
  }
}
