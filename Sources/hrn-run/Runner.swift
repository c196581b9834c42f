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
      throw Failure(error.status, "\(name): \(error.message)")
    }
    if options.verifies {
      do throws(FormatError) {
        try model.file.verifyDigest()
        try model.file.verifyWeights()
      } catch {
        throw Failure(.badInput, "\(name): \(error.message)")
      }
    }
    if options.asksForLabels, model.file.graph.tree == nil {
      throw Failure(.usage, "\(name): has no labels; leave out --top, --decode and --marginals, and read its --outputs")
    }
    let session: Session
    do throws(SessionError) {
      session = try Session(model, options: options.session)
    } catch {
      throw Failure(error.status, "\(name): \(error.message)")
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
    session.bindCaller()
    // Reading the graph took about as much as it takes.
    hrn_memory_trim()
    loadTime = hrn_clock_nanoseconds() - start
  }

  /// Classifies every image that is asked for. One that fails does not stop the others.
  ///
  /// - Throws: `Failure` when a list cannot be read or an answer cannot be written.
  func classifyImages() throws(Failure) -> CommandStatus {
    var tally = Tally()
    for image in options.images { try classify(image, &tally) }
    for list in options.lists {
      let lines = try InputStream(list).readAll(.names)
      if lines.contains(0) {
        throw Failure(.badInput, "\(escaped(list.name)): has bytes of value 0, expected names of images, one a line")
      }
      for line in lines.split(separator: 0x0A) {
        let name = line.last == 0x0D ? line.dropLast() : line
        if !name.isEmpty { try classify(InputPath(name), &tally) }
      }
    }
    return tally.status
  }

  /// Of the images so far.
  private struct Tally {
    private var images = 0
    private var failed = 0
    private var lastFailure = CommandStatus.done

    /// That of the image where there is one only.
    var status: CommandStatus { failed == 0 ? .done : images == 1 ? lastFailure : .someFailed }

    mutating func add(_ failure: Failure? = nil) {
      images += 1
      guard let failure else { return }
      Streams.complain(failure.message)
      failed += 1
      lastFailure = failure.status
    }
  }

  private func classify(_ path: InputPath, _ tally: inout Tally) throws(Failure) {
    if path.isStandardInput { return try classifyStream(path, &tally) }
    let result: [UInt8]
    do throws(Failure) {
      let jpeg = try InputStream(path).readAll(.jpeg)
      try run(jpeg: jpeg.span, named: path.name)
      result = report.bytes(path.name)
    } catch {
      return tally.add(error)
    }
    tally.add()
    try Streams.write(result)
  }

  /// Classifies JPEGs that follow one another in a stream, each as soon as it is whole. The second is called `-[1]`.
  /// The stream ends for us where it ceases to be JPEGs: what is left is one image that fails.
  private func classifyStream(_ path: InputPath, _ tally: inout Tally) throws(Failure) {
    let stream = try InputStream(path)
    var bytes: [UInt8] = []
    var index = 0
    var isOpen = true
    while isOpen {
      let known = bytes.count
      do throws(Failure) { isOpen = try stream.read(1 << 20, into: &bytes) } catch { return tally.add(error) }
      guard bytes.count <= Self.imageByteLimit else {
        let words = "\(Self.name(index)): has more than \(Self.imageByteLimit) bytes without an end"
        return tally.add(Failure(.badInput, words))
      }
      // An image that was not whole is not yet, where nothing new ends one: a large one is not read again and again.
      if known >= InputStream.bytesThatTellAKind, !JPEGMarkers.hasEnd(bytes.span.extracting(droppingFirst: known - 1)) {
        continue
      }
      var extent = JPEGMarkers.extent(of: bytes.span)
      while case .complete(let length) = extent {
        try classify(bytes.span.extracting(first: length), index, &tally)
        bytes.removeFirst(length)
        index += 1
        extent = JPEGMarkers.extent(of: bytes.span)
      }
      if case .notJPEG = extent, bytes.count >= InputStream.bytesThatTellAKind { break }
    }
    // What is left is no whole image; the decoder says what is wrong with it.
    if !bytes.isEmpty || index == 0 { try classify(bytes.span, index, &tally) }
  }

  /// What an image of a stream is called.
  private static func name(_ index: Int) -> String { index == 0 ? "-" : "-[\(index)]" }

  private func classify(_ jpeg: Span<UInt8>, _ index: Int, _ tally: inout Tally) throws(Failure) {
    let name = Self.name(index)
    do throws(Failure) { try run(jpeg: jpeg, named: name) } catch { return tally.add(error) }
    tally.add()
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
  func runTensors(_ path: InputPath) throws(Failure) -> CommandStatus {
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
      let (changed, endless) = run(values: bytes)
      try Streams.write(report.bytes(name, changed: readsPixels ? changed : nil))
      if readsPixels && changed > 0 {
        Streams.complain(
          "\(escaped(name)): \(changed) of \(count) numbers are no pixel values of this int8 network; it read the "
            + "nearest")
      } else if endless > 0 {
        Streams.complain("\(escaped(name)): \(endless) of \(count) numbers are infinite or none at all")
      }
      bytes.removeAll(keepingCapacity: true)
      index += 1
    }
  }

  /// How many of the values an int8 network reads as others, and how many are not finite.
  private func run(values bytes: [UInt8]) -> (changed: Int, endless: Int) {
    let values = bytes.withUnsafeBytes { bytes in
      (0..<bytes.count / 4).map {
        Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
      }
    }
    return values.withUnsafeBufferPointer { values in
      do throws(InputError) {
        return (try session.run(values: values), values.count(where: { !$0.isFinite }))
      } catch {
        preconditionFailure("as many numbers were read as the network has inputs")
      }
    }
  }
}
