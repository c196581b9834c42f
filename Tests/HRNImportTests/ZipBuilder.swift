import CHRNZlib

@testable import HRNImport

/// Makes zip archives, right ones and wrong ones: each record can be changed before it is laid down.
struct ZipBuilder {
  struct Entry {
    var name: String
    var data: [UInt8]
    var flags: UInt16 = 0
    var method: UInt16 = 0
    var attributes: UInt32 = 0
    /// What the directory says, where it shall not be the truth.
    var size: UInt32?
    var packedSize: UInt32?
    var crc: UInt32?
    var offset: UInt32?
    var directoryExtra: [UInt8] = []
    /// What the entry's own header says.
    var localName: String?
    var localFlags: UInt16?
    var localMethod: UInt16 = 0
    var localSize: UInt32?
    var localCRC: UInt32?
    var localExtra: [UInt8] = []
    var descriptor: [UInt8] = []

    init(_ name: String, _ data: [UInt8]) {
      self.name = name
      self.data = data
    }

    var checksum: UInt32 { hrn_crc32(data, data.count) }

    /// As PyTorch writes it: sizes and checksum follow the data.
    var described: Entry {
      var entry = self
      entry.flags = 0x808
      entry.localSize = 0
      entry.localCRC = 0
      entry.descriptor =
        UInt32(0x0807_4B50).bytes + checksum.bytes + UInt32(data.count).bytes
        + UInt32(data.count).bytes
      return entry
    }
  }

  var entries: [Entry]
  var gap: [UInt8] = []
  var beforeDirectory: [UInt8] = []
  var count: UInt16?
  var directorySize: UInt32?
  var directoryOffset: UInt32?
  var disk: UInt16 = 0
  var comment: [UInt8] = []
  /// The 64-bit end record's fields; none: no such record.
  var end64: (count: UInt64, size: UInt64?, offset: UInt64?)?

  /// A checkpoint: a pickle and the storages that it names.
  static func checkpoint(
    _ pickle: [UInt8], storages: [String: [UInt8]] = [:], byteOrder: String? = nil
  ) -> ZipBuilder {
    var entries = [Entry("archive/data.pkl", pickle).described]
    if let byteOrder {
      entries.append(Entry("archive/byteorder", [UInt8](byteOrder.utf8)).described)
    }
    for (key, bytes) in storages.sorted(by: { $0.key < $1.key }) {
      entries.append(Entry("archive/data/\(key)", bytes).described)
    }
    return ZipBuilder(entries: entries)
  }

  var bytes: [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for (index, entry) in entries.enumerated() {
      let name = [UInt8](entry.name.utf8)
      let localName = [UInt8]((entry.localName ?? entry.name).utf8)
      let size = entry.size ?? UInt32(entry.data.count)
      let crc = entry.crc ?? entry.checksum
      directory +=
        UInt32(0x0201_4B50).bytes + [20, 3, 20, 0] + entry.flags.bytes + entry.method.bytes + [
          0, 0, 0, 0,
        ]
      directory += crc.bytes + (entry.packedSize ?? size).bytes + size.bytes
      directory +=
        UInt16(name.count).bytes + UInt16(entry.directoryExtra.count).bytes + [0, 0, 0, 0, 0, 0]
      directory +=
        entry.attributes.bytes + (entry.offset ?? UInt32(file.count)).bytes + name
        + entry.directoryExtra

      let localSize = entry.localSize ?? UInt32(entry.data.count)
      file +=
        UInt32(0x0403_4B50).bytes + [20, 0] + (entry.localFlags ?? entry.flags).bytes
        + entry.localMethod.bytes
      file +=
        [0, 0, 0, 0] + (entry.localCRC ?? entry.checksum).bytes + localSize.bytes + localSize.bytes
      file +=
        UInt16(localName.count).bytes + UInt16(entry.localExtra.count).bytes + localName
        + entry.localExtra
      file += entry.data + entry.descriptor
      if index == 0 { file += gap }
    }
    file += beforeDirectory
    let start = file.count
    file += directory
    if let end64 {
      let record = file.count
      file +=
        UInt32(0x0606_4B50).bytes + UInt64(44).bytes + [45, 0, 45, 0] + UInt32(0).bytes
        + UInt32(0).bytes
      file += end64.count.bytes + end64.count.bytes + (end64.size ?? UInt64(directory.count)).bytes
      file += (end64.offset ?? UInt64(start)).bytes
      file += UInt32(0x0706_4B50).bytes + UInt32(0).bytes + UInt64(record).bytes + UInt32(1).bytes
    }
    let count = count ?? UInt16(entries.count)
    file += UInt32(0x0605_4B50).bytes + disk.bytes + disk.bytes + count.bytes + count.bytes
    file +=
      (directorySize ?? UInt32(directory.count)).bytes + (directoryOffset ?? UInt32(start)).bytes
    return file + UInt16(comment.count).bytes + comment
  }
}
