import Testing

@testable import HRNImage

/// A damaged JPEG ends in an error or a picture, never in a trap, and soon.
@Suite struct DamageTests {
  @Test func everyCutEndsInAnError() throws {
    for name in try Goldens.jpegNames() {
      let jpeg = try Goldens.jpeg(name)
      for count in 0..<jpeg.count {
        #expect(decode(Array(jpeg[..<count])).failure != nil, "\(name) cut to \(count) bytes")
      }
    }
  }

  @Test func everyCutCanBeRepairedOrRefused() throws {
    var limits = DecodeLimits()
    limits.acceptsDamage = true
    for name in try Goldens.jpegNames() {
      let jpeg = try Goldens.jpeg(name)
      for count in stride(from: 0, to: jpeg.count, by: 3) { _ = decode(Array(jpeg[..<count]), limits: limits) }
    }
  }

  @Test func everyChangedByteEndsInAnErrorOrAPicture() throws {
    var limits = DecodeLimits()
    limits.pixelCount = 1_000_000
    for name in ["420", "progressive-420", "cmyk", "arithmetic", "restart", "orientation-6", "grey"] {
      let jpeg = try Goldens.jpeg(name)
      var generator = SeededBytes(seed: 3)
      for index in jpeg.indices {
        var changed = jpeg
        changed[index] ^= 1 << UInt8(generator.number(below: 8))
        limits.acceptsDamage = index % 2 == 0
        _ = decode(changed, limits: limits)
        changed[index] = generator.next()
        _ = decode(changed, channels: 1, limits: limits)
      }
    }
  }

  @Test func manyChangedBytesEndInAnErrorOrAPicture() throws {
    var limits = DecodeLimits()
    limits.pixelCount = 1_000_000
    var generator = SeededBytes(seed: 4)
    let names = try Goldens.jpegNames()
    for round in 0..<2000 {
      var jpeg = try Goldens.jpeg(names[round % names.count])
      for _ in 0...generator.number(below: 8) { jpeg[generator.number(below: jpeg.count)] = generator.next() }
      limits.acceptsDamage = round % 2 == 0
      _ = decode(jpeg, limits: limits)
    }
  }

  @Test func bytesOfNoImageEndInAnError() {
    var generator = SeededBytes(seed: 5)
    for count in 0..<400 {
      let noise = (0..<count).map { _ in generator.next() }
      #expect(decode(noise).failure != nil)
      #expect(decode([0xFF, 0xD8] + noise).failure != nil)
      #expect(decode([0xFF, 0xD8, 0xFF] + noise).failure != nil)
    }
  }
}
