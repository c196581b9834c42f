import Foundation
import HRNFormat
import HRNTestSupport
import Testing

@testable import HRNImport

/// The files that make-checkpoints.py wrote.
enum Fixture {
  /// One network, saved in every way of saving it.
  static let networks = [
    "hrn-state-dict.pt", "hrn-legacy.pt", "hrn-protocol4.pt", "hrn-module.pt",
    "hrn-module-legacy.pt",
    "hrn-module-protocol5.pt", "hrn-data-parallel.pt", "hrn-data-parallel-state.pt",
    "hrn-compiled-state.pt",
    "hrn-training-state.pt", "hrn-double.pt", "hrn-trainer.pt", "hrn.safetensors",
  ]

  static func bytes(_ name: String) throws -> [UInt8] {
    let folder = try #require(Bundle.module.url(forResource: "Resources", withExtension: nil))
    return [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
  }

  static func checkpoint(_ name: String) throws -> Checkpoint {
    try Checkpoint(ModelBytes(copying: bytes(name)))
  }
}

/// The error that reading bytes as a checkpoint ends in; nil where it ends in one.
func failure(_ bytes: [UInt8]) -> ImportError? {
  do throws(ImportError) {
    _ = try Checkpoint(ModelBytes(copying: bytes))
    return nil
  } catch {
    return error
  }
}

/// Reads everything that a file holds, if it holds anything.
func readAll(_ bytes: [UInt8]) -> Bool {
  do throws(ImportError) {
    let checkpoint = try Checkpoint(ModelBytes(copying: bytes))
    return checkpoint.tensors.allSatisfy { $0.floats().count == $0.elementCount }
  } catch {
    return error.message.isEmpty
  }
}

extension FixedWidthInteger {
  /// The bytes of the number, least significant first.
  var bytes: [UInt8] { withUnsafeBytes(of: littleEndian) { [UInt8]($0) } }
}
