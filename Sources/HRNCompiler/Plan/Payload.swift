import HRNFormat
import HRNGraph

/// The weights payload of a file as it grows: regions at multiples of 64 bytes, with zeros between them.
package struct Payload {
  package private(set) var bytes: [UInt8]

  package init(bytes: [UInt8] = []) { self.bytes = bytes }

  /// Makes room, so that growing needs no second copy; alignment and padding lanes come on top.
  package mutating func reserve(_ count: Int) { bytes.reserveCapacity(count + count / 16) }

  /// Appends bytes and says where they lie.
  package mutating func append(_ new: some Collection<UInt8>) -> Region {
    bytes.append(contentsOf: repeatElement(0, count: bytes.count.roundedUp(to: ArenaPlan.alignment) - bytes.count))
    let region = Region(offset: bytes.count, length: new.count)
    bytes.append(contentsOf: new)
    return region
  }

  /// Appends numbers, least significant byte first.
  package mutating func append(_ constant: Constant) -> Region {
    switch constant {
    case .float32(let values): append(littleEndian: values)
    case .bfloat16(let values): append(littleEndian: values)
    case .int32(let values): append(littleEndian: values)
    case .int8(let values): append(littleEndian: values)
    case .uint8(let values): append(values)
    }
  }

  /// Every machine that this is built for keeps its numbers least significant byte first.
  private mutating func append<Element: BitwiseCopyable>(littleEndian values: [Element]) -> Region {
    values.withUnsafeBytes { append($0) }
  }
}
