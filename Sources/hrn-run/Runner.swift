import CHRNPlatform
import HRNFormat
import HRNImage
import HRNRuntime

/// A session, and what brings images to it.
struct Runner {
  let options: Options
  let model: Model
  let session: Session
  let report: Report
  /// Nanoseconds from the file's name to a session that can run.
  let loadTime: Int64
  /// Nil where the model does not say how pictures become its input.
  private let preprocessor: Preprocessor?

  /// No photograph is larger.
  static let imageByteLimit = 512 << 20

  /// Opens the model and binds it.
  ///
  /// - Throws: `Failure`.
  init(_ options: Options) throws(Failure) {
    let start = hrn_clock_nanoseconds()
    let name = escaped(options.model)
    let model: Model
    do throws(ModelError) {
      model = try Model(path: options.model)
    } catch {
      throw Failure(error.exitStatus, "\(name): \(error.message)")
    }
    if options.verifies {
      do throws(FormatError) {
        try model.file.verifyDigest()
      } catch {
        throw Failure(.badInput, "\(name): \(error.message)")
      }
    }
    let session: Session
    do throws(SessionError) {
      session = try Session(model, options: options.session)
    } catch {
      throw Failure(error.exitStatus, "\(name): \(error.message)")
    }
    var preprocessor: Preprocessor?
    if let recipe = model.file.graph.recipe {
      do throws(ImageError) {
        preprocessor = try Preprocessor(recipe)
      } catch {
        throw Failure(.badInput, "\(name): \(error.message)")
      }
    }
    self.options = options
    self.model = model
    self.session = session
    self.preprocessor = preprocessor
    report = Report(options, session)
    loadTime = hrn_clock_nanoseconds() - start
  }

  /// Classifies every image that is asked for. One that fails does not stop the others.
  ///
  /// - Throws: `Failure` when there was one image only, or what is listed, read or written cannot be.
  func classifyImages() throws(Failure) -> ExitStatus {
    var tally = Tally(isAlone: options.images.count == 1 && options.lists.isEmpty)
    for image in options.images { try classify(image, &tally) }
    for list in options.lists {
      let lines = try InputStream(list).readAll(limit: 1 << 30)
      for line in lines.split(separator: 0x0A) {
        let name = line.last == 0x0D ? line.dropLast() : line
        if !name.isEmpty { try classify(InputPath(name), &tally) }
      }
    }
    return tally.failed == 0 ? .done : .someFailed
  }

  /// Of the images so far.
  private struct Tally {
    /// Whether there is one only, whose failure is that of the run.
    let isAlone: Bool
    var failed = 0

    /// - Throws: the failure, if it is that of the run.
    mutating func add(_ failure: Failure) throws(Failure) {
      if isAlone { throw failure }
      Streams.complain(failure.message)
      failed += 1
    }
  }

  private func classify(_ path: InputPath, _ tally: inout Tally) throws(Failure) {
    if path.isStandardInput { return try classifyStream(path, &tally) }
    let result: [UInt8]
    do throws(Failure) {
      let jpeg = try InputStream(path).readAll(limit: Self.imageByteLimit)
      try run(jpeg: jpeg.span, named: path.name)
      result = report.bytes(path.name)
    } catch {
      return try tally.add(error)
    }
    try Streams.write(result)
  }

  /// Classifies JPEGs that follow one another in a stream, each as soon as it is whole. The second is called `-[1]`.
  private func classifyStream(_ path: InputPath, _ tally: inout Tally) throws(Failure) {
    let stream = try InputStream(path)
    var bytes: [UInt8] = []
    var index = 0
    var isOpen = true
    while isOpen {
      isOpen = try stream.read(1 << 20, into: &bytes)
      guard bytes.count <= Self.imageByteLimit else {
        return try tally.add(Failure(.badInput, "-: has more than \(Self.imageByteLimit) bytes without an end"))
      }
      while case .complete(let length) = JPEGMarkers.extent(of: bytes.span) {
        try classify(bytes.span.extracting(first: length), index, &tally)
        bytes.removeFirst(length)
        index += 1
      }
    }
    // What is left is no whole image; the decoder says what is wrong with it.
    if !bytes.isEmpty || index == 0 { try classify(bytes.span, index, &tally) }
  }

  private func classify(_ jpeg: Span<UInt8>, _ index: Int, _ tally: inout Tally) throws(Failure) {
    let name = index == 0 ? "-" : "-[\(index)]"
    do throws(Failure) { try run(jpeg: jpeg, named: name) } catch { return try tally.add(error) }
    try Streams.write(report.bytes(name))
  }

  /// Decodes an image and runs the network on it.
  ///
  /// - Throws: `Failure` with status `badInput`.
  func run(jpeg: Span<UInt8>, named name: String) throws(Failure) {
    guard let preprocessor else {
      throw Failure(.badInput, "\(escaped(options.model)): \(InputError.noRecipe.message)")
    }
    do throws(ImageError) {
      try preprocessor.prepare(jpeg: jpeg)
    } catch {
      throw Failure(.badInput, "\(escaped(name)): \(error.message)")
    }
    do throws(InputError) {
      try preprocessor.pixels.withPixels { pixels throws(InputError) in
        try pixels.withUnsafeBufferPointer { pixels throws(InputError) in try session.run(pixels: pixels) }
      }
    } catch {
      throw Failure(.badInput, "\(escaped(name)): \(error.message)")
    }
  }

  /// The same for an image inside the model file.
  func run(jpeg: Region, named name: String) throws(Failure) {
    let bytes = model.file.bytes(jpeg)
    let jpeg = UnsafeBufferPointer(start: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), count: bytes.count)
    try run(jpeg: jpeg.span, named: name)
  }

  /// The pixels of the image that was decoded last, if one was.
  var pixelsOfImage: [UInt8]? {
    guard let preprocessor, preprocessor.pixels.byteCount > 0 else { return nil }
    return preprocessor.pixels.withPixels { pixels in pixels.withUnsafeBufferPointer { [UInt8]($0) } }
  }

  /// Runs the network on arrays of numbers that follow one another in a file.
  func runTensors(_ path: InputPath) throws(Failure) -> ExitStatus {
    let stream = try InputStream(path)
    let count = model.imageChannels * model.imageHeight * model.imageWidth
    let shape = "[\(model.imageChannels), \(model.imageHeight), \(model.imageWidth)]"
    let readsPixels = model.file.graph.precision == .int8
    var bytes: [UInt8] = []
    var index = 0
    while true {
      while bytes.count < 4 * count {
        if try !stream.read(4 * count - bytes.count, into: &bytes) { break }
      }
      if bytes.isEmpty && index > 0 { return .done }
      guard bytes.count == 4 * count else {
        throw Failure(
          .badInput,
          "\(escaped(path.name)): has \(4 * count * index + bytes.count) bytes, expected a multiple of "
            + "\(4 * count): float32 \(shape) for each image")
      }
      let name = "\(path.name)[\(index)]"
      let changed = run(values: bytes)
      try Streams.write(report.bytes(name, changed: readsPixels ? changed : nil))
      if readsPixels && changed > 0 {
        Streams.complain(
          "\(escaped(name)): \(changed) of \(count) numbers are no pixel values of this int8 network; it read the "
            + "nearest")
      }
      bytes.removeAll(keepingCapacity: true)
      index += 1
    }
  }

  private func run(values bytes: [UInt8]) -> Int {
    let values = bytes.withUnsafeBytes { bytes in
      (0..<bytes.count / 4).map {
        Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
      }
    }
    return values.withUnsafeBufferPointer { values in
      do throws(InputError) {
        return try session.run(values: values)
      } catch {
        preconditionFailure("as many numbers were read as the network has inputs")
      }
    }
  }
}

extension ModelError {
  /// The status that says what kind of trouble it is.
  var exitStatus: ExitStatus {
    guard case .file(.file(let fault)) = reason else { return .badInput }
    switch fault {
    case .missing, .denied: return .missingInput
    case .directory, .special, .empty, .tooLarge: return .badInput
    case .exists, .noSpace, .notDurable, .other: return .inputOutput
    }
  }
}

extension SessionError {
  /// The status that says what kind of trouble it is.
  var exitStatus: ExitStatus {
    switch reason {
    case .unsupported, .inconsistent: .badInput
    case .memory, .threads: .inputOutput
    case .noBLAS, .blasPrecision: .usage
    }
  }
}
