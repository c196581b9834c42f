import CHRNPlatform
import HRNFormat
import HRNRuntime

/// What was asked for.
struct Options {
  enum Task {
    case classify
    /// Normalised numbers instead of images.
    case tensor(InputPath)
    case selfTest
    /// This many timed inferences.
    case bench(Int)

    /// Whether it prints what the network answers.
    var answers: Bool {
      switch self {
      case .classify, .tensor: true
      case .selfTest, .bench: false
      }
    }
  }

  var model = ""
  var images: [InputPath] = []
  /// Files that list images, one name a line.
  var lists: [InputPath] = []
  var task = Task.classify
  var session = SessionOptions()
  var decoder = Classification.Decoder.independent
  var withMarginals = false
  /// Whether the weights are read and compared with their digest first.
  var verifies = false
  var isJSON = false
  var withOutputs = false
  /// Further labels to print for each level.
  var top = 0
  /// Whether an option was given that says how labels are chosen or which of their numbers are printed.
  var asksForLabels = false
}

/// The command line, each option stated once.
enum CommandLineParser {
  enum Request {
    case help
    case version
    case run(Options)
  }

  /// The options; a value's name follows those that take one.
  private enum Name: Int, CaseIterable {
    case json, outputs, top, tensor, filesFrom, decode, marginals, threads, cpu, backend, verify, selfTest, bench,
      version,
      help

    var text: StaticString {
      switch self {
      case .json: "json"
      case .outputs: "outputs"
      case .top: "top"
      case .tensor: "tensor"
      case .filesFrom: "files-from"
      case .decode: "decode"
      case .marginals: "marginals"
      case .threads: "threads"
      case .cpu: "cpu"
      case .backend: "backend"
      case .verify: "verify"
      case .selfTest: "self-test"
      case .bench: "bench"
      case .version: "version"
      case .help: "help"
      }
    }

    var takesValue: Bool {
      switch self {
      case .top, .tensor, .filesFrom, .decode, .threads, .cpu, .backend, .bench: true
      case .json, .outputs, .marginals, .verify, .selfTest, .version, .help: false
      }
    }
  }

  private static func options() -> [hrn_option] {
    Name.allCases.map { name in
      let text = UnsafeRawPointer(name.text.utf8Start).assumingMemoryBound(to: CChar.self)
      return hrn_option(name: text, takes_value: name.takesValue ? 1 : 0, letter: name == .help ? 0x68 : 0)
    }
  }

  /// Reads the arguments of this process.
  ///
  /// - Throws: `Failure` with status `usage`.
  static func parse() throws(Failure) -> Request {
    var options = Options()
    let table = self.options()
    while true {
      var value: UnsafePointer<CChar>?
      let found = hrn_next_option(table, Int32(table.count), &value)
      if found == HRN_OPTIONS_END { break }
      guard found >= 0, let name = Name(rawValue: Int(found)) else { throw fault(Int(found), value) }
      switch name {
      case .help: return .help
      case .version: return .version
      default: try set(name, value, &options)
      }
    }
    try setOperands(&options)
    return .run(options)
  }

  private static func set(
    _ name: Name, _ value: UnsafePointer<CChar>?, _ options: inout Options
  ) throws(Failure) {
    let text = value.map { String(cString: $0) } ?? ""
    switch name {
    case .top, .decode, .marginals: options.asksForLabels = true
    default: break
    }
    switch name {
    case .json: options.isJSON = true
    case .outputs: options.withOutputs = true
    case .marginals: options.withMarginals = true
    case .verify: options.verifies = true
    case .top: options.top = try number(text, name, 1...1_000_000)
    case .threads: options.session.threads = try number(text, name, SessionOptions.threadCounts)
    case .bench: try set(.bench(try number(text, name, 0...1_000_000)), &options)
    case .selfTest:
      options.verifies = true
      try set(.selfTest, &options)
    case .tensor: if let value { try set(.tensor(InputPath(value)), &options) }
    case .filesFrom: if let value { options.lists.append(InputPath(value)) }
    case .cpu:
      guard let tier = CPUTier.allCases.first(where: { isEqual($0.name, text) }) else {
        throw unknown(text, name, "scalar, avx2, avxvnni, avx512vnni, avx512bf16, neon, dotprod or i8mm")
      }
      options.session.cpu = tier
    case .backend:
      guard let backend = choice(text, ["direct": Backend.direct, "blas": .blas]) else {
        throw unknown(text, name, "direct or blas")
      }
      options.session.backend = backend
    case .decode:
      guard let decoder = choice(text, ["independent": Classification.Decoder.independent, "path": .path]) else {
        throw unknown(text, name, "independent or path")
      }
      options.decoder = decoder
    case .version, .help: break
    }
  }

  private static func set(_ task: Options.Task, _ options: inout Options) throws(Failure) {
    guard case .classify = options.task else {
      throw usage("--tensor, --self-test and --bench are three things to do; ask for one")
    }
    options.task = task
  }

  private static func setOperands(_ options: inout Options) throws(Failure) {
    guard let model = hrn_operand(0) else { throw usage("no model") }
    options.model = String(cString: model)
    if isEqual(options.model, "-") { throw usage("the model must be a file; standard input is for images") }
    for index in 1..<max(hrn_operand_count(), 1) {
      if let image = hrn_operand(index) { options.images.append(InputPath(image)) }
    }
    let inputs = options.images.count + options.lists.count
    switch options.task {
    case .classify:
      if inputs == 0 { throw usage("no images; give JPEG files, or - for standard input") }
    case .tensor, .selfTest:
      if inputs > 0 { throw usage("--tensor and --self-test take no images") }
    case .bench:
      if options.images.count > 1 || !options.lists.isEmpty { throw usage("--bench takes one image at most") }
    }
    if !options.task.answers, options.asksForLabels || options.withOutputs {
      throw usage("--self-test and --bench print no answers; leave out --top, --decode, --marginals and --outputs")
    }
    var readers = (options.images + options.lists).filter { $0.isStandardInput }.count
    if case .tensor(let path) = options.task, path.isStandardInput { readers += 1 }
    if readers > 1 { throw usage("standard input can be read once only") }
  }

  private static func number(_ text: String, _ name: Name, _ range: ClosedRange<Int>) throws(Failure) -> Int {
    guard let number = Int(text), range.contains(number) else {
      throw unknown(text, name, "a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  private static func choice<Value>(_ text: String, _ choices: KeyValuePairs<StaticString, Value>) -> Value? {
    choices.first { isEqual($0.key.description, text) }?.value
  }

  private static func isEqual(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }

  private static func unknown(_ text: String, _ name: Name, _ expected: String) -> Failure {
    usage("--\(name.text.description) '\(escaped(text))': expected \(expected)")
  }

  private static func fault(_ answer: Int, _ argument: UnsafePointer<CChar>?) -> Failure {
    let text = escaped(argument.map { String(cString: $0) } ?? "")
    switch answer {
    case HRN_OPTION_AMBIGUOUS: return usage("option '\(text)' is short for more than one")
    case HRN_OPTION_NEEDS_VALUE: return usage("option '\(text)' needs a value")
    case HRN_OPTION_TAKES_NO_VALUE: return usage("option '\(text)' takes no value")
    default: return usage("unknown option '\(text)'")
    }
  }

  private static func usage(_ words: String) -> Failure {
    Failure(.usage, words + "\n  see hrn-run --help")
  }
}
