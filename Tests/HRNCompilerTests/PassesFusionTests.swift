import HRNCompiler
import HRNGraph
import HRNTestSupport
import Testing

@Suite struct PassesFusionTests {
  @Test func fusesReLUIntoConvolutionAndSum() throws {
    try expectPass(
      "fuse-activation",
      """
      %0 = input image : float32 [1, 4, 6, 6]
      %1 = convolution(%0, W) kernel 1 : float32 [1, 4, 6, 6]
      %2 = relu(%1) high 6.0 : float32 [1, 4, 6, 6]
      %3 = add(%0, %2) : float32 [1, 4, 6, 6]
      %4 = relu(%3) : float32 [1, 4, 6, 6]
      output y = %4 feature
      """,
      gives: """
        %0 = input image : float32 [1, 4, 6, 6]
        %1 = convolution(%0, W) kernel 1 relu high 6.0 : float32 [1, 4, 6, 6]
        %2 = add(%0, %1) relu : float32 [1, 4, 6, 6]
        output y = %2 feature
        """)
  }

  @Test func fusesELUIntoLinearAndLeavesReLUAndSigmoid() throws {
    try expectPass(
      "fuse-activation",
      """
      %0 = input x : float32 [1, 4]
      %1 = linear(%0, U) : float32 [1, 4]
      %2 = elu(%1) : float32 [1, 4]
      %3 = linear(%2, V) : float32 [1, 4]
      %4 = relu(%3) : float32 [1, 4]
      %5 = linear(%4, W) : float32 [1, 4]
      %6 = sigmoid(%5) : float32 [1, 4]
      output y = %6 sigmoid
      """,
      gives: """
        %0 = input x : float32 [1, 4]
        %1 = linear(%0, U) elu : float32 [1, 4]
        %2 = linear(%1, V) : float32 [1, 4]
        %3 = relu(%2) : float32 [1, 4]
        %4 = linear(%3, W) : float32 [1, 4]
        %5 = sigmoid(%4) : float32 [1, 4]
        output y = %5 sigmoid
        """)
  }

  @Test func keepsActivationOfAnOutput() throws {
    try expectUnchanged(
      "fuse-activation",
      """
      %0 = input image : float32 [1, 4, 6, 6]
      %1 = convolution(%0, W) kernel 1 : float32 [1, 4, 6, 6]
      %2 = relu(%1) : float32 [1, 4, 6, 6]
      output raw = %1 feature
      output y = %2 feature
      """)
  }

  @Test func branchTakesTheSumAndProjectionStays() throws {
    // The projection is written last, so the fused convolution moves behind it.
    try expectPass(
      "fuse-residual-add",
      """
      %0 = input image : float32 [1, 4, 6, 6]
      %1 = convolution(%0, A) kernel 3 stride 2 padding 1 relu : float32 [1, 8, 3, 3]
      %2 = convolution(%1, B) kernel 3 padding 1 : float32 [1, 8, 3, 3]
      %3 = convolution(%0, P) kernel 1 stride 2 : float32 [1, 8, 3, 3]
      %4 = add(%3, %2) relu : float32 [1, 8, 3, 3]
      output y = %4 feature
      """,
      gives: """
        %0 = input image : float32 [1, 4, 6, 6]
        %1 = convolution(%0, A) kernel 3 stride 2 padding 1 relu : float32 [1, 8, 3, 3]
        %2 = convolution(%0, P) kernel 1 stride 2 : float32 [1, 8, 3, 3]
        %3 = convolution(%1, B) kernel 3 padding 1 residual %2 relu : float32 [1, 8, 3, 3]
        output y = %3 feature
        """)
  }

  @Test func keepsSumsThatNoConvolutionCanTake() throws {
    try expectUnchanged(
      "fuse-residual-add",
      """
      %0 = input image : float32 [1, 4, 6, 6]
      %1 = convolution(%0, A) kernel 1 relu : float32 [1, 4, 6, 6]
      %2 = add(%1, %0) : float32 [1, 4, 6, 6]
      %3 = convolution(%2, B) kernel 1 : float32 [1, 4, 6, 6]
      %4 = add(%3, %3) : float32 [1, 4, 6, 6]
      %5 = convolution(%4, C) kernel 1 : float32 [1, 4, 6, 6]
      %6 = add(%5, %4) : float32 [1, 4, 6, 6]
      output y = %6 feature
      output inner = %5 feature
      """)
  }

  @Test func fusesPoolBehindReLU() throws {
    try expectPass(
      "fuse-global-average-pool",
      """
      %0 = input image : float32 [1, 4, 6, 6]
      %1 = convolution(%0, W, b) kernel 3 padding 1 relu : float32 [1, 8, 6, 6]
      %2 = global-average-pool(%1) : float32 [1, 8, 1, 1]
      output y = %2 feature
      """,
      gives: """
        %0 = input image : float32 [1, 4, 6, 6]
        %1 = convolution(%0, W, b) kernel 3 padding 1 relu pool : float32 [1, 8, 1, 1]
        output y = %1 feature
        """)
  }

  @Test func keepsPoolWithoutReLUOrBehindAResidual() throws {
    try expectUnchanged(
      "fuse-global-average-pool",
      """
      %0 = input image : float32 [1, 4, 6, 6]
      %1 = convolution(%0, V) kernel 1 : float32 [1, 4, 6, 6]
      %2 = global-average-pool(%1) : float32 [1, 4, 1, 1]
      %3 = convolution(%0, W) kernel 1 residual %0 relu : float32 [1, 4, 6, 6]
      %4 = global-average-pool(%3) : float32 [1, 4, 1, 1]
      %5 = add(%2, %4) : float32 [1, 4, 1, 1]
      output y = %5 feature
      """)
  }

  @Test func gathersWhatAWideStridedProjectionReads() throws {
    try expectPass(
      "gather-strided-input",
      """
      %0 = input image : float32 [1, 4, 7, 6]
      %1 = relu(%0) : float32 [1, 4, 7, 6]
      %2 = convolution(%1, R) kernel 1 stride 2 : float32 [1, 256, 4, 3]
      %3 = convolution(%1, W, b) kernel 1 stride 2 residual %2 relu : float32 [1, 256, 4, 3]
      output y = %3 feature
      """,
      gives: """
        %0 = input image : float32 [1, 4, 7, 6]
        %1 = relu(%0) : float32 [1, 4, 7, 6]
        %2 = max-pool(%1) kernel 1 stride 2 : float32 [1, 4, 4, 3]
        %3 = convolution(%2, R) kernel 1 : float32 [1, 256, 4, 3]
        %4 = max-pool(%1) kernel 1 stride 2 : float32 [1, 4, 4, 3]
        %5 = convolution(%4, W, b) kernel 1 residual %3 relu : float32 [1, 256, 4, 3]
        output y = %5 feature
        """)
  }

  @Test(arguments: [
    "convolution(%1, N) kernel 1 stride 2 : float32 [1, 255, 4, 3]",
    "convolution(%1, F) kernel 1 : float32 [1, 256, 7, 6]",
    "convolution(%1, T) kernel 3 stride 2 : float32 [1, 256, 3, 2]",
    "convolution(%1, G) kernel 1 stride 2 groups 2 : float32 [1, 256, 4, 3]",
    "convolution(%0, I) kernel 1 stride 2 : float32 [1, 256, 4, 3]",
  ])
  func gathersNothingWhereACopyIsNoUse(_ convolution: String) throws {
    try expectUnchanged(
      "gather-strided-input",
      """
      %0 = input image : float32 [1, 4, 7, 6]
      %1 = relu(%0) : float32 [1, 4, 7, 6]
      %2 = \(convolution)
      output x = %1 feature
      output y = %2 feature
      """)
  }
}
