import Glibc

/// Memory that ends, or begins, at a page nobody may touch: a kernel that strays by one byte is stopped by the
/// processor. The bytes on the other side hold a pattern, to be checked after the call.
final class GuardedBuffer<Element> {
  enum Side: CaseIterable { case end, start }

  let count: Int
  let pointer: UnsafeMutablePointer<Element>
  private let mapping: UnsafeMutableRawPointer
  private let mappedBytes: Int

  private static var page: Int { 4096 }
  private static var pattern: UInt8 { 0xA5 }

  init(count: Int, against side: Side = .end) {
    let bytes = count * MemoryLayout<Element>.stride
    let inside = max(1, (bytes + Self.page - 1) / Self.page) * Self.page
    mappedBytes = inside + 2 * Self.page
    let mapped = mmap(nil, mappedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let mapped, mapped != MAP_FAILED else { fatalError("mmap of \(mappedBytes) bytes failed") }
    mapping = mapped
    memset(mapped + Self.page, Int32(Self.pattern), inside)
    mprotect(mapped, Self.page, PROT_NONE)
    mprotect(mapped + Self.page + inside, Self.page, PROT_NONE)
    let first = mapped + Self.page + (side == .end ? inside - bytes : 0)
    pointer = first.bindMemory(to: Element.self, capacity: count)
    self.count = count
  }

  deinit { munmap(mapping, mappedBytes) }

  /// Whether every byte around the buffer, up to its guard pages, is as it was.
  var surroundingsAreIntact: Bool {
    let first = mapping + Self.page, end = mapping + mappedBytes - Self.page
    let lower = UnsafeRawBufferPointer(start: first, count: UnsafeRawPointer(pointer) - UnsafeRawPointer(first))
    let upperStart = UnsafeMutableRawPointer(pointer + count)
    let upper = UnsafeRawBufferPointer(start: upperStart, count: end - upperStart)
    return lower.allSatisfy { $0 == Self.pattern } && upper.allSatisfy { $0 == Self.pattern }
  }

  subscript(index: Int) -> Element {
    get { pointer[index] }
    set { pointer[index] = newValue }
  }

  func fill(_ element: () -> Element) {
    for index in 0..<count { pointer[index] = element() }
  }

  var elements: [Element] { Array(UnsafeBufferPointer(start: pointer, count: count)) }
}

extension GuardedBuffer {
  /// A buffer that holds the given elements.
  convenience init(_ elements: [Element], against side: Side = .end) {
    self.init(count: elements.count, against: side)
    for (index, element) in elements.enumerated() { pointer[index] = element }
  }

  /// The first index at which the bytes of two buffers differ.
  func firstDifference(from other: GuardedBuffer) -> Int? {
    precondition(count == other.count)
    let stride = MemoryLayout<Element>.stride
    if memcmp(pointer, other.pointer, count * stride) == 0 { return nil }
    return (0..<count).first { memcmp(pointer + $0, other.pointer + $0, stride) != 0 }
  }
}
