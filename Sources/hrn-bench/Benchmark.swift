import Foundation
import HRNCommandLine
import HRNCompiler
import HRNFormat
import HRNRuntime

/// Runs one model by the clock, or two in turns.
struct Benchmark {
  /// Blocks that the runs beside competitors, and those without, are cut into.
  private static let blocks = 10
  /// Preparations of a picture that are timed.
  private static let preparations = 20

  let subjects: [Subject]
  let setup: Setup
  let runs: Int
  let warmup: Int

  func measure(starts: Int, nodes: Bool, competing: Int) throws(CommandFailure) -> BenchReport {
    var models: [BenchReport.Model] = []
    for subject in subjects {
      var model = BenchReport.Model(subject)
      model.start = try ColdStart.median(of: starts, subject.file, setup).map(BenchReport.Start.init)
      model.firstMs = try subject.time()
      models.append(model)
    }
    _ = try inTurns(warmup)
    for (index, latencies) in try inTurns(runs).enumerated() { models[index].latenciesMs = latencies }
    for (index, subject) in subjects.enumerated() {
      models[index].warmup = warmup
      if let picture = subject.picture { models[index].picture = try preparation(of: picture) }
    }
    if competing > 0 {
      let slowed = try beside(try Competitors(count: competing))
      for (index, times) in slowed.enumerated() {
        models[index].competition = BenchReport.Competition(
          processes: competing, quietMs: times.quiet, competingMs: times.competing)
      }
    }
    var report = BenchReport(models: models)
    if nodes {
      report.peaks = Peaks(tier: subjects[0].session.cpu, threads: subjects[0].session.threads)
      for (index, subject) in subjects.enumerated() { report.models[index].nodes = try nodeTimes(of: subject) }
    }
    try writeOutputs()
    report.models[0].outputsF32 = setup.outputs
    return report
  }

  /// The latencies of each subject: A B, then B A, so that neither always follows the other.
  private func inTurns(_ rounds: Int) throws(CommandFailure) -> [[Double]] {
    // As in hrn-run; and let go of before other processes are started.
    subjects[0].session.bindCaller()
    defer { subjects[0].session.releaseCaller() }
    var latencies = [[Double]](repeating: [], count: subjects.count)
    for round in 0..<rounds {
      for turn in subjects.indices {
        let index = (turn + round) % subjects.count
        latencies[index].append(try subjects[index].time())
      }
    }
    return latencies
  }

  /// Block by block without and with busy neighbours.
  private func beside(
    _ competitors: Competitors
  ) throws(CommandFailure) -> [(quiet: [Double], competing: [Double])] {
    var times = [(quiet: [Double], competing: [Double])](repeating: ([], []), count: subjects.count)
    for _ in 0..<Self.blocks {
      let count = max(1, runs / Self.blocks)
      for (index, latencies) in try inTurns(count).enumerated() { times[index].quiet += latencies }
      competitors.work()
      for (index, latencies) in try inTurns(count).enumerated() { times[index].competing += latencies }
      competitors.sleep()
    }
    return times
  }

  private func preparation(of picture: Picture) throws(CommandFailure) -> BenchReport.Preparation {
    var (decode, prepare): ([Double], [Double]) = ([], [])
    for _ in 0..<Self.preparations {
      let time = try picture.time()
      decode.append(time.decode)
      prepare.append(time.prepare)
    }
    let (decoded, prepared) = (Sample(decode).median, Sample(prepare).median)
    return BenchReport.Preparation(decodeMs: decoded, resizeMs: max(0, prepared - decoded), prepareMs: prepared)
  }

  /// The median time of each node that computes something.
  private func nodeTimes(of subject: Subject) throws(CommandFailure) -> [BenchReport.Node] {
    let nodes = subject.graph.nodes
    var times = [[Double]](repeating: [], count: nodes.count)
    subject.session.bindCaller()
    defer { subject.session.releaseCaller() }
    for _ in 0..<runs {
      for (node, time) in try subject.timeNodes().enumerated() { times[node].append(time) }
    }
    let described = Inspection(of: subject.session.model.file).nodes
    return nodes.indices.filter { nodes[$0].plan?.algorithm != .view }.map { index in
      let input = subject.graph.tensors[nodes[index].inputs[0]].elementType
      let weights = nodes[index].parameters.first.map { subject.graph.tensors[$0].elementType }
      return BenchReport.Node(
        name: nodes[index].name, operation: described[index].operation, plan: described[index].plan ?? "",
        medianMs: Sample(times[index]).median, products: described[index].multiplications,
        weightBytes: nodes[index].parameters.reduce(0) { $0 + (subject.graph.tensors[$1].weights?.length ?? 0) },
        type: (input == .float32 ? input : weights ?? input).name)
    }
  }

  /// Writes the outputs of the last run.
  private func writeOutputs() throws(CommandFailure) {
    guard let path = setup.outputs else { return }
    let bytes = subjects[0].outputs.flatMap { value in
      withUnsafeBytes(of: value.bitPattern.littleEndian) { [UInt8]($0) }
    }
    try Terminal.publish(bytes, to: path, force: setup.replacesOutputs)
  }
}
