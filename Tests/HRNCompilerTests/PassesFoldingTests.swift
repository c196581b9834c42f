import HRNCompiler
import HRNFormat
import HRNGraph
import HRNTestSupport
import Testing

@Suite struct PassesFoldingTests {
  @Test func foldsNormIntoItsConvolution() throws {
    try expectPass(
      "fuse-convolution-batch-norm",
      """
      %0 = input image : float32 [1, 4, 6, 6]
      %1 = convolution(%0, W) kernel 3 padding 1 groups 2 : float32 [1, 8, 6, 6]
      %2 = batch-norm(%1, gamma, beta, mean, variance) epsilon 1e-05 : float32 [1, 8, 6, 6]
      output y = %2 feature
      """,
      gives: """
        %0 = input image : float32 [1, 4, 6, 6]
        %1 = convolution(%0, W, %1.bias) kernel 3 padding 1 groups 2 : float32 [1, 8, 6, 6]
        output y = %1 feature
        """)
  }

  @Test func keepsNormWhenConvolutionHasAnotherReader() throws {
    try expectUnchanged(
      "fuse-convolution-batch-norm",
      """
      %0 = input image : float32 [1, 4, 6, 6]
      %1 = convolution(%0, W, b) kernel 1 : float32 [1, 8, 6, 6]
      %2 = batch-norm(%1, gamma, beta, mean, variance) epsilon 1e-05 : float32 [1, 8, 6, 6]
      %3 = add(%1, %2) : float32 [1, 8, 6, 6]
      output y = %3 feature
      """)
  }

  @Test func keepsNormBehindAnActivation() throws {
    try expectUnchanged(
      "fuse-convolution-batch-norm",
      """
      %0 = input image : float32 [1, 4, 6, 6]
      %1 = convolution(%0, W, b) kernel 1 relu : float32 [1, 8, 6, 6]
      %2 = batch-norm(%1, gamma, beta, mean, variance) epsilon 1e-05 : float32 [1, 8, 6, 6]
      output y = %2 feature
      """)
  }

  @Test func keepsNormWhoseVarianceIsMeaningless() throws {
    var builder = GraphBuilder()
    let x = builder.convolution(builder.input([1, 2, 2, 2]), outputs: 1, kernel: 1)
    let parameters = ["gamma", "beta", "mean", "variance"].map {
      builder.constant($0, shape: [1], [$0 == "variance" ? -1 : 1])
    }
    builder.output("y", builder.node(.batchNorm(.init(epsilon: 1e-5)), [x], parameters: parameters))
    #expect(try PassPipeline().run(on: builder.graph).nodes.count == 2)
  }

  @Test func foldsNormsOnBothSidesOfALinear() throws {
    try expectPass(
      "fold-batch-norm-into-linear",
      """
      %0 = input x : float32 [1, 5]
      %1 = batch-norm(%0, g, h, m, v) epsilon 1e-05 : float32 [1, 5]
      %2 = linear(%1, W, b) : float32 [1, 3]
      %3 = batch-norm(%2, gamma, beta, mean, variance) epsilon 0.001 : float32 [1, 3]
      output y = %3 feature
      """,
      gives: """
        %0 = input x : float32 [1, 5]
        %1 = linear(%0, W, b) : float32 [1, 3]
        output y = %1 feature
        """)
  }

  @Test func keepsNormsThatAreReadTwice() throws {
    try expectUnchanged(
      "fold-batch-norm-into-linear",
      """
      %0 = input x : float32 [1, 5]
      %1 = batch-norm(%0, g, h, m, v) epsilon 1e-05 : float32 [1, 5]
      %2 = linear(%1, W) : float32 [1, 5]
      %3 = batch-norm(%2, gamma, beta, mean, variance) epsilon 1e-05 : float32 [1, 5]
      %4 = add(%1, %2, %3) : float32 [1, 5]
      output y = %4 feature
      """)
  }

  @Test func foldsNormIntoTheConvolutionBehindIt() throws {
    try expectPass(
      "fold-batch-norm-into-convolution",
      """
      %0 = input image : float32 [1, 4, 6, 6]
      %1 = batch-norm(%0, gamma, beta, mean, variance) epsilon 1e-05 : float32 [1, 4, 6, 6]
      %2 = convolution(%1, W) kernel 3 stride 2 groups 2 : float32 [1, 6, 2, 2]
      output y = %2 feature
      """,
      gives: """
        %0 = input image : float32 [1, 4, 6, 6]
        %1 = convolution(%0, W, %2.bias) kernel 3 stride 2 groups 2 : float32 [1, 6, 2, 2]
        output y = %1 feature
        """)
  }

  @Test func keepsNormInFrontOfAPaddedConvolution() throws {
    try expectUnchanged(
      "fold-batch-norm-into-convolution",
      """
      %0 = input image : float32 [1, 4, 6, 6]
      %1 = batch-norm(%0, gamma, beta, mean, variance) epsilon 1e-05 : float32 [1, 4, 6, 6]
      %2 = convolution(%1, W) kernel 3 padding 1 : float32 [1, 6, 6, 6]
      output y = %2 feature
      """)
  }

  @Test func foldsConstants() throws {
    var builder = GraphBuilder()
    let x = builder.input([1, 3])
    let constant = builder.constant("C", shape: [1, 3], [-1, 2, -3])
    builder.output("y", builder.add([x, builder.relu(constant, named: "folded")]))
    let result = try #require(PassPipeline.all.first { $0.name == "fold-constants" }).run(on: builder.graph)
    #expect(result.nodes.count == 1)
    #expect(result.floats(of: result.nodes[0].inputs[1]) == [0, 2, 0])
  }
}
