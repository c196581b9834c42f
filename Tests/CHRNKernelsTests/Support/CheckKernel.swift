import CHRNKernels
import Testing

/// Runs a kernel at every tier of this machine and asks each for the scalar tier's bytes, with the output against the
/// guard page at its end and then at its start. The first result is returned, to be compared with the contract.
///
/// `call` gets the kernels and fills the output, which holds `initial` everywhere before.
@discardableResult
func checkKernel<Element>(
  _ count: Int, initial: Element, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation,
  call: (hrn_kernels, UnsafeMutablePointer<Element>) -> Void
) -> GuardedBuffer<Element> {
  let expected = GuardedBuffer<Element>(count: count)
  expected.fill { initial }
  call(Tier.scalar.kernels.pointee, expected.pointer)
  for tier in Tier.all {
    for side in GuardedBuffer<Element>.Side.allCases {
      let output = GuardedBuffer<Element>(count: count, against: side)
      output.fill { initial }
      call(tier.kernels.pointee, output.pointer)
      if let index = output.firstDifference(from: expected) {
        Issue.record(
          "\(tier) at \(index) of \(count) gives \(output[index]), scalar \(expected[index]). \(comment ?? "")",
          sourceLocation: sourceLocation)
      }
      #expect(output.surroundingsAreIntact, comment, sourceLocation: sourceLocation)
    }
  }
  return expected
}

/// Lengths around every vector width.
let oddLengths = [0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 100, 1000]

/// A guarded buffer of values drawn by `element`, against the page at its end.
func guarded<Element>(_ count: Int, _ element: () -> Element) -> GuardedBuffer<Element> {
  let buffer = GuardedBuffer<Element>(count: count)
  buffer.fill(element)
  return buffer
}
