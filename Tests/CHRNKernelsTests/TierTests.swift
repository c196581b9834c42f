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

  @Test func aCeilingOfTheOtherArchitectureLeavesTheScalarKernels() {
    let isArm = hrn_best_tier().rawValue >= HRN_TIER_NEON.rawValue
    for ceiling in Tier.ceilings where (ceiling.rawValue >= HRN_TIER_NEON.rawValue) != isArm {
      #expect(hrn_kernels_at(ceiling).pointee.tier == HRN_TIER_SCALAR)
    }
  }

  @Test func everyNameFindsItsTier() {
    let names = ["scalar", "avx2", "avxvnni", "avx512vnni", "avx512bf16", "neon", "dotprod", "i8mm"]
    for (name, tier) in zip(names, Tier.ceilings) {
      var found = tier == HRN_TIER_SCALAR ? HRN_TIER_AVX2 : HRN_TIER_SCALAR
      #expect(hrn_tier_named(name, &found) == 1 && found == tier)
    }
    for tier in Tier.all { #expect(names[Int(tier.kernels.pointee.tier.rawValue)] == tier.description) }
  }

  @Test func unknownNameLeavesTheTierAlone() {
    var tier = HRN_TIER_AVX2
    #expect(hrn_tier_named("sse2", &tier) == 0 && hrn_tier_named("", &tier) == 0)
    #expect(tier == HRN_TIER_AVX2)
  }
}
