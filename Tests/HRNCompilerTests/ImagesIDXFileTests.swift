import Foundation
import HRNTestSupport
import Testing

@testable import HRNCompiler

@Suite struct ImagesIDXFileTests {
  /// Three pictures of 2 x 4.
  static let header: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 4]
  static let plain = header + (0..<24).map { UInt8($0) }
  /// The same in gzip, by `python3 -c "import gzip…; gzip.compress(bytes, mtime=0)"`.
  static let gzip = gzipped(plain)

  /// A gzip member with one stored block, for up to 65535 bytes.
  static func gzipped(_ bytes: [UInt8]) -> [UInt8] {
    let count = UInt16(bytes.count)
    let crc = crc32(bytes)
    func little(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
    return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1] + Array(little(UInt32(count)).prefix(2))
      + Array(little(UInt32(~count)).prefix(2)) + bytes + little(crc) + little(UInt32(count))
  }

  static func crc32(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
  }

  @Test func readsExtentsAndElements() throws {
    let file = try IDXFile(Self.plain, dimensions: 3)
    #expect(file.extents == [3, 2, 4])
    #expect(file.elements == (0..<24).map { UInt8($0) })
    #expect(try IDXFile(Self.gzip, dimensions: 3) == file)
  }

  @Test func readsSeveralGzipMembersAsOne() throws {
    let members = Self.gzipped(Array(Self.plain[..<10])) + Self.gzipped(Array(Self.plain[10...]))
    #expect(try IDXFile(members, dimensions: 3) == IDXFile(Self.plain, dimensions: 3))
  }

  @Test func everyCutIsAnError() {
    for file in [Self.plain, Self.gzip] {
      for count in 0..<file.count {
        #expect(throws: IDXDamage.self, "cut at \(count)") { try IDXFile(Array(file[..<count]), dimensions: 3) }
      }
    }
  }

  @Test func everyFlippedByteOfGzipEndsInAnErrorOrTheSameElements() throws {
    let whole = try IDXFile(Self.gzip, dimensions: 3)
    for index in Self.gzip.indices {
      var damaged = Self.gzip
      damaged[index] ^= 0xFF
      if let file = try? IDXFile(damaged, dimensions: 3) { #expect(file == whole, "flipped byte \(index)") }
    }
  }

  @Test func refusesAnotherMagic() {
    #expect(throws: IDXDamage.magic(found: 0x803, dimensions: 1)) { try IDXFile(Self.plain, dimensions: 1) }
  }

  @Test func refusesCountsThatNoFileHolds() {
    let huge: [UInt8] = [0, 0, 8, 3, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]
    let none: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 4]
    let gibibyte: [UInt8] = [0, 0, 8, 3, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 4, 0]
    #expect(throws: IDXDamage.extents([.max, .max, .max])) { try IDXFile(huge, dimensions: 3) }
    #expect(throws: IDXDamage.extents([0, 2, 4])) { try IDXFile(none, dimensions: 3) }
    // Within the limit, but more than these few bytes can hold: refused before memory is taken.
    for file in [gibibyte, Self.gzipped(gibibyte)] {
      #expect(throws: IDXDamage.truncated(found: file.count, expected: 16 + (1 << 30))) {
        try IDXFile(file, dimensions: 3)
      }
    }
  }

  @Test func refusesBytesBeyondTheHeadersCount() {
    #expect(throws: IDXDamage.trailing(expected: 40)) { try IDXFile(Self.plain + [0], dimensions: 3) }
    #expect(throws: IDXDamage.trailing(expected: 40)) { try IDXFile(Self.gzipped(Self.plain + [0]), dimensions: 3) }
  }

  /// A stream of zeros a hundred times as long as its header says.
  @Test func stopsABombAtTheHeadersCount() {
    let bomb = Self.header + [UInt8](repeating: 0, count: 60_000)
    #expect(throws: IDXDamage.trailing(expected: 40)) { try IDXFile(Self.gzipped(bomb), dimensions: 3) }
  }
}
