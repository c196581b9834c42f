import HRNFormat

/// What is wrong with a checkpoint whose bytes are in order.
package enum CheckpointError: Error, Equatable, Sendable {
  /// A tar archive, as PyTorch wrote it before 0.1.10.
  case tar
  /// A pickle that torch.save did not write.
  case barePickle
  /// What torch.jit.save writes.
  case torchScript
  /// An archive without the entry that describes the tensors.
  case noDescription
  case severalDescriptions(String, String)
  /// Numbers are stored with their most significant byte first, or in another order that is named.
  case byteOrder(String)
  /// The list of storages of a stream of pickles is none, or names a storage that no tensor uses.
  case storageList
  /// The stream's own description is not that of torch.save.
  case preamble
  case storageMissing(String)
  /// In bytes.
  case storageSize(String, found: Int, expected: Int)
  case trailing(offset: Int)

  /// No dictionary of tensors and no module, but this.
  case noTensors(found: String)
  /// Several dictionaries of tensors, none of them under a customary name.
  case several([String])
  case keyTwice(String)
  /// A tensor under a key that is no text.
  case keyKind(String)
  /// Something else stands among modules.
  case notAModule(found: String)
  /// A module that lacks a state, or whose parts are not those of a module.
  case module(String, lacks: String)
  case modulesTooDeep(limit: Int)
  case tooMany(String, limit: Int)
  case name(String)
  case nameTwice(String)
  /// Tensors that together show more bytes than a multiple of the file: views of the same bytes again and again.
  case views(bytes: Int, fileBytes: Int)

  var message: String {
    switch self {
    case .tar:
      "is a tar archive, as PyTorch wrote it before 0.1.10\n  load and save it once with a newer PyTorch"
    case .barePickle:
      "is a Python pickle that torch.save did not write\n  save the network with torch.save or safetensors"
    case .torchScript:
      "is a TorchScript program, expected a checkpoint\n  save the module's tensors: torch.save(model.state_dict(), FILE)"
    case .noDescription: "is a zip archive without data.pkl, expected one that torch.save wrote"
    case .severalDescriptions(let first, let second):
      "holds '\(first.printable)' and '\(second.printable)', expected one data.pkl"
    case .byteOrder(let order):
      "stores its numbers in the byte order '\(order.printable)', expected 'little'\n  save it on a little-endian machine"
    case .storageList: "the list of storages does not name each storage of the tensors once"
    case .preamble: "does not describe itself as torch.save does; the file is damaged"
    case .storageMissing(let key): "storage '\(key.printable)' of a tensor is not in the file"
    case .storageSize(let key, let found, let expected):
      "storage '\(key.printable)' takes \(counted(found, "byte")), its tensors need \(expected); the file is damaged"
    case .trailing(let offset): "byte \(offset): more follows after the last storage; the file is damaged"
    case .noTensors(let found):
      "holds \(found.printable), expected tensors by name: a state dict, alone or within a dictionary, or a module\n"
        + "  save the network with: torch.save(model.state_dict(), FILE)"
    case .several(let keys):
      "holds several sets of tensors: \(keys.prefix(8).map { "'\($0.printable)'" }.joined(separator: ", "))\n"
        + "  save the one that is meant under 'state_dict', or alone"
    case .keyTwice(let key): "a dictionary holds the key '\(key.printable)' twice"
    case .keyKind(let kind): "a tensor is kept under \(kind.printable), expected a name"
    case .notAModule(let found): "found \(found.printable) among the modules, expected a module"
    case .module(let name, let part): "an instance of '\(name.printable)' has no \(part), expected those of a module"
    case .modulesTooDeep(let limit): "modules lie within each other more than \(limit) deep"
    case .tooMany(let what, let limit): "holds more than \(limit) \(what)"
    case .name(let name):
      "the tensor name '\(name.printable)' is empty, longer than \(Limits.nameBytes) bytes, or holds control characters"
    case .nameTwice(let name): "two tensors are named '\(name.printable)'"
    case .views(let bytes, let fileBytes):
      "its tensors show \(bytes) bytes in all, but the file has \(fileBytes): they share storages beyond measure"
    }
  }
}
