import CHRNPlatform
import Foundation
import HRNFormat
import HRNTestSupport
import Testing

struct SHA256Tests {
  private func hex(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02x", $0) }.joined() }

  /// FIPS 180-4 examples, and the empty message.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
    ),
  ])
  func matchesTheStandard(text: String, digest: String) {
    #expect(hex(SHA256.digest([UInt8](text.utf8))) == digest)
  }

  @Test func matchesTheStandardForAMillionLetters() {
    let digest = hex(SHA256.digest([UInt8](repeating: 0x61, count: 1_000_000)))
    #expect(digest == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test func takesAMessageInAnyPieces() {
    let bytes = (0..<200).map { UInt8($0) }
    for length in 0...200 {
      let whole = SHA256.digest([UInt8](bytes[..<length]))
      for cut in stride(from: 0, through: length, by: 7) {
        var state = hrn_sha256_state()
        hrn_sha256_start(&state)
        bytes.withUnsafeBufferPointer { buffer in
          hrn_sha256_add(&state, buffer.baseAddress, cut)
          hrn_sha256_add(&state, buffer.baseAddress! + cut, length - cut)
        }
        var digest = [UInt8](repeating: 0, count: 32)
        hrn_sha256_finish(&state, &digest)
        #expect(digest == whole, "\(length) bytes cut at \(cut)")
      }
    }
  }
}

/// A directory of its own for each test.
final class Directory {
  let url = FileManager.default.temporaryDirectory.appending(path: "hrn-tests-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false) }
  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appending(path: name).path(percentEncoded: false) }
  func contents() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() }
  func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: url.appending(path: name))) }
}

struct FileTests {
  let directory: Directory

  init() throws { directory = try Directory() }

  @Test func publishesWholeFilesAndNothingElse() throws {
    try AtomicFile.publish([1, 2, 3], to: directory.path("model.hrn"), force: false)
    #expect(try directory.contents() == ["model.hrn"])
    #expect(try directory.bytes("model.hrn") == [1, 2, 3])
  }

  @Test func refusesToReplaceWithoutForce() throws {
    let path = directory.path("model.hrn")
    try AtomicFile.publish([1], to: path, force: false)
    #expect(throws: FileFault.exists) { try AtomicFile.check(path: path, force: false) }
    #expect(throws: FileFault.exists) { try AtomicFile.publish([2], to: path, force: false) }
    #expect(try directory.bytes("model.hrn") == [1])
    try AtomicFile.publish([2], to: path, force: true)
    #expect(try directory.bytes("model.hrn") == [2])
    #expect(try directory.contents() == ["model.hrn"])
  }

  /// As `open` does: links are followed one after another, each from its own folder.
  @Test(arguments: [false, true])
  func writesTheFileThatLinksLeadToWhereThereIsNone(force: Bool) throws {
    let (first, second) = (directory.path("first.hrn"), directory.path("second.hrn"))
    try FileManager.default.createDirectory(atPath: directory.path("folder"), withIntermediateDirectories: false)
    try FileManager.default.createSymbolicLink(atPath: first, withDestinationPath: second)
    try FileManager.default.createSymbolicLink(atPath: second, withDestinationPath: "folder/model.hrn")
    #expect(AtomicFile.target(of: first) == directory.path("folder/model.hrn"))
    try AtomicFile.check(path: first, force: force)
    try AtomicFile.publish([1], to: first, force: force)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: first) == second)
    #expect(try directory.bytes("folder/model.hrn") == [1])
    #expect(throws: FileFault.exists) { try AtomicFile.check(path: first, force: false) }
    #expect(throws: FileFault.exists) { try AtomicFile.publish([2], to: first, force: false) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path("folder")) == ["model.hrn"])
  }

  @Test(arguments: [false, true])
  func refusesLinksThatLeadNowhere(force: Bool) throws {
    for (name, target, fault) in [
      ("loop", "loop", FileFault.other(ELOOP)), ("far", "no/such/model.hrn", .missing),
      ("folder", ".", .directory), ("device", "/dev/null", .special),
    ] {
      let link = directory.path(name)
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
      #expect(throws: fault) { try AtomicFile.check(path: link, force: force) }
      #expect(throws: fault) { try AtomicFile.publish([1], to: link, force: force) }
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == target)
    }
  }

  @Test func replacesTheFileBehindALinkAndKeepsItsPermissions() throws {
    let (path, link) = (directory.path("model.hrn"), directory.path("link.hrn"))
    try AtomicFile.publish([1], to: path, force: false)
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
    try AtomicFile.publish([2], to: link, force: true)
    #expect(try directory.contents() == ["link.hrn", "model.hrn"])
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == path)
    #expect(try directory.bytes("model.hrn") == [2])
    #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o640)
  }

  @Test func publishesPartsOneAfterAnother() throws {
    let parts: [[UInt8]] = [[1, 2], [], [3]]
    let joined: [UnsafeRawBufferPointer] = parts.map { part in
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(part.count, 1), alignment: 1)
      copy.copyBytes(from: part)
      return UnsafeRawBufferPointer(rebasing: copy[..<part.count])
    }
    try AtomicFile.publish(parts: joined, to: directory.path("parts"), force: false)
    for part in joined { part.baseAddress.map { UnsafeMutableRawPointer(mutating: $0).deallocate() } }
    #expect(try directory.bytes("parts") == [1, 2, 3])
  }

  @Test func aMappedFileOutlivesItsReplacement() throws {
    let model = TinyModels.source()
    let path = directory.path("model.hrn")
    try AtomicFile.publish(try ModelWriter.encode(model.graph, weights: model.weights), to: path, force: false)
    let file = try ModelFile(path: path)
    let head = try ModelWriter.head(of: file, certificate: FileRoundTripTests.certificate)
    try head.withUnsafeBytes { head in
      try AtomicFile.publish(parts: [head, file.weights], to: path, force: true)
    }
    try file.verifyDigest()
    #expect(file.certificate == nil)
    let certified = try ModelFile(path: path)
    try certified.verifyDigest()
    #expect(certified.certificate == FileRoundTripTests.certificate)
    #expect(certified.graph == file.graph)
  }

  @Test func refusesWhatIsNoPlaceForAFile() throws {
    #expect(throws: FileFault.missing) {
      try AtomicFile.publish([1], to: directory.path("no/such/model.hrn"), force: true)
    }
    #expect(throws: FileFault.directory) { try AtomicFile.publish([1], to: directory.url.path, force: true) }
    #expect(throws: FileFault.special) { try AtomicFile.publish([1], to: "/dev/null", force: true) }
    #expect(throws: FileFault.missing) { try AtomicFile.publish([1], to: "", force: true) }
    let long = String(repeating: "x", count: 300)
    #expect(throws: FileFault.self) { try AtomicFile.publish([1], to: directory.path(long), force: true) }
    #expect(try directory.contents().isEmpty)
  }

  @Test func saysWhyAFileCannotBeRead() throws {
    try AtomicFile.publish([], to: directory.path("empty"), force: false)
    #expect(mkfifo(directory.path("pipe"), 0o600) == 0)
    #expect(throws: FormatError.file(.missing)) { try ModelFile(path: directory.path("missing")) }
    #expect(throws: FormatError.file(.directory)) { try ModelFile(path: directory.url.path) }
    #expect(throws: FormatError.file(.empty)) { try ModelFile(path: directory.path("empty")) }
    #expect(throws: FormatError.file(.special)) { try ModelFile(path: directory.path("pipe")) }
    #expect(throws: FormatError.file(.special)) { try ModelFile(path: "/dev/zero") }
    #expect(throws: FormatError.file(.missing)) { try ModelFile(path: directory.path("empty/model.hrn")) }
  }
}

struct StreamTests {
  /// More than a pipe holds, through one that neither end may wait on.
  @Test func aPipeThatDoesNotBlockIsWaitedFor() throws {
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    for end in ends { #expect(fcntl(end, F_SETFL, O_NONBLOCK) == 0) }
    let (reader, writer) = (ends[0], ends[1])
    let sent = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let writing = Thread {
      var error: Int32 = 0
      usleep(20_000)
      _ = hrn_write_stream(writer, sent, Int64(sent.count), &error)
      hrn_close_stream(writer)
    }
    writing.start()
    var (received, error): ([UInt8], Int32) = ([], 0)
    var piece = [UInt8](repeating: 0, count: 50_000)
    while true {
      let count = hrn_read_stream(reader, &piece, Int64(piece.count), &error)
      if count <= 0 { break }
      received += piece.prefix(Int(count))
    }
    hrn_close_stream(reader)
    #expect(error == 0)
    #expect(received == sent)
  }
}
