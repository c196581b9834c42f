import HRNTestSupport
import Testing

@testable import HRNImport

/// Archives and streams that break their format; the words are goldens.
struct ContainerRefusalTests {
  private typealias A = Assembler

  private func words(_ cases: [(String, [UInt8])]) -> String {
    cases.map { "\($0.0): \(failure($0.1)?.message ?? "READ")\n" }.joined()
  }

  @Test func refusesEveryTrickOfAnArchive() throws {
    let data = [UInt8](repeating: 7, count: 24)
    let pickle = A.pickle(
      A.dictionary(("w", A.tensor(A.storage("0", count: 6), shape: [6], strides: [1]))))
    let good = ZipBuilder.checkpoint(pickle, storages: ["0": data])
    func changed(_ change: (inout ZipBuilder) -> Void) -> [UInt8] {
      var builder = good
      change(&builder)
      return builder.bytes
    }
    func entry(_ change: (inout ZipBuilder.Entry) -> Void) -> [UInt8] {
      changed { change(&$0.entries[1]) }
    }
    let wide = UInt16(1).bytes + UInt16(16).bytes + UInt64(24).bytes + UInt64(24).bytes
    let wideDescriptor =
      UInt32(0x0807_4B50).bytes + good.entries[1].checksum.bytes + UInt64(24).bytes
      + UInt64(24).bytes
    let cases: [(String, [UInt8])] = [
      ("as PyTorch writes it", good.bytes),
      (
        "sizes before the data",
        changed { $0.entries = $0.entries.map { ZipBuilder.Entry($0.name, $0.data) } }
      ),
      ("with a 64-bit end", changed { $0.end64 = (2, nil, nil) }),
      (
        "only a 64-bit end",
        changed {
          $0.end64 = (2, nil, nil)
          $0.count = .max
          $0.directorySize = .max
          $0.directoryOffset = .max
        }
      ),
      (
        "64-bit sizes",
        entry {
          $0.size = .max
          $0.packedSize = .max
          $0.directoryExtra = wide
          $0.descriptor = wideDescriptor
        }
      ),
      (
        "64-bit sizes on both sides",
        entry {
          $0.flags = 0
          $0.localFlags = 0
          $0.localCRC = nil
          $0.size = .max
          $0.directoryExtra = wide
          $0.localSize = .max
          $0.localExtra = wide
          $0.descriptor = []
        }
      ),
      ("no signature before the sizes", entry { $0.descriptor.removeFirst(4) }),
      ("64-bit sizes that are missing", entry { $0.size = .max }),
      (
        "64-bit sizes that differ",
        entry {
          $0.size = .max
          $0.packedSize = 24
          $0.directoryExtra = UInt16(1).bytes + UInt16(8).bytes + UInt64.max.bytes
        }
      ),
      ("a 64-bit end that differs", changed { $0.end64 = (3, nil, nil) }),
      (
        "a 64-bit end elsewhere",
        changed {
          $0.end64 = (2, nil, .max)
          $0.directoryOffset = .max
        }
      ),
      ("the same name twice", changed { $0.entries.append($0.entries[1]) }),
      ("compressed", entry { $0.method = 8 }),
      ("compressed, only before the data", entry { $0.localMethod = 8 }),
      ("encrypted", entry { $0.flags |= 1 }),
      ("a patch", entry { $0.flags |= 0x20 }),
      ("a link", entry { $0.attributes = 0xA1FF_0000 }),
      ("an absolute name", entry { $0.name = "/etc/passwd" }),
      ("a name that leads out", entry { $0.name = "archive/../../x" }),
      ("a name of Windows", entry { $0.name = "C:\\x" }),
      (
        "a folder",
        entry {
          $0.name = "archive/data/"
          $0.data = []
        }
      ),
      ("an empty name", entry { $0.name = "" }),
      ("a name with a bell", entry { $0.name = "archive/\u{7}" }),
      ("a name of 2000 letters", entry { $0.name = String(repeating: "x", count: 2000) }),
      ("another name before the data", entry { $0.localName = "archive/data/1" }),
      ("other flags before the data", entry { $0.localFlags = 0x800 }),
      ("another size before the data", entry { $0.localSize = 20 }),
      ("another checksum before the data", entry { $0.localCRC = 1 }),
      ("another size behind the data", entry { $0.descriptor[8] = 20 }),
      ("nothing behind the data", entry { $0.descriptor = [] }),
      (
        "a wrong checksum",
        entry {
          $0.crc = 1
          $0.localCRC = 1
        }
      ),
      ("two sizes", entry { $0.packedSize = 20 }),
      (
        "a size beyond the file",
        entry {
          $0.size = 0xFFFF_FFFE
          $0.packedSize = 0xFFFF_FFFE
        }
      ),
      ("an entry over another", entry { $0.offset = 0 }),
      ("an entry in the middle of another", entry { $0.offset = 40 }),
      ("an entry behind the end", entry { $0.offset = 0xFFFF_0000 }),
      ("bytes between entries", changed { $0.gap = [1, 2, 3] }),
      ("bytes before the directory", changed { $0.beforeDirectory = [1, 2, 3] }),
      ("bytes before the first entry", Array("PK\u{3}\u{4}".utf8) + good.bytes),
      ("bytes behind the end", good.bytes + [0]),
      ("a comment", changed { $0.comment = Array("hello".utf8) }),
      ("more entries than there are", changed { $0.count = 9 }),
      ("a directory elsewhere", changed { $0.directoryOffset = 1 }),
      ("a directory of another size", changed { $0.directorySize = 10 }),
      ("one of several parts", changed { $0.disk = 1 }),
      ("a second directory", good.bytes + good.bytes),
      ("half a file", [UInt8](good.bytes[..<(good.bytes.count / 2)])),
      ("only the beginning", Array("PK\u{3}\u{4}".utf8)),
    ]
    #expect(try goldenDifference(words(cases), "archives.txt") == nil)
  }

  @Test func refusesEveryTrickOfAStream() throws {
    let data = [UInt8](repeating: 7, count: 24)
    let magic = [0x80, 2, PickleOpcode.long1.rawValue, 10] + PyTorchStream.magic + [0x2E]
    func storage(_ key: String, view: A.Code = A.op(.none)) -> A.Code {
      A.tuple(
        A.text("storage"), A.global("torch", "FloatStorage"), A.text(key), A.text("cpu"), A.int(6),
        view)
        + A.op(.binPersistentID)
    }
    func file(
      version: A.Code = A.int(1001),
      machine: A.Code = A.dictionary(("little_endian", A.op(.newTrue))),
      value: A.Code? = nil, keys: A.Code = A.tuple(A.text("0")), count: UInt64 = 6,
      data: [UInt8]? = nil
    ) -> [UInt8] {
      let state = A.dictionary(("w", A.tensor(storage("0"), shape: [6], strides: [1])))
      return magic + A.pickle(version) + A.pickle(machine) + A.pickle(value ?? state)
        + A.pickle(keys) + count.bytes
        + (data ?? [UInt8](repeating: 7, count: 24))
    }
    let cases: [(String, [UInt8])] = [
      ("as PyTorch writes it", file()),
      ("another version", file(version: A.int(1002))),
      ("no machine", file(machine: A.int(1))),
      ("big-endian", file(machine: A.dictionary(("little_endian", A.op(.newFalse))))),
      ("keys that are no list", file(keys: A.int(0))),
      ("keys that are no texts", file(keys: A.tuple(A.int(0)))),
      (
        "a key twice",
        file(keys: A.tuple(A.text("0"), A.text("0")), data: data + UInt64(6).bytes + data)
      ),
      (
        "a key of nothing",
        file(keys: A.tuple(A.text("0"), A.text("1")), data: data + UInt64(6).bytes + data)
      ),
      ("a storage without a key", file(keys: A.op(.emptyTuple), count: 0, data: [])),
      ("a storage that is cut", file(data: [0, 0, 0, 0])),
      ("a storage of another size", file(count: 5, data: [UInt8](repeating: 7, count: 20))),
      ("a storage as large as can be", file(count: .max)),
      ("bytes behind the last storage", file(data: data + [0])),
      (
        "a view of a storage",
        file(
          value: A.dictionary(
            (
              "w",
              A.tensor(
                storage("0", view: A.tuple(A.text("1"), A.int(0), A.int(6))), shape: [6],
                strides: [1])
            )))
      ),
      ("code", file(value: A.call("os", "system", A.text("id")))),
      (
        "a class's source text, not read",
        file(
          value: A.dictionary(
            ("w", A.tensor(storage("0"), shape: [6], strides: [1])),
            (
              "c",
              A.tuple(
                A.text("module"), A.global("torch.nn.modules.conv", "Conv2d"), A.text("x.py"),
                A.text("import os")) + A.op(.binPersistentID)
            )))
      ),
      ("nothing behind the magic number", magic),
    ]
    #expect(try goldenDifference(words(cases), "streams.txt") == nil)
  }

  @Test func refusesEveryBreachOfSafetensors() throws {
    func file(_ header: String, buffer: Int = 8, length: UInt64? = nil) -> [UInt8] {
      let text = [UInt8](header.utf8)
      return (length ?? UInt64(text.count)).bytes + text + [UInt8](repeating: 1, count: buffer)
    }
    func tensor(_ type: String = "F32", _ shape: String = "[2]", _ offsets: String = "[0,8]")
      -> String
    {
      "{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
    }
    let cases: [(String, [UInt8])] = [
      ("as it should be", file("{\"__metadata__\":{\"a\":\"b\"},\"w\":\(tensor())}   ")),
      (
        "two tensors, the later first",
        file("{\"b\":\(tensor("F32", "[1]", "[4,8]")),\"a\":\(tensor("F32", "[]", "[0,4]"))}")
      ),
      ("an empty tensor", file("{\"w\":\(tensor()),\"e\":\(tensor("F32", "[0,3]", "[8,8]"))}")),
      ("no tensors", file("{}", buffer: 0)),
      ("a header longer than the file", file("{\"w\":\(tensor())}", length: 1 << 20)),
      ("a header longer than allowed", file("{\"w\":\(tensor())}", length: 1 << 30)),
      ("a space before the header", file(" {\"w\":\(tensor())}")),
      ("a newline behind the header", file("{\"w\":\(tensor())}\n")),
      ("a list", file("{\"w\":[]}")),
      ("no JSON", file("{\"w\":}")),
      ("a name twice", file("{\"w\":\(tensor()),\"w\":\(tensor())}")),
      (
        "a field twice",
        file("{\"w\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}")
      ),
      ("metadata of numbers", file("{\"__metadata__\":{\"a\":1},\"w\":\(tensor())}")),
      ("metadata that is text", file("{\"__metadata__\":\"a\",\"w\":\(tensor())}")),
      (
        "a field more",
        file("{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}}")
      ),
      ("a field less", file("{\"w\":{\"dtype\":\"F32\",\"shape\":[2]}}")),
      ("8-bit floating point", file("{\"w\":\(tensor("F8_E4M3", "[8]"))}")),
      ("unsigned 64-bit", file("{\"w\":\(tensor("U64", "[1]"))}")),
      ("a negative extent", file("{\"w\":\(tensor("F32", "[-2]"))}")),
      ("half an extent", file("{\"w\":\(tensor("F32", "[2.0]"))}")),
      ("nine axes", file("{\"w\":\(tensor("F32", "[1,1,1,1,1,1,1,1,2]"))}")),
      (
        "a shape whose product wraps",
        file("{\"w\":\(tensor("F32", "[4294967296,4294967296]", "[0,8]"))}")
      ),
      (
        "a shape that wraps to the right size",
        file("{\"w\":\(tensor("F32", "[4611686018427387906]"))}")
      ),
      (
        "nothing of very much",
        file("{\"w\":\(tensor("F32", "[0,4611686018427387904,8]", "[0,0]"))}", buffer: 0)
      ),
      ("offsets the wrong way", file("{\"w\":\(tensor("F32", "[2]", "[8,0]"))}")),
      ("three offsets", file("{\"w\":\(tensor("F32", "[2]", "[0,8,8]"))}")),
      ("offsets beyond", file("{\"w\":\(tensor("F32", "[4]", "[0,16]"))}")),
      (
        "offsets too large for any number",
        file("{\"w\":\(tensor("F32", "[2]", "[0,99999999999999999999]"))}")
      ),
      ("a size that is not the shape's", file("{\"w\":\(tensor("F32", "[1]"))}")),
      (
        "tensors over each other",
        file("{\"a\":\(tensor()),\"b\":\(tensor("F32", "[1]", "[4,8]"))}")
      ),
      (
        "a hole",
        file(
          "{\"a\":\(tensor("F32", "[1]", "[0,4]")),\"b\":\(tensor("F32", "[1]", "[8,12]"))}",
          buffer: 12)
      ),
      ("bytes behind", file("{\"w\":\(tensor())}", buffer: 9)),
      ("bytes before", file("{\"w\":\(tensor("F32", "[1]", "[4,8]"))}")),
      ("a name that moves the cursor", file("{\"\\u001b[2J\":\(tensor())}")),
      ("a deep header", file("{\"w\":" + String(repeating: "[", count: 100_000) + "}")),
    ]
    #expect(try goldenDifference(words(cases), "safetensors.txt") == nil)
  }
}
