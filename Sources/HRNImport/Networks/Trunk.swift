import HRNFormat

/// The part of a network that turns an image into a feature map.
protocol Trunk: Sendable {
  /// What it is: `ResNet-50`.
  var name: String { get }
  /// Decisions that its tensors do not show.
  var notes: [String] { get }
  /// Channels of the image, and of the feature map.
  var inputChannels: Int { get }
  var outputChannels: Int { get }

  /// Appends the trunk and answers its feature map.
  func append(to builder: inout NetworkBuilder, _ image: Int) throws(ImportError) -> Int
}

/// The trunks that are known.
enum Trunks {
  /// The trunk whose tensors' names begin with this (`features.`, or nothing).
  static func find(in tensors: TensorIndex, prefix: String) -> (any Trunk)? {
    ResNet(tensors, prefix: prefix) ?? EfficientNetLite(tensors, prefix: prefix)
  }
}
