/// A float tensor at hand: what operations are evaluated on.
package struct Value: Equatable, Sendable {
  package var shape: [Int]
  /// Row-major in the order of the shape.
  package var elements: [Float]

  package init(_ shape: [Int], _ elements: [Float]) {
    precondition(shape.reduce(1, *) == elements.count, "\(elements.count) elements do not make a tensor of \(shape)")
    self.shape = shape
    self.elements = elements
  }

  /// `f` of each element.
  package func map(_ f: (Float) -> Float) -> Value { Value(shape, elements.map(f)) }

  /// Elements per index of axis 1: `H·W` of `[N, C, H, W]`, 1 of `[N, F]`.
  package var plane: Int { shape.dropFirst(2).reduce(1, *) }
}
