import HRNCompiler
import HRNGraph
import HRNTestSupport
import Testing

/// Passes over what is joined, normalized by itself, or clipped.
@Suite struct PassesBranchesTests {
  @Test func splitsALinearOverWhatIsJoined() throws {
    try expectPass(
      "split-linear-over-concat",
      """
      %0 = input x : float32 [1, 4]
      %1 = sigmoid(%0) : float32 [1, 4]
      %2 = relu(%0) : float32 [1, 4]
      %3 = concat(%0, %1) : float32 [1, 8]
      %4 = linear(%3, W, b) addend %2 tanh : float32 [1, 4]
      output y = %4 feature
      """,
      gives: """
        %0 = input x : float32 [1, 4]
        %1 = sigmoid(%0) : float32 [1, 4]
        %2 = relu(%0) : float32 [1, 4]
        %3 = linear(%0, %4.part0.weight, %4.part0.bias) addend %2 : float32 [1, 4]
        %4 = linear(%1, %4.weight) addend %3 tanh : float32 [1, 4]
        output y = %4 feature
        """)
  }

  @Test func keepsWhatIsJoinedForAnotherReader() throws {
    try expectUnchanged(
      "split-linear-over-concat",
      """
      %0 = input x : float32 [1, 4]
      %1 = concat(%0, %0) : float32 [1, 8]
      %2 = linear(%1, W, b) : float32 [1, 3]
      %3 = relu(%1) : float32 [1, 8]
      output y = %2 feature
      output z = %3 feature
      """)
  }

  @Test func joinsOnceWhatIsJoinedInSteps() throws {
    try expectPass(
      "simplify-concat",
      """
      %0 = input x : float32 [1, 2, 3, 3]
      %1 = relu(%0) : float32 [1, 2, 3, 3]
      %2 = concat(%0, %1) : float32 [1, 4, 3, 3]
      %3 = concat(%1, %2, %0) : float32 [1, 8, 3, 3]
      output y = %3 feature
      """,
      gives: """
        %0 = input x : float32 [1, 2, 3, 3]
        %1 = relu(%0) : float32 [1, 2, 3, 3]
        %2 = concat(%1, %0, %1, %0) : float32 [1, 8, 3, 3]
        output y = %2 feature
        """)
  }

  @Test func cutsThePartAndNotTheWhole() throws {
    try expectPass(
      "simplify-concat",
      """
      %0 = input x : float32 [1, 4]
      %1 = relu(%0) : float32 [1, 4]
      %2 = concat(%0, %1) : float32 [1, 8]
      %3 = slice(%2) from 4 : float32 [1, 4]
      %4 = slice(%2) from 5 : float32 [1, 2]
      %5 = slice(%2) from 3 : float32 [1, 2]
      output a = %3 feature
      output b = %4 feature
      output c = %5 feature
      """,
      gives: """
        %0 = input x : float32 [1, 4]
        %1 = relu(%0) : float32 [1, 4]
        %2 = concat(%0, %1) : float32 [1, 8]
        %3 = slice(%1) from 1 : float32 [1, 2]
        %4 = slice(%2) from 3 : float32 [1, 2]
        output a = %1 feature
        output b = %3 feature
        output c = %4 feature
        """)
  }

  @Test func joinsNothingThatWasOne() throws {
    try expectPass(
      "simplify-concat",
      """
      %0 = input x : float32 [1, 6]
      %1 = relu(%0) : float32 [1, 6]
      %2 = slice(%1) from 0 : float32 [1, 2]
      %3 = slice(%1) from 2 : float32 [1, 4]
      %4 = concat(%2, %3) : float32 [1, 6]
      %5 = elu(%4) : float32 [1, 6]
      output y = %5 feature
      """,
      gives: """
        %0 = input x : float32 [1, 6]
        %1 = relu(%0) : float32 [1, 6]
        %2 = elu(%1) : float32 [1, 6]
        output y = %2 feature
        """)
  }

  @Test func mergesNormsThatFollowEachOther() throws {
    try expectPass(
      "merge-batch-norms",
      """
      %0 = input x : float32 [1, 2, 3, 3]
      %1 = batch-norm(%0, a, b, c, d) epsilon 0.001 : float32 [1, 2, 3, 3]
      %2 = batch-norm(%1, e, f, g, h) epsilon 0.5 relu : float32 [1, 2, 3, 3]
      output y = %2 feature
      """,
      gives: """
        %0 = input x : float32 [1, 2, 3, 3]
        %1 = batch-norm(%0, %2.scale, %2.shift, %2.mean, %2.variance) epsilon 0.0 relu : float32 [1, 2, 3, 3]
        output y = %1 feature
        """)
  }

  @Test func aNormWithAnActivationIsNotFoldedAway() throws {
    let given = """
      %0 = input x : float32 [1, 4]
      %1 = batch-norm(%0, a, b, c, d) epsilon 0.001 tanh : float32 [1, 4]
      %2 = linear(%1, W) : float32 [1, 3]
      %3 = batch-norm(%2, e, f, g, h) epsilon 0.001 relu : float32 [1, 3]
      output y = %3 feature
      """
    try expectUnchanged("fold-batch-norm-into-linear", given)
    try expectUnchanged("merge-batch-norms", given)
  }

  @Test func fusesAnyActivationIntoANormAndAllButHeadsIntoALinear() throws {
    try expectPass(
      "fuse-activation",
      """
      %0 = input x : float32 [1, 4]
      %1 = batch-norm(%0, a, b, c, d) epsilon 0.001 : float32 [1, 4]
      %2 = hard-sigmoid(%1) alpha 0.25 beta 0.5 : float32 [1, 4]
      %3 = linear(%2, W) : float32 [1, 3]
      %4 = hard-swish(%3) : float32 [1, 3]
      output y = %4 feature
      """,
      gives: """
        %0 = input x : float32 [1, 4]
        %1 = batch-norm(%0, a, b, c, d) epsilon 0.001 hard-sigmoid alpha 0.25 beta 0.5 : float32 [1, 4]
        %2 = linear(%1, W) hard-swish : float32 [1, 3]
        output y = %2 feature
        """)
  }

  @Test func fusesClipIntoAConvolutionAndLeavesHardSwish() throws {
    try expectPass(
      "fuse-activation",
      """
      %0 = input x : float32 [1, 2, 3, 3]
      %1 = convolution(%0, V) kernel 1 : float32 [1, 2, 3, 3]
      %2 = clip(%1) low -1.0 high 1.0 : float32 [1, 2, 3, 3]
      %3 = convolution(%2, W) kernel 1 : float32 [1, 2, 3, 3]
      %4 = hard-swish(%3) : float32 [1, 2, 3, 3]
      output y = %4 feature
      """,
      gives: """
        %0 = input x : float32 [1, 2, 3, 3]
        %1 = convolution(%0, V) kernel 1 clip low -1.0 high 1.0 : float32 [1, 2, 3, 3]
        %2 = convolution(%1, W) kernel 1 : float32 [1, 2, 3, 3]
        %3 = hard-swish(%2) : float32 [1, 2, 3, 3]
        output y = %3 feature
        """)
  }

  @Test func statesAClipFromZeroAsAReLU() throws {
    try expectPass(
      "simplify-activation",
      """
      %0 = input x : float32 [1, 4]
      %1 = clip(%0) low 0.0 high 6.0 : float32 [1, 4]
      %2 = leaky-relu(%1) alpha 0.0 : float32 [1, 4]
      %3 = clip(%2) low -1.0 high 6.0 : float32 [1, 4]
      output y = %3 feature
      """,
      gives: """
        %0 = input x : float32 [1, 4]
        %1 = relu(%0) high 6.0 : float32 [1, 4]
        %2 = relu(%1) : float32 [1, 4]
        %3 = clip(%2) low -1.0 high 6.0 : float32 [1, 4]
        output y = %3 feature
        """)
  }
}
