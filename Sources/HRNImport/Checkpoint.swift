import HRNFormat

/// What a checkpoint holds: named tensors, and the module they were saved in where there is one. No byte of it is
/// executed; elements are read when they are asked for.
package struct Checkpoint: Sendable {
  package enum Format: Sendable, CaseIterable {
    /// The zip archive of PyTorch 1.6 and later.
    case pytorch
    /// The stream of pickles of earlier versions.
    case pytorchLegacy
    case safetensors

    /// As provenance states it.
    package var name: String {
      switch self {
      case .pytorch: "pytorch"
      case .pytorchLegacy: "pytorch-legacy"
      case .safetensors: "safetensors"
      }
    }
  }

  package var format: Format
  /// In the order of the file: the state dict, wherever in the file it was, without the prefixes of DataParallel and
  /// torch.compile.
  package var tensors: [Tensor]
  /// The module, where a whole one was saved.
  package var module: PickledModule?
  /// Text beside the tensors: safetensors' `__metadata__`, or the plain texts of a training state.
  package var metadata: [String: String]

  package init(
    format: Format, tensors: [Tensor], module: PickledModule? = nil, metadata: [String: String] = [:]
  ) {
    self.format = format
    self.tensors = tensors
    self.module = module
    self.metadata = metadata
  }

  /// Reads a file of any of the formats, told apart by its bytes.
  ///
  /// - Throws: `ImportError` where it is none of them, or breaks its format's rules.
  package init(_ bytes: ModelBytes) throws(ImportError) {
    throw .unrecognized
  }

  /// The tensor of a name.
  package subscript(name: String) -> Tensor? { tensors.first { $0.name == name } }
}
