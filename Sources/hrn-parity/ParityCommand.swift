import ArgumentParser
import HRNCommandLine
import HRNCompiler
import HRNFormat
import HRNParity

/// `hrn-parity REFERENCE SUBJECT --images IMAGES`.
struct ParityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hrn-parity",
    abstract: "Say whether a compiled network answers as its original does.",
    discussion: """
      Examples:
        hrn-parity birds.hrn birds.int8.hrn --images val/
        hrn-parity birds.pth birds.int8.hrn --images val/ --certify
        hrn-parity birds.float32.hrn birds.int8.hrn --images val/ --per-node --json > parity.json

      Both models answer the same images. The label of an image is the name of the folder that it lies in, where that \
      is a leaf of the label tree, or the number in the labels file beside an IDX file.

      Exit status: 0 the policy holds, 1 it does not, 64 usage, 65 bad input, 66 missing input, 70 a defect of ours, \
      73 the certificate cannot be written, 74 reading or writing failed, or memory or threads are missing.
      """,
    version: ParityVersion.current)

  @Argument(
    help: "What to measure against: the trained graph or checkpoint, or a compiled model.", completion: .file())
  var reference: String

  @Argument(
    help: "What to judge: a compiled model, or another trained network where the first is one.",
    completion: .file(extensions: ["hrn"]))
  var subject: String

  @Option(
    help: ArgumentHelp(
      "A folder of JPEG files in any depth, an IDX file, or a folder with Fashion-MNIST's IDX files.",
      valueName: "path"), completion: .directory)
  var images: String

  @Option(help: ArgumentHelp("Which half of Fashion-MNIST: test or train. Without it: test.", valueName: "half"))
  var split: SplitName?

  @Option(help: ArgumentHelp("Use at most this many images, chosen by their contents.", valueName: "count"))
  var limit: Int?

  @Option(help: ArgumentHelp("What must hold: mlperf-99 or mlperf-99.9.", valueName: "name"))
  var policy = PolicyName(value: .mlperf99)

  @Option(help: ArgumentHelp("Threads to use.", valueName: "count"))
  var threads = 1

  @Flag(help: "Compare every node too, on the first 32 images.")
  var perNode = false

  @Flag(help: "Write the verdict into the subject's file.")
  var certify = false

  @Flag(help: "Print the report as JSON.")
  var json = false

  @Flag(name: [.short, .long], help: "Print the report only, no progress.")
  var quiet = false

  func run() throws {
    if let limit, limit < 1 { throw CommandFailure(.usage, "--limit is \(limit), expected 1 or more") }
    try Terminal.check(threads: threads)
    let report: Report
    let judged: ParityModel
    do throws(ParityError) {
      (report, judged) = try compare()
    } catch {
      throw CommandFailure(error)
    }
    try Terminal.put(json ? report.json : report.text)
    if certify {
      do throws(ParityError) {
        try report.certify(judged)
      } catch {
        throw CommandFailure(error)
      }
    }
    // The report has said why.
    if !report.passed { throw CommandFailure(.no, "") }
  }

  private func compare() throws(ParityError) -> (Report, ParityModel) {
    let b = try ParityModel(path: subject)
    let a = try ParityModel(path: reference, originalOf: b)
    if a.isCompiled, !b.isCompiled { throw .exchanged(reference: reference, subject: subject) }
    if certify { try b.checkCertifiable() }
    let set: ImageSet
    do throws(ImageSetError) {
      set = try ImageSet(path: images, tree: a.graph.tree, split: split?.value ?? .test)
    } catch {
      throw .images(error)
    }
    if split != nil, !set.isSplit { throw .noSplit(path: images) }
    let options = Comparison.Options(limit: limit, threads: threads, nodeImages: perNode ? 32 : 0)
    let line = ProgressLine()
    defer { line.clear() }
    let showsProgress = !quiet && Terminal.isWatched
    let comparison = try Comparison(reference: a, subject: b, images: set, options: options) { done, total in
      if showsProgress { line.show("comparing", done, total) }
    }
    return (Report(comparison, policy: policy.value), b)
  }
}

extension CommandFailure {
  init(_ error: ParityError) {
    self.init(error.status, error.message)
  }
}

/// A policy as it is written on the command line.
struct PolicyName: ExpressibleByArgument {
  static var allValueStrings: [String] { Policy.all.map(\.name) }
  let value: Policy
  var defaultValueDescription: String { value.name }

  init(value: Policy) { self.value = value }

  init?(argument: String) {
    guard let value = Policy.all.first(where: { $0.name == argument }) else { return nil }
    self.value = value
  }
}

/// A half of Fashion-MNIST as it is written on the command line.
struct SplitName: ExpressibleByArgument {
  static var allValueStrings: [String] { ImageSet.Split.allCases.map(\.rawValue) }
  let value: ImageSet.Split

  init?(argument: String) {
    guard let value = ImageSet.Split(rawValue: argument) else { return nil }
    self.value = value
  }
}
