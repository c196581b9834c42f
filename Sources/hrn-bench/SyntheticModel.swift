import ArgumentParser
import Foundation
import HRNCommandLine
import HRNCompiler
import HRNFormat
import HRNGraph
import HRNImport

/// A network that is made up and compiled on the spot, so that nobody needs a trained one to measure.
struct SyntheticModel {
  /// Pictures that int8 is calibrated on: enough for ranges, since no answer means anything.
  private static let pictures = 4

  let network: SyntheticNetwork
  let size: Int
  let seed: UInt64

  /// Makes the files that a command asks for; what is measured is mapped from one of them, like any model.
  func file(for command: BenchCommand) throws(CommandFailure) -> ModelUnderTest {
    // A name that nobody can foresee: others may write to the folder too.
    let path = command.output ?? NSTemporaryDirectory() + "hrn-bench-\(UUID().uuidString).hrn"
    for case let path? in [command.output, command.writeSource] { try Terminal.refuse(path, force: command.force) }
    let source = try source()
    if let path = command.writeSource { try write(source, to: path, force: command.force) }
    let plan = PlanOptions(
      target: command.target?.value ?? .portable, approximation: command.approximate == .gsb ? .unlimited : nil)
    let file = try compile(source, CompileOptions(precision: command.precision?.value ?? .int8, plan: plan))
    try Terminal.publish([file.fileBytes], to: path, force: command.force)
    return ModelUnderTest(path: path, synthetic: words(of: command), isTemporary: command.output == nil)
  }

  private func words(of command: BenchCommand) -> String {
    let given: [(String, String?)] = [
      ("size", "\(size)"), ("seed", command.seed.map { "\($0)" }), ("precision", command.precision?.value.name),
      ("target", command.target?.value.name), ("approximate", command.approximate?.rawValue),
    ]
    return given.reduce(network.rawValue) { words, option in
      option.1.map { "\(words) --\(option.0) \($0)" } ?? words
    }
  }

  /// The trained form: a float graph.
  private func source() throws(CommandFailure) -> TrainedModel {
    do throws(ImportError) {
      return try network.model(size: size, seed: seed)
    } catch {
      throw CommandFailure(CompileError.source(error), about: network.rawValue)
    }
  }

  private func compile(_ source: TrainedModel, _ options: CompileOptions) throws(CommandFailure) -> ModelFile {
    let pictures = (0..<Self.pictures).map { SyntheticPicture.pixels(size: size, seed: seed &+ 100 &+ UInt64($0)) }
    do throws(CompileError) {
      return try Compiler(options).compile(pictures: pictures) { () throws(CompileError) in source }.file
    } catch {
      throw CommandFailure(error, about: network.rawValue)
    }
  }

  private func write(_ source: TrainedModel, to path: String, force: Bool) throws(CommandFailure) {
    let (graph, weights) = source.graph.encodedAsSource()
    let file: ModelFile
    do throws(FormatError) {
      file = try ModelWriter.file(graph, weights: weights)
    } catch {
      throw CommandFailure(.defect, "\(network.rawValue): \(error.message)")
    }
    try Terminal.publish([file.fileBytes], to: path, force: force)
  }
}

extension SyntheticNetwork: ExpressibleByArgument {}
