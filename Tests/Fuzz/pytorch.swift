import CHRNZlib

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  importCheckpoint(data, count)
  return 0
}

@_silgen_name("LLVMFuzzerMutate")
private func mutate(_ data: UnsafeMutablePointer<UInt8>, _ count: Int, _ limit: Int) -> Int

/// Mutates as libFuzzer does, then mostly mends the checksums of an archive: random bytes never have the right one, and
/// nothing behind that check would be reached.
@_cdecl("LLVMFuzzerCustomMutator")
public func customMutator(_ data: UnsafeMutablePointer<UInt8>, _ count: Int, _ limit: Int, _ seed: UInt32) -> Int {
  let mutated = mutate(data, count, limit)
  if seed % 8 != 0 { mendChecksums(UnsafeMutableRawBufferPointer(start: data, count: mutated)) }
  return mutated
}

/// Writes the checksum of each entry's bytes, as they are, into the directory and behind the entry.
private func mendChecksums(_ bytes: UnsafeMutableRawBufferPointer) {
  func u16(_ offset: Int) -> Int { Int(bytes[offset]) | Int(bytes[offset + 1]) << 8 }
  func u32(_ offset: Int) -> Int { u16(offset) | u16(offset + 2) << 16 }
  func isRecord(_ offset: Int, _ kind: UInt8) -> Bool {
    bytes[offset] == 0x50 && bytes[offset + 1] == 0x4B && bytes[offset + 2] == kind
  }
  guard bytes.count > 76, isRecord(0, 3) else { return }
  for header in 0..<bytes.count - 46 where isRecord(header, 1) {
    let local = u32(header + 42)
    let size = u32(header + 24)
    guard local + 30 <= bytes.count, isRecord(local, 3) else { continue }
    let start = local + 30 + u16(local + 26) + u16(local + 28)
    guard start + size + 8 <= bytes.count else { continue }
    let crc = hrn_crc32(bytes.baseAddress!.assumingMemoryBound(to: UInt8.self) + start, size)
    bytes.storeBytes(of: crc.littleEndian, toByteOffset: header + 16, as: UInt32.self)
    if isRecord(start + size, 7) {
      bytes.storeBytes(of: crc.littleEndian, toByteOffset: start + size + 4, as: UInt32.self)
    }
  }
}
