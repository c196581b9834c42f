import HRNCompiler
import HRNFormat
import HRNGraph
import HRNTestSupport
import Testing

@Suite struct PassesSharingTests {
  @Test func computesEqualNodesOnce() throws {
    try expectPass(
      "eliminate-common-subexpressions",
      """
      %0 = input x : float32 [1, 4]
      %1 = linear(%0, W) : float32 [1, 4]
      %2 = relu(%0) : float32 [1, 4]
      %3 = relu(%0) : float32 [1, 4]
      %4 = add(%1, %2) : float32 [1, 4]
      %5 = add(%3, %1) : float32 [1, 4]
      %6 = add(%4, %5) : float32 [1, 4]
      output y = %6 feature
      """,
      gives: """
        %0 = input x : float32 [1, 4]
        %1 = linear(%0, W) : float32 [1, 4]
        %2 = relu(%0) : float32 [1, 4]
        %3 = add(%1, %2) : float32 [1, 4]
        %4 = add(%3, %3) : float32 [1, 4]
        output y = %4 feature
        """)
  }

  @Test func keepsNodesThatDifferAndSecondOutputs() throws {
    try expectUnchanged(
      "eliminate-common-subexpressions",
      """
      %0 = input x : float32 [1, 4]
      %1 = relu(%0) : float32 [1, 4]
      %2 = relu(%0) high 6.0 : float32 [1, 4]
      %3 = relu(%0) : float32 [1, 4]
      %4 = linear(%1, V) : float32 [1, 4]
      %5 = linear(%1, W) : float32 [1, 4]
      %6 = add(%2, %4, %5) : float32 [1, 4]
      output y = %6 feature
      output twin = %3 feature
      """)
  }

  @Test func mergesConvolutionsOverOneInput() throws {
    try expectPass(
      "merge-parallel-convolutions",
      """
      %0 = input image : float32 [1, 4, 3, 3]
      %1 = convolution(%0, U, a) kernel 1 relu : float32 [1, 16, 3, 3]
      %2 = convolution(%0, V) kernel 1 relu : float32 [1, 32, 3, 3]
      %3 = convolution(%1, W) kernel 1 : float32 [1, 32, 3, 3]
      %4 = add(%2, %3) : float32 [1, 32, 3, 3]
      output y = %4 feature
      """,
      gives: """
        %0 = input image : float32 [1, 4, 3, 3]
        %1 = convolution(%0, %1+%2.weight, %1+%2.bias) kernel 1 relu : float32 [1, 48, 3, 3]
        %2 = slice(%1) from 0 : float32 [1, 16, 3, 3]
        %3 = slice(%1) from 16 : float32 [1, 32, 3, 3]
        %4 = convolution(%2, W) kernel 1 : float32 [1, 32, 3, 3]
        %5 = add(%3, %4) : float32 [1, 32, 3, 3]
        output y = %5 feature
        """)
  }

  @Test func keepsConvolutionsThatCannotBeSliced() throws {
    try expectUnchanged(
      "merge-parallel-convolutions",
      """
      %0 = input image : float32 [1, 4, 3, 3]
      %1 = convolution(%0, A) kernel 1 relu : float32 [1, 8, 3, 3]
      %2 = convolution(%0, B) kernel 1 relu : float32 [1, 8, 3, 3]
      %3 = convolution(%0, C) kernel 1 : float32 [1, 16, 3, 3]
      %4 = convolution(%0, D) kernel 3 padding 1 : float32 [1, 16, 3, 3]
      %5 = convolution(%0, E) kernel 1 relu : float32 [1, 16, 3, 3]
      output a = %1 feature
      output b = %2 feature
      output c = %3 feature
      output d = %4 feature
      output e = %5 feature
      """)
  }

  @Test func mergesHeads() throws {
    try expectPass(
      "merge-parallel-linears",
      """
      %0 = input x : float32 [1, 4]
      %1 = linear(%0, V, a) : float32 [1, 3]
      %2 = sigmoid(%1) : float32 [1, 3]
      %3 = linear(%0, W, b) : float32 [1, 5]
      %4 = softmax(%3) : float32 [1, 5]
      output s = %2 sigmoid
      output p = %4 softmax
      """,
      gives: """
        %0 = input x : float32 [1, 4]
        %1 = linear(%0, %1+%3.weight, %1+%3.bias) : float32 [1, 8]
        %2 = slice(%1) from 0 : float32 [1, 3]
        %3 = sigmoid(%2) : float32 [1, 3]
        %4 = slice(%1) from 3 : float32 [1, 5]
        %5 = softmax(%4) : float32 [1, 5]
        output s = %3 sigmoid
        output p = %5 softmax
        """)
  }

  @Test func keepsLinearsThatAreNoHeads() throws {
    try expectUnchanged(
      "merge-parallel-linears",
      """
      %0 = input x : float32 [1, 4]
      %1 = linear(%0, U) : float32 [1, 4]
      %2 = linear(%0, V) : float32 [1, 4]
      %3 = linear(%0, W) elu : float32 [1, 4]
      %4 = add(%1, %2, %3) : float32 [1, 4]
      output y = %4 feature
      """)
  }

  @Test func sumStartsFromAKnownSum() throws {
    // The third sum is written in pairs, in another order.
    try expectPass(
      "reuse-sums",
      """
      %0 = input x : float32 [1, 4]
      %1 = linear(%0, A) : float32 [1, 4]
      %2 = linear(%0, B) : float32 [1, 4]
      %3 = linear(%0, C) : float32 [1, 4]
      %4 = linear(%0, D) : float32 [1, 4]
      %5 = add(%2, %1) : float32 [1, 4]
      %6 = add(%3, %2, %1) : float32 [1, 4]
      %7 = add(%1, %4) : float32 [1, 4]
      %8 = add(%7, %2) : float32 [1, 4]
      %9 = add(%8, %3) : float32 [1, 4]
      output u2 = %5 feature
      output u3 = %6 feature
      output u4 = %9 feature
      """,
      gives: """
        %0 = input x : float32 [1, 4]
        %1 = linear(%0, A) : float32 [1, 4]
        %2 = linear(%0, B) : float32 [1, 4]
        %3 = linear(%0, C) : float32 [1, 4]
        %4 = linear(%0, D) : float32 [1, 4]
        %5 = add(%2, %1) : float32 [1, 4]
        %6 = add(%3, %5) : float32 [1, 4]
        %7 = add(%4, %6) : float32 [1, 4]
        output u2 = %5 feature
        output u3 = %6 feature
        output u4 = %7 feature
        """)
  }

  @Test func keepsSumsWithNothingInCommon() throws {
    try expectUnchanged(
      "reuse-sums",
      """
      %0 = input x : float32 [1, 4]
      %1 = relu(%0) : float32 [1, 4]
      %2 = elu(%0) : float32 [1, 4]
      %3 = add(%0, %1) relu : float32 [1, 4]
      %4 = add(%0, %1, %2) : float32 [1, 4]
      %5 = add(%0, %0, %2) : float32 [1, 4]
      output a = %3 feature
      output b = %4 feature
      output c = %5 feature
      """)
  }

  @Test func sumsWithCountlessTermsAreLeftAlone() throws {
    var builder = GraphBuilder()
    var x = builder.input([1, 2])
    for _ in 0..<70 { x = builder.add([x, x]) }
    builder.output("y", x)
    let pass = try #require(PassPipeline.all.first { $0.name == "reuse-sums" })
    #expect(try pass.run(on: builder.graph) == builder.graph)
  }

  @Test func linearStartsFromTheOtherTerms() throws {
    try expectPass(
      "fold-hierarchical-residuals",
      """
      %0 = input x : float32 [1, 4]
      %1 = linear(%0, A, a) : float32 [1, 4]
      %2 = linear(%0, B, b) : float32 [1, 4]
      %3 = add(%2, %1) : float32 [1, 4]
      %4 = relu(%0) : float32 [1, 4]
      %5 = linear(%0, C, c) : float32 [1, 4]
      %6 = add(%3, %5, %4) : float32 [1, 4]
      output u1 = %1 feature
      output u3 = %6 feature
      """,
      gives: """
        %0 = input x : float32 [1, 4]
        %1 = linear(%0, A, a) : float32 [1, 4]
        %2 = linear(%0, B, b) addend %1 : float32 [1, 4]
        %3 = relu(%0) : float32 [1, 4]
        %4 = add(%2, %3) : float32 [1, 4]
        %5 = linear(%0, C, c) addend %4 : float32 [1, 4]
        output u1 = %1 feature
        output u3 = %5 feature
        """)
  }

  @Test func keepsSumsOfLinearsThatAreReadElsewhere() throws {
    try expectUnchanged(
      "fold-hierarchical-residuals",
      """
      %0 = input x : float32 [1, 4]
      %1 = linear(%0, A, a) : float32 [1, 4]
      %2 = linear(%0, B, b) elu : float32 [1, 4]
      %3 = add(%2, %1) : float32 [1, 4]
      output e = %1 feature
      output y = %3 feature
      """)
  }

  @Test func removesWhatNothingReads() throws {
    let graph = try Graph(
      parsing: """
        %0 = input x : float32 [1, 4]
        %1 = relu(%0) : float32 [1, 4]
        %2 = linear(%1, W) : float32 [1, 4]
        %3 = elu(%2) : float32 [1, 4]
        output y = %1 feature
        """)
    let pass = try #require(PassPipeline.all.first { $0.name == "remove-dead-nodes" })
    let result = try pass.run(on: graph)
    #expect(result.nodes.map(\.name) == ["%1"])
    #expect(result.passes == [.init(name: "remove-dead-nodes", nodes: ["%3", "%2"])])
  }
}
