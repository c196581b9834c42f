import CHRNKernels
import Testing

/// The loops that kernels are measured against. How fast they are is nobody's business here.
@Suite struct PeakTests {
  @Test(arguments: Tier.all) func everyTierHasItsLoops(_ tier: Tier) throws {
    let loops = hrn_peaks_at(tier.kernels.pointee.tier).pointee
    #expect(loops.tier == tier.kernels.pointee.tier)
    for loop in [loops.float32, loops.int8] {
      #expect(loop.run != nil)
      #expect(loop.products > 0)
    }
    for loop in [loops.float32, loops.bfloat16, loops.int8, loops.int8_pairs, loops.int16] { loop.run?(1) }
    let memory = GuardedBuffer<UInt8>(count: 512)
    let read = try #require(loops.read)
    read(memory.pointer, 512, 2)
  }
}
