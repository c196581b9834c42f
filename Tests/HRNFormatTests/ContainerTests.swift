import HRNFormat
import HRNTestSupport
import Testing

@testable import struct HRNFormat.Container

/// The bytes of one length-delimited field.
private func field(_ number: Int, _ content: [UInt8]) -> [UInt8] {
  [UInt8(number << 3 | 2)] + varint(content.count) + content
}

private func varint(_ value: Int) -> [UInt8] {
  value < 128 ? [UInt8(value)] : [UInt8(value & 127 | 128)] + varint(value >> 7)
}

/// The fields of a file, to be put together in other ways.
private struct Fields {
  var graph, digest, weights: [UInt8]

  init() throws {
    let bytes = try Sample.source.bytes()
    let container = try bytes.withUnsafeBytes { try Container(walking: $0) }
    graph = [UInt8](bytes[container.graph])
    digest = [UInt8](bytes[container.digest])
    weights = [UInt8](bytes[container.weights])
  }

  var magic: [UInt8] { field(1, [0x89, 0x48, 0x52, 0x4E, 0x0D, 0x0A, 0x1A, 0x0A]) }

  /// A file with these fields between magic and padding, the padding right.
  func file(_ middle: [UInt8]) -> [UInt8] {
    let head = magic + middle
    let padding = Container.padding(after: head.count, weights: weights.count).map { count in
      field(6, [UInt8](repeating: 0, count: count))
    }
    return head + (padding ?? []) + field(7, weights)
  }
}

private func error(reading bytes: [UInt8]) -> FormatError? {
  do throws(FormatError) {
    _ = try ModelFile(bytes: bytes)
    return nil
  } catch {
    return error
  }
}

struct ContainerTests {
  @Test func readsFieldsPutTogetherByHand() throws {
    let fields = try Fields()
    let bytes = fields.file(field(2, fields.graph) + field(3, fields.digest))
    #expect(try bytes == Sample.source.bytes())
    #expect(error(reading: bytes) == nil)
  }

  @Test func refusesEveryOtherSequenceOfFieldsInItsOwnWords() throws {
    let f = try Fields()
    let (graph, digest) = (field(2, f.graph), field(3, f.digest))
    let good = f.file(graph + digest)
    let payload = good.count - f.weights.count
    let paddingStart = f.magic.count + graph.count + digest.count
    var dirtyPadding = good
    dirtyPadding[paddingStart + 10] = 1
    let longLength = [graph[0]] + [UInt8(f.graph.count & 127 | 128), UInt8(f.graph.count >> 7 | 128), 0] + f.graph
    let page = [UInt8](repeating: 0, count: 4096)
    let padded = f.magic + graph + digest
    let start = padded.count + 1 + 2 + 1 + varint(f.weights.count).count
    let largerPadding = padded + field(6, [UInt8](repeating: 0, count: (4096 - start % 4096) % 4096 + 4096))
    let cases: [(String, [UInt8])] = [
      ("nothing", []),
      ("one byte of the magic", [0x0A]),
      ("the magic alone", f.magic),
      ("no graph", f.file(digest)),
      ("no digest", f.file(graph)),
      ("no weights", f.magic + graph + digest),
      ("graph twice", f.file(graph + graph + digest)),
      ("digest before graph", f.file(digest + graph)),
      ("magic twice", f.magic + f.file(graph + digest)),
      ("an unknown field", f.file(graph + digest + field(8, [1]))),
      ("field zero", f.file(graph + digest + [0x02, 0x00])),
      ("a varint field", f.file(graph + digest + [0x20, 0x00])),
      ("a group", f.file(graph + digest + [0x23])),
      ("a length that is not minimal", f.file(longLength + digest)),
      ("a tag that is not minimal", f.file([0x92, 0x00] + graph.dropFirst() + digest)),
      ("a length beyond 64 bits", f.magic + [0x12] + [UInt8](repeating: 0xFF, count: 10)),
      ("a length of 2 to the 63", f.magic + [0x12] + [UInt8](repeating: 0x80, count: 9) + [0x01]),
      ("a length that does not end", f.magic + [0x12, 0x80]),
      ("a tebibyte declared", f.magic + [0x12, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20]),
      ("bytes after the weights", good + [0]),
      ("another field after the weights", good + field(7, [])),
      ("padding that is not zero", dirtyPadding),
      ("weights off the page", f.magic + graph + digest + field(7, f.weights)),
      ("a page too much of padding", largerPadding + field(7, f.weights)),
      ("a digest of three bytes", f.file(graph + field(3, field(1, [1, 2, 3]) + field(2, [1, 2, 3])))),
      ("an empty digest", f.file(graph + field(3, []))),
      ("a graph beyond the limit", f.file(field(2, [UInt8](repeating: 0, count: (16 << 20) + 1)) + digest)),
      ("an empty graph", f.file(field(2, []) + digest)),
      ("a certificate without a policy", f.file(graph + digest + field(4, []))),
      ("a signature without a key", f.file(graph + digest + field(5, []))),
      ("a graph that is cut", f.file(field(2, f.graph.dropLast()) + digest)),
      ("the last page missing", [UInt8](good[..<payload])),
      ("a page of zeros", page),
    ]
    var text = ""
    for (name, bytes) in cases { text += "\(name)\n  \(error(reading: bytes)?.message ?? "accepted")\n" }
    #expect(try goldenDifference(text, "containers.txt") == nil)
  }

  @Test func saysWhatOtherFilesAre() throws {
    let samples: [(String, [UInt8])] = [
      ("PyTorch checkpoint", [0x50, 0x4B, 0x03, 0x04] + [UInt8](repeating: 0, count: 60)),
      ("old PyTorch checkpoint", [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20]),
      ("safetensors", [0x40, 0, 0, 0, 0, 0, 0, 0] + [UInt8]("{\"weight\":{}}".utf8)),
      ("ONNX", [0x08, 0x07, 0x12, 0x07] + [UInt8]("pytorch".utf8)),
      ("TensorFlow Lite", [0x18, 0, 0, 0] + [UInt8]("TFL3".utf8) + [0, 0]),
      ("JPEG", [0xFF, 0xD8, 0xFF, 0xE0, 0, 0x10] + [UInt8]("JFIF".utf8)),
      ("PNG", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0]),
      ("gzip", [0x1F, 0x8B, 0x08, 0, 0, 0, 0, 0, 0, 3]),
      ("HRN with its carriage return lost", [0x0A, 0x08, 0x89, 0x48, 0x52, 0x4E, 0x0A, 0x1A, 0x0A, 0x12]),
      ("HRN with a carriage return more", [0x0D, 0x0A, 0x08, 0x89, 0x48, 0x52, 0x4E, 0x0D, 0x0D, 0x0A]),
      ("text", [UInt8]("level,label\norder,bird\n".utf8)),
      ("zeros", [UInt8](repeating: 0, count: 64)),
    ]
    var text = ""
    for (name, bytes) in samples { text += "\(name)\n  \(error(reading: bytes)?.message ?? "accepted")\n" }
    #expect(try goldenDifference(text, "foreign.txt") == nil)
  }

  /// The formula of Schemas/README.md, against what it is for: the smallest padding that a minimal varint can state.
  @Test func paddingIsTheSmallestThatReachesAPage() {
    for weights in [0, 1, 127, 128, 16383, 16384, 1 << 21, 1 << 28] {
      for head in stride(from: 10, to: 3 * 4096, by: 1) {
        let count = Container.padding(after: head, weights: weights)
        let bytes = count.map { 1 + varint($0).count + $0 } ?? 0
        let start = head + bytes + 1 + varint(weights).count
        guard start % 4096 == 0, bytes < 4096 + 131 else {
          Issue.record("head \(head), weights \(weights): payload at \(start)")
          return
        }
        let isAligned = (head + 1 + varint(weights).count) % 4096 == 0
        if isAligned != (count == nil) { Issue.record("head \(head), weights \(weights): \(count ?? -1) zeros") }
      }
    }
  }
}
