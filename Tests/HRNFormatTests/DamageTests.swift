import HRNTestSupport
import Testing

@testable import HRNFormat

/// A valid file cut at every length and changed at every byte ends in an error or a model, never a trap.
struct DamageTests {
  private func read(_ bytes: [UInt8]) -> ModelFile? {
    do throws(FormatError) {
      return try ModelFile(bytes: bytes)
    } catch {
      #expect(!error.message.isEmpty)
      return nil
    }
  }

  @Test(arguments: Sample.allCases) func refusesAFileCutAtAnyLength(_ sample: Sample) throws {
    let bytes = try sample.bytes()
    for length in 0..<bytes.count where read([UInt8](bytes[..<length])) != nil {
      Issue.record("\(sample) cut to \(length) of \(bytes.count) bytes was read")
      return
    }
  }

  @Test(arguments: Sample.allCases) func noticesEveryFlippedBitOfTheHead(_ sample: Sample) throws {
    var bytes = try sample.bytes()
    let head = try bytes.count - ModelFile(bytes: bytes).weightsByteCount
    // Every bit of every eighth byte here; every byte's lowest and highest bit.
    for index in stride(from: 0, to: head, by: head / rounds(head)) {
      for bit in 0..<8 where bit == 0 || bit == 7 || index % 8 == 0 {
        bytes[index] ^= 1 << bit
        if let file = read(bytes), (try? file.verifyDigest()) != nil {
          Issue.record("\(sample): bit \(bit) of byte \(index) was flipped and not noticed")
          return
        }
        bytes[index] ^= 1 << bit
      }
    }
  }

  @Test func noticesEveryFlippedByteOfTheWeights() throws {
    var bytes = try Sample.source.bytes()
    let head = try bytes.count - ModelFile(bytes: bytes).weightsByteCount
    let count = bytes.count - head
    for index in stride(from: head, to: bytes.count, by: count / rounds(count)) {
      bytes[index] ^= 0x10
      let file = try ModelFile(bytes: bytes)
      #expect(throws: FormatError.digest(.weights)) { try file.verifyDigest() }
      bytes[index] ^= 0x10
    }
  }

  @Test(arguments: 0..<8 as Range<UInt64>) func survivesRandomGraphBytes(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let bytes = try Sample.allCases[Int(seed) % Sample.allCases.count].bytes()
    let head = try bytes.count - ModelFile(bytes: bytes).weightsByteCount
    for _ in 0..<400 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let index = Int.random(in: 0..<head, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: damaged[index] = UInt8.random(in: 0...255, using: &random)
        case 1: damaged.remove(at: index)
        case 2: damaged.insert(UInt8.random(in: 0...255, using: &random), at: index)
        default:
          let length = min(Int.random(in: 1...16, using: &random), head - index)
          damaged.replaceSubrange(index..<index + length, with: bytes[(head - length)..<head])
        }
      }
      _ = read(damaged)
      if let signed = resigned(damaged) { _ = read(signed) }
    }
  }

  /// The file with the digest of the graph as it is now, so that what is wrong with the graph itself is met; nil where
  /// the walk of the top level does not find graph and digest.
  private func resigned(_ bytes: [UInt8]) -> [UInt8]? {
    bytes.withUnsafeBytes { raw in
      guard let container = try? Container(walking: raw), container.digest.count >= 34 else { return nil }
      var signed = bytes
      let digest = SHA256.digest(UnsafeRawBufferPointer(rebasing: raw[container.graph]))
      signed.replaceSubrange(container.digest.lowerBound + 2..<container.digest.lowerBound + 34, with: digest)
      return signed
    }
  }
}
