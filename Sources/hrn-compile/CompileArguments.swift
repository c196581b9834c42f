import ArgumentParser
import HRNCommandLine
import HRNCompiler
import HRNFormat
import HRNImport

/// The size of images as it is written on the command line: one side of a square, or height and width.
struct ImageSize: ExpressibleByArgument {
  let height: Int
  let width: Int

  init?(argument: String) {
    let sides = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard let height = sides[0], let width = sides.last ?? nil, sides.count <= 2, height > 0, width > 0,
      max(height, width) <= Limits.pictureSide
    else { return nil }
    (self.height, self.width) = (height, width)
  }
}

extension ImportOptions {
  /// - Throws: `CommandFailure` where a file cannot be read; it begins with that file's path.
  init(labels: String?, recipe: String?, size: ImageSize?) throws(CommandFailure) {
    self.init(
      labels: try labels.map { (path) throws(CommandFailure) in
        try Self.reading(path) { () throws(ImportError) in try Self.labels(at: path) }
      },
      recipe: try recipe.map { (path) throws(CommandFailure) in
        try Self.reading(path) { () throws(ImportError) in try Self.recipe(path) }
      },
      size: size.map { ($0.height, $0.width) })
  }

  private static func reading<Value>(
    _ path: String, _ body: () throws(ImportError) -> Value
  ) throws(CommandFailure) -> Value {
    do throws(ImportError) { return try body() } catch { throw CommandFailure(.source(error), about: path) }
  }
}

extension PlanOptions.Goal: ExpressibleByArgument {}

/// A calibration method as it is written on the command line.
struct RangeMethodName: ExpressibleByArgument {
  let method: RangeMethod
  var defaultValueDescription: String { method.name }

  init(method: RangeMethod) { self.method = method }

  init?(argument: String) {
    guard let method = RangeMethod(name: argument) else { return nil }
    self.method = method
  }
}
