import HRNCompiler
import HRNGraph
import HRNTestSupport
import Testing

@Suite struct PassesContractTests {
  @Test(arguments: PassPipeline.all.indices)
  func passKeepsItsContract(_ index: Int) throws {
    let failures = try checkPass(PassPipeline.all[index])
    #expect(failures == [], "\(PassPipeline.all[index].name)")
  }

  @Test(arguments: 0..<30)
  func pipelineKeepsOutputsOfRandomGraphs(_ seed: UInt64) throws {
    let graph = randomGraph(seed: seed, nodes: 40)
    let pipeline = try PassPipeline()
    let result = try pipeline.run(on: graph)
    #expect(try differences(graph, result, tolerance: 5e-4) == [])
    #expect(try pipeline.run(on: result) == result)
  }
}
