import CHRNPlatform
import Foundation
import HRNCompiler
import HRNFormat
import HRNImage
import HRNRuntime

/// How models are run, alike for all that are compared.
struct Setup {
  var threads: Int?
  var cpu: CPUTier
  /// A JPEG, or float32 numbers; nil for pixels that are made up.
  var input: String?
  /// Where the outputs go, and whether they may replace a file.
  var outputs: String?
  var replacesOutputs = false

  var session: SessionOptions { SessionOptions(threads: threads, cpu: cpu) }
}

/// The monotonic clock, in milliseconds.
func now() -> Double { Double(hrn_clock_nanoseconds()) / 1e6 }

/// The file that a model is measured from.
struct ModelUnderTest {
  var path: String
  /// Of a network that is made up: its name and the options that it was asked for with.
  var synthetic: String?
  /// Whether the file goes when the command ends.
  var isTemporary = false

  /// What people know it by.
  var title: String { isTemporary ? "--synthetic \(synthetic ?? "")" : path }

  func remove() {
    if isTemporary { unlink(path) }
  }
}

/// A model that is ready to be run by the clock.
final class Subject {
  let file: ModelUnderTest
  let session: Session
  /// From the file's name to a session that can run.
  let loadMilliseconds: Double
  let picture: Picture?
  private let input: NetworkInput

  var graph: ModelGraph { session.model.file.graph }

  /// Loads the model, which is timed too.
  ///
  /// - Throws: `CommandFailure` where the model cannot be loaded or bound, or the input is none for it.
  init(_ file: ModelUnderTest, _ setup: Setup) throws(CommandFailure) {
    self.file = file
    let start = now()
    let model: Model
    do throws(ModelError) {
      model = try Model(path: file.path)
    } catch {
      throw CommandFailure(error.status, "\(file.title): \(error.message)")
    }
    do throws(SessionError) {
      session = try Session(model, options: setup.session)
    } catch {
      throw CommandFailure(error.status, "\(file.title): \(error.message)")
    }
    loadMilliseconds = now() - start
    (input, picture) = try Self.input(setup.input, of: model, file.title)
  }

  private static func input(
    _ file: String?, of model: Model, _ title: String
  ) throws(CommandFailure) -> (NetworkInput, Picture?) {
    let count = model.imageHeight * model.imageWidth * model.imageChannels
    guard let file else {
      let pixels = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 97 ^ $0 >> 3) }
      let takesPixels = model.file.graph.recipe != nil
      return (takesPixels ? .pixels(pixels) : .values(pixels.map { Float($0) / 128 - 1 }), nil)
    }
    let bytes: [UInt8]
    do throws(ImageSetError) {
      bytes = try ImageSet.bytes(ofFile: file)
    } catch {
      throw CommandFailure(.missingInput, error.message)
    }
    if bytes.starts(with: [0xFF, 0xD8]) {
      let picture = try Picture(jpeg: bytes, name: file, for: model, title)
      return (.pixels(picture.pixels), picture)
    }
    guard bytes.count == 4 * count else {
      throw CommandFailure(
        .badInput,
        "\(file): has \(bytes.count) bytes and is no JPEG, expected one, or \(4 * count) bytes: float32 "
          + "[\(model.imageChannels), \(model.imageHeight), \(model.imageWidth)]")
    }
    let values = bytes.withUnsafeBytes { bytes in
      (0..<count).map {
        Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
      }
    }
    return (.values(values), nil)
  }

  /// One inference, in milliseconds.
  func time() throws(CommandFailure) -> Double {
    let start = now()
    do throws(InputError) {
      switch input {
      case .pixels(let pixels):
        try pixels.withUnsafeBufferPointer { (pixels) throws(InputError) in try session.run(pixels: pixels) }
      case .values(let values):
        try values.withUnsafeBufferPointer { (values) throws(InputError) in _ = try session.run(values: values) }
      }
    } catch {
      throw CommandFailure(.badInput, "\(file.title): \(error.message)")
    }
    return now() - start
  }

  /// One inference: the milliseconds of each node. The first has the input brought into its form, too.
  func timeNodes() throws(CommandFailure) -> [Double] {
    var times: [Double] = []
    var last = now()
    func record(_: Int) {
      let moment = now()
      times.append(moment - last)
      last = now()
    }
    do throws(InputError) {
      switch input {
      case .pixels(let pixels):
        try pixels.withUnsafeBufferPointer { (pixels) throws(InputError) in
          try session.run(pixels: pixels, observing: record)
        }
      case .values(let values):
        try values.withUnsafeBufferPointer { (values) throws(InputError) in
          try session.run(values: values, observing: record)
        }
      }
    } catch {
      throw CommandFailure(.badInput, "\(file.title): \(error.message)")
    }
    return times
  }

  /// All outputs of the last run, one after another.
  var outputs: [Float] { session.model.outputs.indices.flatMap { Array(session.output($0)) } }
}

/// A JPEG on its way to a network's pixels.
final class Picture {
  private let jpeg: [UInt8]
  private let name: String
  /// The recipe, and the part of it that decodes.
  private let whole: Preprocessor
  private let decoding: Preprocessor

  init(jpeg: [UInt8], name: String, for model: Model, _ title: String) throws(CommandFailure) {
    self.jpeg = jpeg
    self.name = name
    guard let recipe = model.file.graph.recipe else {
      throw CommandFailure(.badInput, "\(title): \(InputError.noRecipe.message)")
    }
    var decoder = recipe
    (decoder.resize, decoder.crop, decoder.pad) = (nil, nil, nil)
    do throws(ImageError) {
      whole = try Preprocessor(recipe)
      decoding = try Preprocessor(decoder)
    } catch {
      throw CommandFailure(.badInput, "\(title): \(error.message)")
    }
    try prepare(whole)
  }

  var pixels: [UInt8] { whole.pixels.withPixels { pixels in pixels.withUnsafeBufferPointer { Array($0) } } }

  /// Milliseconds of decoding alone, and of all that leads to the network's pixels.
  func time() throws(CommandFailure) -> (decode: Double, prepare: Double) {
    let start = now()
    try prepare(decoding)
    let middle = now()
    try prepare(whole)
    return (middle - start, now() - middle)
  }

  private func prepare(_ preprocessor: Preprocessor) throws(CommandFailure) {
    let jpeg = jpeg
    do throws(ImageError) {
      try preprocessor.prepare(jpeg: jpeg.span)
    } catch {
      throw CommandFailure(.badInput, "\(name): \(error.message)")
    }
  }
}
