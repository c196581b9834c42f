import HRNFormat

/// A value of the network as ONNX sees it, carried by a tensor of the graph, which is `[1, C, H, W]` or `[1, F]`.
///
/// Both hold the same elements. What ONNX does to a shape alone (Reshape, Squeeze, Transpose) changes what is written
/// here and makes no node.
struct Carried: Equatable {
  enum Order: Equatable {
    /// Both in the same order.
    case same
    /// ONNX's axis `i` is the tensor's axis `axes[i]`; both have four.
    case axes([Int])
    /// A transposed map (as in `axes`) whose elements were then laid in one row.
    case row([Int])
  }

  /// ONNX's shape, with a batch of 1.
  var shape: [Int]
  /// Index in the graph.
  var tensor: Int
  var order = Order.same
  /// Zeros (or another number) around the map, which are not yet in the tensor.
  var border: Border?

  /// Padding that waits for the convolution or pool that takes it in.
  struct Border: Equatable {
    var padding: Padding
    var value: Double
  }
}

extension [Int] {
  /// The extents that are not 1.
  var withoutOnes: [Int] { filter { $0 != 1 } }

  /// The product; nil where it is more than a tensor may have.
  var boundedProduct: Int? {
    var product = 1
    for extent in self {
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflow, next <= Limits.elements else { return nil }
      product = next
    }
    return product
  }
}

/// What a name stands for while nodes are mapped.
enum Binding {
  case constant(HostTensor)
  case value(Carried)
  /// Written by a node that cannot be mapped; who reads it is not reported again.
  case failed
}

/// Why a node is not mapped, to follow its name: `has groups 3, expected …`.
struct Refusal: Error {
  var reason: String
  /// Whether it only reads what another refused node should have written.
  var isConsequence = false

  init(_ reason: String) { self.reason = reason }

  static var consequence: Refusal {
    var refusal = Refusal("")
    refusal.isConsequence = true
    return refusal
  }
}
