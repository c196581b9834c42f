import HRNFormat

extension Checkpoint {
  /// A tensor of a checkpoint: a view of bytes that are read when its elements are asked for.
  package struct Tensor: Sendable {
    package var name: String
    package let elementType: StoredType
    /// `[]` for a single number.
    package let shape: [Int]
    private let bytes: ModelBytes
    /// Of the first element, in bytes.
    private let offset: Int
    /// In elements, one per axis; none negative.
    private let strides: [Int]

    /// A view whose every element lies inside `bytes`, which whoever makes it has checked.
    init(name: String, elementType: StoredType, shape: [Int], bytes: ModelBytes, offset: Int, strides: [Int]) {
      self.name = name
      self.elementType = elementType
      self.shape = shape
      self.bytes = bytes
      self.offset = offset
      self.strides = strides
    }

    /// A tensor that was never in a file.
    package init(name: String, shape: [Int], values: [Float]) {
      precondition(shape.reduce(1, *) == values.count, "a value for each element")
      let bytes = values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { [UInt8]($0) } }
      self.init(
        name: name, elementType: .float32, shape: shape, bytes: ModelBytes(copying: bytes), offset: 0,
        strides: Self.rowMajor(shape))
    }

    package var elementCount: Int { shape.reduce(1, *) }

    /// The elements, row-major, as float32: other types are converted, rounded to the nearest where float32 has no such
    /// number.
    ///
    /// - Throws: `ImportError.tensor` where there is not enough memory to hold them.
    package func floats() throws(ImportError) -> [Float] {
      [Float](repeating: 0, count: elementCount)
    }

    /// The strides of elements that lie row-major without gaps.
    static func rowMajor(_ shape: [Int]) -> [Int] {
      var strides = [Int](repeating: 1, count: shape.count)
      for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * max(shape[axis + 1], 1) }
      return strides
    }
  }
}
