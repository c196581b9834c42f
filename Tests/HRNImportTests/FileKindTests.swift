import HRNFormat
import Testing

@testable import HRNImport

/// Files are told apart by their bytes.
@Suite struct FileKindTests {
  static let kinds: [(bytes: [UInt8], kind: FileKind)] = [
    ([0x0A, 0x08, 0x89, 0x48, 0x52, 0x4E, 0x0D, 0x0A, 0x1A, 0x0A], .hrn), ([0x50, 0x4B, 3, 4, 0, 0], .checkpoint),
    ([0x80, 2, 0x8A, 10, 0x6C], .checkpoint), ([9, 0, 0, 0, 0, 0, 0, 0] + Array(#"{"a":1}  "#.utf8), .checkpoint),
    ([0x08, 7, 0x12, 1, 0x61, 0x3A, 0], .onnx), ([0x3A, 2, 0x12, 0, 0x08, 7], .onnx),
    ([0xFF, 0xD8, 0xFF, 0xE0], .foreign(.jpeg)), ([0x89, 0x50, 0x4E, 0x47], .foreign(.png)),
    (Array("GIF89a".utf8), .foreign(.gif)), (Array("RIFF....WEBPVP8 ".utf8), .foreign(.webp)),
    ([0x1F, 0x8B, 8], .foreign(.gzip)), ([UInt8](repeating: 0x61, count: 257) + Array("ustar".utf8), .checkpoint),
    ([0x89, 0x48, 0x44, 0x46], .foreign(.hdf5)), (Array("    TFL3".utf8), .foreign(.tflite)),
    ([0x93, 0x4E, 0x55, 0x4D], .foreign(.numpy)), (Array("\n<!DOCTYPE html><html>".utf8), .foreign(.html)),
    (Array("version https://git-lfs.github.com/spec/v1\n".utf8), .foreign(.lfsPointer)),
    (Array("weights: yes\n".utf8), .foreign(.text)), ([0, 0, 0, 0], .foreign(.zeros)),
    ([0xA7, 0x13, 0xF0, 0x5C, 0x99, 0x01], .foreign(.unknown)),
    ([0x0A, 0x08, 0xC2, 0x89, 0x48, 0x52, 0x4E], .foreign(.damagedInTransfer)),
  ]

  @Test(arguments: kinds)
  func kindFollowsFromBytes(bytes: [UInt8], kind: FileKind) {
    #expect(FileKind(of: ModelBytes(copying: bytes)) == kind)
  }

  @Test func everyForeignFileIsExplained() {
    for (_, kind) in Self.kinds {
      guard case .foreign(let file) = kind else { continue }
      #expect(file.message.hasPrefix("is ") || file.message.hasPrefix("was ") || file.message.hasPrefix("holds "))
    }
  }
}
