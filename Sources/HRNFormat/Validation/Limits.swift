/// The largest numbers that a file may state. They bound time and memory for hostile files; no real network comes near.
package enum Limits {
  package static let tensors = 1 << 16
  package static let nodes = 1 << 16
  package static let nodeInputs = 64
  package static let outputs = 1 << 10
  package static let levels = 64
  package static let labels = 1 << 20
  package static let goldens = 1 << 10
  /// Bytes of a name or a label.
  package static let nameBytes = 1 << 10
  /// Along one axis of a shape, and of strides and the like.
  package static let extent = 1 << 24
  /// Elements of a tensor; kernels count in 32 bits.
  package static let elements = Int(Int32.max)
  /// Pixels along one side of a picture.
  package static let pictureSide = 1 << 16
  /// Products in one sum of an int8 node: as many as int32 holds of 255 · 128.
  package static let int8Depth = Int(Int32.max) / (255 * 128)
  /// Classes of rows or columns at the border of a convolution; their numbers take a byte.
  package static let borderClasses = 256
  /// Rows or columns of a map whose border classes are told apart one by one.
  package static let classifiedPositions = 1 << 12
  /// Products and comparisons of one inference; the paper's network at 448 pixels takes 3 · 10¹⁰.
  package static let work = 1 << 42
  package static let arenaBytes = 1 << 32
  /// Scales lie between this and its inverse: far from where float32 loses digits.
  package static let smallestScale: Float = 1e-30
  package static let largestScale: Float = 1e30
  /// The largest integer that a pooled value is rounded to.
  package static let poolHigh: Float = 65535
}
