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
  /// What was decided in finding the tensors, a line each, for people.
  package var notes: [String]

  package init(
    format: Format, tensors: [Tensor], module: PickledModule? = nil, metadata: [String: String] = [:],
    notes: [String] = []
  ) {
    self.format = format
    self.tensors = tensors
    self.module = module
    self.metadata = metadata
    self.notes = notes
  }

  /// Reads a file of any of the formats, told apart by its bytes.
  ///
  /// - Throws: `ImportError` where it is none of them, or breaks its format's rules.
  package init(_ bytes: ModelBytes) throws(ImportError) {
    switch Kind(recognizing: bytes.bytes) {
    case .zip: self = try PyTorchArchive.read(bytes)
    case .stream: self = try PyTorchStream.read(bytes)
    case .safetensors: self = try SafetensorsFile.read(bytes)
    case .tar: throw .checkpoint(.tar)
    case .pickle: throw .checkpoint(.barePickle)
    case nil: throw .unrecognized
    }
  }

  /// Whether the bytes are laid out as a checkpoint, readable or not.
  package static func recognizes(_ bytes: ModelBytes) -> Bool { Kind(recognizing: bytes.bytes) != nil }

  /// The tensor of a name.
  package subscript(name: String) -> Tensor? { tensors.first { $0.name == name } }
}

extension Checkpoint {
  /// How files are laid out that checkpoints come in.
  private enum Kind {
    case zip
    case stream
    case pickle
    case tar
    case safetensors

    init?(recognizing bytes: UnsafeRawBufferPointer) {
      if ZipArchive.recognizes(bytes) {
        self = .zip
      } else if PyTorchStream.recognizes(bytes) {
        self = .stream
      } else if PyTorchStream.recognizesPickle(bytes) {
        self = .pickle
      } else if SafetensorsFile.recognizes(bytes) {
        self = .safetensors
      } else if bytes.dropFirst(257).starts(with: "ustar".utf8) {
        self = .tar
      } else {
        return nil
      }
    }
  }

  /// Checks what every format has to keep: names that can be told apart and shown, and views that do not multiply the
  /// file's bytes.
  func check(fileBytes: Int) throws(CheckpointError) {
    guard tensors.count <= Limits.tensors else { throw .tooMany("tensors", limit: Limits.tensors) }
    var names: Set<String> = []
    var bytes = 0
    for tensor in tensors {
      let isPlain = tensor.name.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value) }
      guard isPlain, (1...Limits.nameBytes).contains(tensor.name.utf8.count) else { throw .name(tensor.name) }
      guard names.insert(tensor.name).inserted else { throw .nameTwice(tensor.name) }
      // No view has more elements than its storage, and no storage more than the file: no sum of 2^16 overflows.
      bytes += tensor.elementCount * tensor.elementType.byteCount
    }
    guard bytes / Self.sharing <= fileBytes else { throw .views(bytes: bytes, fileBytes: fileBytes) }
  }

  /// Takes off what DataParallel and torch.compile put before every name.
  static func withoutWrappers(_ tensors: [Tensor]) -> [Tensor] {
    var tensors = tensors
    while !tensors.isEmpty,
      let prefix = ["module.", "_orig_mod."].first(where: { prefix in tensors.allSatisfy { $0.name.hasPrefix(prefix) } }
      )
    {
      for index in tensors.indices { tensors[index].name.removeFirst(prefix.count) }
    }
    return tensors
  }

  /// How many times the bytes of a file its tensors may show, as views of the same storages.
  private static let sharing = 4
}
