/// A name that a pickle refers to, and the one thing that may be done with it.
///
/// The list is closed. Names of `torch` and of Python's builtins are known or refused. Any other name may only be the
/// class of a saved module: made without arguments and then given a state with parameters, buffers and modules. It stays
/// a name: nothing is imported, and nothing can be called through it.
struct PickleGlobal: Equatable {
  enum Use: Equatable {
    /// `OrderedDict()`, or of pairs; a dictionary.
    case orderedDictionary
    /// `defaultdict(factory)`; a dictionary.
    case defaultDictionary
    /// `Counter(dictionary)`; the dictionary.
    case counter
    /// `set(list)`.
    case set
    /// `torch.Size(tuple)`; the tuple.
    case size
    /// `torch.device(text)`; text.
    case device
    case rebuildTensor
    case rebuildParameter
    /// Called without arguments for something that no file needs: nothing.
    case nothing
    /// The class of a storage.
    case storage(StoredType)
    /// A value by itself, such as `torch.float32` or `int`: never called.
    case constant
    /// A class whose instances hold plain attributes.
    case namespace
    /// A layer of PyTorch.
    case layer
    /// A class that is not PyTorch's; refused unless the pickle shows that it is a module's.
    case foreign
  }

  /// With its module: `torch.nn.modules.conv.Conv2d`.
  let name: String
  let use: Use
  /// Where the pickle names it first.
  let offset: Int
  /// Whether a foreign class was seen to be a module's.
  var isModule = false

  /// - Returns: nil for a name that is refused wherever it stands.
  init?(module: String, name: String, offset: Int) {
    // Python 2, and every pickle of protocol 2, spell the builtins this way.
    let module = module == "__builtin__" ? "builtins" : module
    guard let use = Self.use(module: module, name: name) else { return nil }
    self.name = "\(module).\(name)"
    self.use = use
    self.offset = offset
  }

  private static func use(module: String, name: String) -> Use? {
    if let use = known["\(module).\(name)"] { return use }
    if module == "torch", let type = storageTypes[name] { return .storage(type) }
    if module == "torch", elementTypes.contains(name) { return .constant }
    if layers[module]?.contains(name) == true { return .layer }
    let isClosed = module == "builtins" || module == "torch" || module.hasPrefix("torch.")
    return !isClosed && isClassName(module) && isClassName(name) ? .foreign : nil
  }

  /// Words of letters, digits and underscores with dots between; what stands in a function, `f.<locals>.C`, included.
  private static func isClassName(_ text: String) -> Bool {
    !text.isEmpty
      && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
        part == "<locals>"
          || part.first.map { $0.isLetter || $0 == "_" } == true
            && part.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
      }
  }

  private static let known: [String: Use] = [
    "collections.OrderedDict": .orderedDictionary,
    "collections.defaultdict": .defaultDictionary,
    "collections.Counter": .counter,
    "builtins.set": .set, "builtins.dict": .constant, "builtins.list": .constant, "builtins.int": .constant,
    "builtins.float": .constant, "builtins.bool": .constant, "builtins.str": .constant,
    "argparse.Namespace": .namespace,
    "torch.Size": .size, "torch.device": .device,
    "torch._utils._rebuild_tensor": .rebuildTensor, "torch._utils._rebuild_tensor_v2": .rebuildTensor,
    "torch._utils._rebuild_parameter": .rebuildParameter,
    "torch._utils._rebuild_parameter_with_state": .rebuildParameter,
    // Modules of PyTorch up to 1.3 hold what this returned.
    "torch.nn.backends.thnn._get_thnn_function_backend": .nothing,
  ]

  private static let storageTypes: [String: StoredType] = [
    "DoubleStorage": .float64, "FloatStorage": .float32, "HalfStorage": .float16, "BFloat16Storage": .bfloat16,
    "LongStorage": .int64, "IntStorage": .int32, "ShortStorage": .int16, "CharStorage": .int8, "ByteStorage": .uint8,
    "BoolStorage": .bool,
  ]

  private static let elementTypes: Set<String> = [
    "float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool", "strided",
    "contiguous_format", "channels_last", "preserve_format",
  ]

  /// The layers that may be in a module, by the module that defines them: those of image networks, and of the losses
  /// that people keep beside them.
  private static let layers: [String: Set<String>] = [
    "torch.nn.modules.container": ["Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict"],
    "torch.nn.modules.conv": ["Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"],
    "torch.nn.modules.linear": ["Linear", "Identity", "Bilinear"],
    "torch.nn.modules.batchnorm": ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "SyncBatchNorm"],
    "torch.nn.modules.instancenorm": ["InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"],
    "torch.nn.modules.normalization": ["LocalResponseNorm", "CrossMapLRN2d", "LayerNorm", "GroupNorm"],
    "torch.nn.modules.activation": [
      "ReLU", "ReLU6", "ELU", "SELU", "CELU", "GELU", "SiLU", "Mish", "Sigmoid", "LogSigmoid", "Tanh", "Hardtanh",
      "Hardsigmoid", "Hardswish", "LeakyReLU", "PReLU", "RReLU", "Softplus", "Softsign", "Softmax", "Softmax2d",
      "LogSoftmax", "Threshold", "MultiheadAttention",
    ],
    "torch.nn.modules.pooling": [
      "MaxPool1d", "MaxPool2d", "MaxPool3d", "AvgPool1d", "AvgPool2d", "AvgPool3d", "LPPool1d", "LPPool2d",
      "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d", "AdaptiveMaxPool1d", "AdaptiveMaxPool2d",
      "AdaptiveMaxPool3d",
    ],
    "torch.nn.modules.padding": [
      "ZeroPad2d", "ConstantPad1d", "ConstantPad2d", "ConstantPad3d", "ReflectionPad1d", "ReflectionPad2d",
      "ReplicationPad1d", "ReplicationPad2d",
    ],
    "torch.nn.modules.dropout": ["Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout"],
    "torch.nn.modules.flatten": ["Flatten", "Unflatten"],
    "torch.nn.modules.upsampling": ["Upsample", "UpsamplingNearest2d", "UpsamplingBilinear2d"],
    "torch.nn.modules.pixelshuffle": ["PixelShuffle", "PixelUnshuffle"],
    "torch.nn.modules.sparse": ["Embedding"],
    "torch.nn.modules.distance": ["CosineSimilarity", "PairwiseDistance"],
    "torch.nn.modules.loss": [
      "CrossEntropyLoss", "NLLLoss", "BCELoss", "BCEWithLogitsLoss", "MSELoss", "L1Loss", "SmoothL1Loss", "KLDivLoss",
    ],
    "torch.nn.parallel.data_parallel": ["DataParallel"],
  ]
}
