/// A module as `torch.save(net)` pickled it: its class by name, its plain attributes, and the modules inside. Its
/// parameters and buffers are among the checkpoint's tensors, under `prefix`.
package struct PickledModule: Sendable {
  /// The class with its module, such as `torch.nn.modules.conv.Conv2d` or `RFM.HIFD2`.
  package var className: String
  /// `""` for the outermost module, else the name before its tensors' names, with a dot: `features.4.0.`.
  package var prefix: String
  /// Attributes that are plain values, such as `stride` or `eps`, in the order of the file.
  package var attributes: [(name: String, value: Value)]
  /// The modules inside, by their names, in the order of the file.
  package var children: [(name: String, module: PickledModule)]

  package enum Value: Equatable, Sendable {
    case none
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    /// A tuple or a list.
    case list([Value])
  }

  package init(
    className: String, prefix: String = "", attributes: [(name: String, value: Value)] = [],
    children: [(name: String, module: PickledModule)] = []
  ) {
    self.className = className
    self.prefix = prefix
    self.attributes = attributes
    self.children = children
  }

  /// An attribute's value; nil where there is none of that name, or it is no plain value.
  package subscript(attribute: String) -> Value? { attributes.first { $0.name == attribute }?.value }
}
