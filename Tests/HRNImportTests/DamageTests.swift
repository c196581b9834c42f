import HRNFormat
import HRNTestSupport
import Testing

@testable import HRNImport

/// A real file cut at every length or changed at every byte ends in an error or in values, never in a trap.
struct DamageTests {
  private static let small = ["layouts.pt", "layouts-legacy.pt", "layouts.safetensors"]

  @Test(arguments: small) func refusesAFileCutAtAnyLength(_ name: String) throws {
    let bytes = try Fixture.bytes(name)
    for length in 0..<bytes.count where failure([UInt8](bytes[..<length])) == nil {
      Issue.record("\(name) cut to \(length) of \(bytes.count) bytes was read")
      return
    }
  }

  @Test(arguments: small) func survivesEveryByteChanged(_ name: String) throws {
    var bytes = try Fixture.bytes(name)
    for index in stride(from: 0, to: bytes.count, by: bytes.count / rounds(bytes.count)) {
      for change: UInt8 in [1 << UInt8(index % 8), 0xFF] {
        bytes[index] ^= change
        _ = readAll(bytes)
        bytes[index] ^= change
      }
    }
  }

  /// With the checksum right again, so that the damage reaches what reads the pickle; a fuzzer goes on from here
  /// (Tools/fuzz).
  @Test(arguments: ["layouts.pt", "hrn-module.pt", "hrn-module-protocol5.pt"])
  func survivesAPickleChangedAnywhere(_ name: String) throws {
    let bytes = try Fixture.bytes(name)
    let archive = try bytes.withUnsafeBytes { try ZipArchive($0) }
    var builder = ZipBuilder(
      entries: archive.entries.map { ZipBuilder.Entry($0.name, [UInt8](bytes[$0.data])) })
    #expect(failure(builder.bytes) == nil)
    let count = builder.entries[0].data.count
    for index in stride(from: 0, to: count, by: max(count / rounds(128), 1)) {
      let byte = builder.entries[0].data[index]
      for value in [
        byte ^ 1, byte ^ 0x80, PickleOpcode.reduce.rawValue, PickleOpcode.stop.rawValue,
      ] {
        builder.entries[0].data[index] = value
        _ = readAll(builder.bytes)
      }
      builder.entries[0].data[index] = byte
    }
  }

  /// Eight files that people take for checkpoints.
  @Test func refusesWhatIsNoCheckpoint() throws {
    let whole = try Fixture.bytes("hrn-state-dict.pt")
    var random = SeededGenerator(seed: 8)
    let noise = (0..<4096).map { _ in UInt8.random(in: 0...255, using: &random) }
    for bytes in [
      [], [UInt8](whole[..<512]), [UInt8](whole[..<(whole.count / 2)]), noise,
      Array("<!DOCTYPE html>".utf8),
      Array("version https://git-lfs.github.com/spec/v1\n".utf8), [0xFF, 0xD8, 0xFF, 0xE0] + noise,
      [0x89, 0x50, 0x4E, 0x47] + noise,
    ] {
      #expect(failure(bytes) != nil)
    }
  }
}
