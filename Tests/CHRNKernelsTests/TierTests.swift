import CHRNKernels
import Testing

@Suite struct TierTests {
  @Test func ceilingIsNeverExceeded() {
    for ceiling in Tier.ceilings {
      #expect(hrn_kernels_at(ceiling).pointee.tier.rawValue <= ceiling.rawValue)
    }
    #expect(hrn_kernels_at(HRN_TIER_SCALAR).pointee.tier == HRN_TIER_SCALAR)
    #expect(hrn_kernels_at(hrn_best_tier()).pointee.tier == hrn_best_tier())
  }

  @Test(arguments: Tier.all)
  func everyNameFindsItsTier(_ tier: Tier) {
    var found = HRN_TIER_AVX512BF16
    #expect(hrn_tier_named(tier.description, &found) == 1)
    #expect(found == tier.kernels.pointee.tier)
  }

  @Test func unknownNameLeavesTheTierAlone() {
    var tier = HRN_TIER_AVX2
    #expect(hrn_tier_named("neon", &tier) == 0 && hrn_tier_named("", &tier) == 0)
    #expect(tier == HRN_TIER_AVX2)
  }
}
