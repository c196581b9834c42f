import CHRNKernels
import HRNFormat

/// Resolves what a graph names, tensors and constants, to memory, and checks what kernels rely on.
///
/// The file's validator has looked at every tensor by itself. What is checked here is what only the reader of a tensor
/// knows: that a kernel stays inside the regions it is given.
struct Binder {
  let graph: ModelGraph
  let file: ModelFile
  let arena: UnsafeMutableRawPointer
  let arenaBytes: Int
  let kernels: UnsafePointer<hrn_kernels>
  /// Memory of kernels that no plan speaks of.
  let working: WorkingMemory
  /// Memory of the BLAS backend, where it is the one that computes.
  let blas: BLASMemory?

  /// Where an activation lies.
  ///
  /// - Throws: `inconsistent` when it has no place in the arena, or one too small for its layout.
  func activation(_ index: Int, _ type: ElementType, of node: Node) throws(SessionError) -> Place {
    guard graph.tensors.indices.contains(index), let region = graph.tensors[index].arena else {
      throw node.fault("a tensor it reads or writes has no place in the arena")
    }
    let tensor = graph.tensors[index]
    guard tensor.elementType == type else {
      throw node.fault("tensor '\(tensor.name)' is \(tensor.elementType.name), expected \(type.name)")
    }
    guard let needed = checkedProduct(try storageCount(tensor, of: node), type.byteCount),
      region.offset >= 0, region.length >= needed, region.offset <= arenaBytes - region.length,
      region.offset % type.byteCount == 0
    else { throw node.fault("tensor '\(tensor.name)' does not fit its place in the arena") }
    return Place(tensor: tensor, pointer: arena + region.offset, byteCount: region.length)
  }

  /// The memory of a constant with this many elements.
  func constant<Element>(
    _ index: Int, _ type: ElementType, count: Int?, as: Element.Type, of node: Node
  ) throws(SessionError) -> UnsafePointer<Element> {
    guard graph.tensors.indices.contains(index), let region = graph.tensors[index].weights else {
      throw node.fault("a parameter is not a constant")
    }
    let tensor = graph.tensors[index]
    guard tensor.elementType == type else {
      throw node.fault("parameter '\(tensor.name)' is \(tensor.elementType.name), expected \(type.name)")
    }
    let bytes = file.bytes(region)
    guard let count, let needed = checkedProduct(count, type.byteCount), bytes.count >= needed,
      let base = bytes.baseAddress, UInt(bitPattern: base) % UInt(type.byteCount) == 0
    else {
      throw node.fault("parameter '\(tensor.name)' has \(bytes.count) bytes, fewer than its kernel reads")
    }
    return base.assumingMemoryBound(to: Element.self)
  }

  /// A node's working memory, of at least this many bytes.
  func scratch(_ node: Node, bytes: Int) throws(SessionError) -> UnsafeMutableRawPointer {
    guard let region = node.plan?.scratch, region.offset >= 0, region.length >= bytes,
      region.offset <= arenaBytes - region.length, region.offset % 4 == 0
    else { throw node.fault("its plan gives it less working memory than the \(bytes) bytes that it needs") }
    return arena + region.offset
  }

  /// The memory of packed weights `[O, I, kh, kw]` or `[O, I]`.
  ///
  /// - Parameters:
  ///   - taps: weights of one output lane per input lane.
  ///   - blocks: input blocks that a group of lanes reads.
  func packedWeights<Element>(
    _ index: Int, _ type: ElementType, _ packing: Packing = .portable, outputs: Int, blocks: Int, taps: Int, block: Int,
    as element: Element.Type, of node: Node
  ) throws(SessionError) -> UnsafePointer<Element> {
    guard graph.tensors.indices.contains(index),
      graph.tensors[index].layout == .packed(packing, inputBlock: block)
    else {
      throw node.fault("its weights are not packed with \(block) lanes per input block, as its kernel reads them")
    }
    let count = checkedProduct(checkedProduct(Lanes.rounded(outputs), blocks), checkedProduct(taps, block))
    return try constant(index, type, count: count, as: element, of: node)
  }

  /// Elements that a tensor takes in memory.
  private func storageCount(_ tensor: Tensor, of node: Node) throws(SessionError) -> Int? {
    let shape = tensor.shape
    switch tensor.layout {
    case .plain:
      var count: Int? = 1
      for extent in shape { count = checkedProduct(count, extent) }
      return count
    case .blocked(let block):
      guard shape.count == 4, shape[0] == 1, block > 0, block % 16 == 0 else { break }
      return checkedProduct(checkedProduct((shape[1] + block - 1) / block, block), checkedProduct(shape[2], shape[3]))
    case .pixels(let border, let rowPitch):
      guard shape.count == 4, shape[0] == 1, border >= 0, rowPitch > 0 else { break }
      return checkedProduct(shape[2] + 2 * border, rowPitch)
    case .packed: break
    }
    throw node.fault("tensor '\(tensor.name)' has a layout that activations do not have")
  }
}

/// An activation in memory.
struct Place {
  let tensor: Tensor
  let pointer: UnsafeMutableRawPointer
  /// Of its region, which may be longer than its elements.
  let byteCount: Int

  var bytes: UnsafeMutablePointer<UInt8> { pointer.assumingMemoryBound(to: UInt8.self) }
  var halves: UnsafeMutablePointer<UInt16> { pointer.assumingMemoryBound(to: UInt16.self) }
  var floats: UnsafeMutablePointer<Float> { pointer.assumingMemoryBound(to: Float.self) }

  /// The scale and zero point of a tensor that has one of each.
  func quantization(of node: Node) throws(SessionError) -> (scale: Float, zero: Float) {
    guard let q = tensor.quantization, q.scale.count == 1, q.zeroPoint.count == 1 else {
      throw node.fault("tensor '\(tensor.name)' needs one scale and one zero point")
    }
    return (q.scale[0], q.zeroPoint[0])
  }

  /// The byte that stands for 0, as kernels of sums read it. A picture's zero points may be any numbers.
  func byteZero(of node: Node) throws(SessionError) -> Int32 {
    guard let zero = UInt8(exactly: try quantization(of: node).zero) else {
      throw node.fault("the zero point of '\(tensor.name)' is not a byte")
    }
    return Int32(zero)
  }

  /// Its extents as a feature map in blocks of channels.
  func map(of node: Node) throws(SessionError) -> BlockedMap {
    guard case .blocked(let block) = tensor.layout else {
      throw node.fault("tensor '\(tensor.name)' is not laid out in blocks of channels")
    }
    return BlockedMap(
      channels: try node.int32(tensor.shape[1]), height: try node.int32(tensor.shape[2]),
      width: try node.int32(tensor.shape[3]), block: try node.int32(block))
  }

  /// The length of a plain vector `[1, F]`.
  func vectorCount(of node: Node) throws(SessionError) -> Int32 {
    guard tensor.layout == .plain, tensor.shape.count == 2, tensor.shape[0] == 1 else {
      throw node.fault("tensor '\(tensor.name)' is not a plain vector")
    }
    return try node.int32(tensor.shape[1])
  }
}

/// A feature map `[⌈C / block⌉][H][W][block]`.
struct BlockedMap: Equatable {
  var channels: Int32
  var height: Int32
  var width: Int32
  var block: Int32

  var blocks: Int32 { pieces(channels, of: block) }
  var rowStride: Int64 { Int64(width) * Int64(block) }
  var blockStride: Int64 { Int64(height) * rowStride }
  /// Elements with the lanes past the channels.
  var count: Int { Int(blocks) * Int(blockStride) }
}

extension Node {
  /// This node's plan and its tensors contradict one another.
  func fault(_ what: String) -> SessionError { SessionError(.inconsistent(node: name, what: what)) }
  /// This node asks for what no kernel does.
  func unsupported(_ what: String) -> SessionError { SessionError(.unsupported(node: name, what: what)) }

  func int32(_ value: Int) throws(SessionError) -> Int32 {
    guard let small = Int32(exactly: value) else { throw fault("\(value) is too large a size") }
    return small
  }
}

/// a · b, or nil where one is missing or the product is too large.
func checkedProduct(_ a: Int?, _ b: Int?) -> Int? {
  guard let a, let b else { return nil }
  let (product, overflow) = a.multipliedReportingOverflow(by: b)
  return overflow ? nil : product
}
