import HRNFormat
import HRNGraph

/// The passes in their order, run until a whole round of them changes nothing.
package struct PassPipeline: Sendable {
  /// Every pass, in the order in which they run.
  package static let all: [any Pass] = [
    RemoveDeadNodes(),  // first: a reader that nobody reads keeps others from being fused
    FoldConstants(),  // before anything looks for constants among the parameters
    SimplifyActivation(),
    SimplifyConcat(),  // before layers look at what they read
    EliminateCommonSubexpressions(),  // two equal readers become one, which may then be fused
    FuseConvolutionBatchNorm(),  // before sums and activations, which follow the norm
    FoldBatchNormIntoLinear(),
    FoldBatchNormIntoConvolution(),  // after the norm's own convolution had its chance
    MergeBatchNorms(),  // those that no layer took up
    SplitLinearOverConcat(),  // after a norm of the whole has gone into the linear
    FuseResidualAdd(),  // before activations: the ReLU behind a sum goes with the sum
    FuseActivation(),
    FuseGlobalAveragePool(),  // needs the ReLU inside the convolution
    MergeParallelConvolutions(),  // compares activations, so they are in place
    ReuseSums(),  // before folding, which would hide a sum that others can start from
    FoldHierarchicalResiduals(),
    GatherStridedInput(),  // after all that looks for a convolution's own input
    MergeParallelLinears(),  // last: heads are what is left
  ]

  /// The passes that this pipeline runs.
  package let passes: [any Pass]

  /// All passes but some, up to and including one; throws `unknownPass` for a name that is none.
  package init(skipping: Set<String> = [], stopAfter: String? = nil) throws(PassError) {
    let known = Self.all.map { $0.name }
    for name in skipping.sorted() + [stopAfter].compactMap({ $0 }) where !known.contains(name) {
      throw .unknownPass(name, known: known)
    }
    let count = stopAfter.flatMap { known.firstIndex(of: $0) }.map { $0 + 1 } ?? known.count
    passes = Self.all.prefix(count).filter { !skipping.contains($0.name) }
  }

  /// The graph after the passes, in canonical form, with what they did in its log.
  package func run(on graph: Graph) throws(PassError) -> Graph {
    do throws(GraphError) { try graph.verify() } catch { throw .graph(error) }
    var graph = graph
    var recorded: Int
    repeat {
      recorded = graph.passes.count
      for pass in passes { graph = try pass.run(on: graph) }
    } while graph.passes.count > recorded
    return graph.compacted()
  }
}
