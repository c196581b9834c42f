import Foundation
import HRNCompiler
import HRNFormat
import HRNRuntime

/// Runs a model by the clock.
struct Benchmark {
  private let path: String
  private let session: Session
  private let loadMilliseconds: Double
  private let pixels: [UInt8]
  private let values: [Float]
  private let takesPixels: Bool

  /// Loads the model: that is timed too.
  ///
  /// - Throws: `CommandFailure` where the model cannot be loaded or bound.
  init(model path: String, options: SessionOptions) throws(CommandFailure) {
    self.path = path
    let start = now()
    let model: Model
    do throws(ModelError) {
      model = try Model(path: path)
    } catch {
      throw CommandFailure(error.status, "\(path): \(error.message)")
    }
    do throws(SessionError) {
      session = try Session(model, options: options)
    } catch {
      throw CommandFailure(.badInput, "\(path): \(error.message)")
    }
    loadMilliseconds = now() - start
    let count = model.imageHeight * model.imageWidth * model.imageChannels
    pixels = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 97 ^ $0 >> 3) }
    values = pixels.map { Float($0) / 128 - 1 }
    takesPixels = model.file.graph.recipe != nil
  }

  func measure(runs: Int, warmup: Int, nodes: Bool) throws(CommandFailure) -> BenchReport {
    let first = try time()
    for _ in 0..<warmup { _ = try time() }
    var latencies: [Double] = []
    for _ in 0..<runs { latencies.append(try time()) }
    let graph = session.model.file.graph
    return BenchReport(
      model: graph.name, precision: graph.precision.name, machine: Machine.current, threads: session.threads,
      cpu: session.cpu.name, loadMs: loadMilliseconds, firstMs: first, warmup: warmup, latenciesMs: latencies,
      peakResidentBytes: Machine.peakResidentBytes, arenaBytes: graph.plan?.arenaBytes ?? 0,
      nodes: nodes ? try nodeTimes(runs: runs) : nil)
  }

  /// One inference, in milliseconds.
  private func time() throws(CommandFailure) -> Double {
    let start = now()
    do throws(InputError) {
      if takesPixels {
        try pixels.withUnsafeBufferPointer { (pixels) throws(InputError) in try session.run(pixels: pixels) }
      } else {
        _ = try values.withUnsafeBufferPointer { (values) throws(InputError) in try session.run(values: values) }
      }
    } catch {
      throw CommandFailure(.badInput, "\(path): \(error.message)")
    }
    return now() - start
  }

  /// The median time of each node that computes something.
  private func nodeTimes(runs: Int) throws(CommandFailure) -> [BenchReport.Node] {
    let nodes = session.model.file.graph.nodes
    var times = [[Double]](repeating: [], count: nodes.count)
    for _ in 0..<runs {
      var last = now()
      session.run { node in
        let moment = now()
        times[node].append(moment - last)
        last = now()
      }
    }
    return zip(nodes, times).filter { $0.0.plan?.algorithm != .view }.map { node, times in
      BenchReport.Node(
        name: node.name, operation: node.operation.name, medianMs: times.sorted()[times.count / 2])
    }
  }
}

/// The monotonic clock, in milliseconds.
private func now() -> Double {
  Double(DispatchTime.now().uptimeNanoseconds) / 1e6
}

/// What the times were measured on.
enum Machine {
  /// The CPU's name and how many of them there are.
  static var current: String {
    let information = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let name = information.split(separator: "\n").first { $0.hasPrefix("model name") }?
      .split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
    return "\(name ?? "unknown CPU"), \(ProcessInfo.processInfo.activeProcessorCount) cores"
  }

  /// The most memory that this process has held, its own code included; 0 where the system does not say.
  static var peakResidentBytes: Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
  }
}
