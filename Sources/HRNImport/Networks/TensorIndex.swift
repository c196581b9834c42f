/// A checkpoint's tensors by name, for whoever asks what network they are of.
struct TensorIndex {
  /// In the order of the file.
  let names: [String]
  private let tensors: [String: Checkpoint.Tensor]

  init(_ checkpoint: Checkpoint) {
    names = checkpoint.tensors.map(\.name)
    tensors = Dictionary(checkpoint.tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  subscript(name: String) -> Checkpoint.Tensor? { tensors[name] }

  func contains(_ name: String) -> Bool { tensors[name] != nil }

  /// The shape of a tensor with this many axes; nil where there is none.
  func shape(_ name: String, axes: Int) -> [Int]? {
    guard let shape = tensors[name]?.shape, shape.count == axes, shape.allSatisfy({ $0 > 0 }) else { return nil }
    return shape
  }

  /// How many numbers from `first` on follow each other in the names that `name` makes of them.
  func count(from first: Int = 0, _ name: (Int) -> String) -> Int {
    var number = first
    while contains(name(number)) { number += 1 }
    return number - first
  }
}
