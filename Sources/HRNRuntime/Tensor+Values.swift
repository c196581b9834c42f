import HRNFormat

extension Tensor {
  /// The real numbers that an activation holds at present, in the order of its shape, wherever its layout puts them.
  ///
  /// A precondition: the tensor is an activation that a session has bound.
  func values(in arena: UnsafeRawPointer) -> [Float] {
    guard let region = self.arena else { preconditionFailure("only an activation has values in the arena") }
    let memory = arena + region.offset
    let inner = shape.count == 4 ? shape[2] * shape[3] : 1
    let count = shape[1] * inner
    return [Float](unsafeUninitializedCapacity: count) { values, initialized in
      for channel in 0..<shape[1] {
        let q = quantization.map {
          ($0.scale[$0.axis == nil ? 0 : channel], $0.zeroPoint[$0.axis == nil ? 0 : channel])
        }
        for position in 0..<inner {
          let stored = element(at: place(channel, position), in: memory)
          values.initializeElement(at: channel * inner + position, to: q.map { (stored - $0.1) * $0.0 } ?? stored)
        }
      }
      initialized = count
    }
  }

  /// The index in memory of a channel's value at a position of the map.
  private func place(_ channel: Int, _ position: Int) -> Int {
    switch layout {
    case .plain, .packed: return shape.count == 4 ? channel * shape[2] * shape[3] + position : channel
    case .blocked(let block):
      return (channel / block * shape[2] * shape[3] + position) * block + channel % block
    case .pixels(let border, let rowPitch):
      let (y, x) = position.quotientAndRemainder(dividingBy: shape[3])
      return (y + border) * rowPitch + (x + border) * shape[1] + channel
    }
  }

  private func element(at index: Int, in memory: UnsafeRawPointer) -> Float {
    switch elementType {
    case .float32: memory.load(fromByteOffset: 4 * index, as: Float.self)
    case .int32: Float(memory.load(fromByteOffset: 4 * index, as: Int32.self))
    case .uint8: Float(memory.load(fromByteOffset: index, as: UInt8.self))
    case .int8: Float(memory.load(fromByteOffset: index, as: Int8.self))
    case .bfloat16: Float(bitPattern: UInt32(memory.load(fromByteOffset: 2 * index, as: UInt16.self)) << 16)
    }
  }
}
