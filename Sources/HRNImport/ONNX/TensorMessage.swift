import HRNFormat

/// A constant as it lies in the file: its type, its shape, and where its elements are.
struct TensorMessage {
  var name = ""
  var shape: [Int] = []
  var type: ONNXElementType = .float
  /// Little-endian elements, in order: `raw_data`, `float_data`, `double_data`.
  var places: [Range<Int>] = []
  /// What came as numbers: `int32_data`, `int64_data`, `uint64_data`.
  var numbers: [Int64] = []
  var isStoredAsNumbers = false

  /// Elements along all axes.
  var count: Int { shape.reduce(1, *) }

  init() {}

  /// - Throws: `ONNXError` where the message is damaged, its elements lie in another file, its type is none that we
  ///   read, or it has more or fewer elements than its shape says.
  init(_ message: WireReader) throws(ONNXError) {
    var reader = message
    var dims: [Int64] = []
    var (typeNumber, isExternal) = (Int64(0), false)
    var (raw, floats, doubles): (Range<Int>?, [Range<Int>], [Range<Int>]) = (nil, [], [])
    var (hasSegment, hasStrings) = (false, false)
    while let field = try reader.next() {
      switch field.number {
      case 1: try reader.append(field, to: &dims, "dims")
      case 2: typeNumber = try reader.integer(field, "data_type")
      case 3: hasSegment = true
      case 4: try reader.append(field, width: 4, to: &floats, "float_data")
      case 5, 7, 11:
        try reader.append(field, to: &numbers, "int32_data, int64_data or uint64_data")
        isStoredAsNumbers = true
      case 6: hasStrings = true
      case 8: name = try reader.text(field, "name")
      case 9:
        guard raw == nil else { throw .twice("raw_data", offset: field.offset) }
        raw = try reader.range(field, "raw_data")
      case 10: try reader.append(field, width: 8, to: &doubles, "double_data")
      case 13: isExternal = true
      case 14: isExternal = try reader.integer(field, "data_location") != 0 || isExternal
      default: break
      }
    }
    guard !isExternal else { throw .externalData(tensor: name) }
    guard !hasSegment, !hasStrings, let known = Int(exactly: typeNumber).flatMap(ONNXElementType.init(rawValue:)) else {
      throw .elementType(tensor: name, found: hasSegment ? "a segment" : ONNXElementType.name(typeNumber))
    }
    type = known
    shape = try Self.shape(dims, of: name)
    let forms = [raw != nil, !floats.isEmpty, !doubles.isEmpty, isStoredAsNumbers].count { $0 }
    guard forms <= 1 else { throw .elements(tensor: name, found: "elements in \(forms) forms", expected: "one") }
    places = raw.map { [$0] } ?? (floats.isEmpty ? doubles : floats)
    try checkForm(isRaw: raw != nil, hasFloats: !floats.isEmpty, hasDoubles: !doubles.isEmpty)
  }

  /// The extents as a shape whose product is a count that we can hold.
  private static func shape(_ dims: [Int64], of name: String) throws(ONNXError) -> [Int] {
    guard dims.count <= ONNXLimits.rank else {
      throw .shape(tensor: name, found: dims, expected: "at most \(ONNXLimits.rank) axes")
    }
    var count = 1
    for extent in dims {
      let (product, overflow) = count.multipliedReportingOverflow(by: Int(extent))
      guard extent >= 0, !overflow, product <= Limits.elements else {
        throw .shape(tensor: name, found: dims, expected: "a product from 0 to \(Limits.elements)")
      }
      count = product
    }
    return dims.map { Int($0) }
  }

  /// The elements are in the form that the type is stored in, and as many as the shape says.
  private func checkForm(isRaw: Bool, hasFloats: Bool, hasDoubles: Bool) throws(ONNXError) {
    let expected = "\(counted(count, "element")) of \(type.name) for the shape \(describe(shape))"
    if isStoredAsNumbers {
      guard numbers.count == count, type != .float, type != .double else {
        throw .elements(tensor: name, found: counted(numbers.count, "whole number"), expected: expected)
      }
      return
    }
    let byteCount = places.reduce(0) { $0 + $1.count }
    let fits = isRaw || (hasFloats && type == .float) || (hasDoubles && type == .double) || places.isEmpty
    guard fits, byteCount == count * type.byteCount else {
      throw .elements(tensor: name, found: counted(byteCount, "byte"), expected: expected)
    }
  }
}

/// The largest numbers that an ONNX file may state besides those of `Limits`; they bound memory for hostile files.
enum ONNXLimits {
  /// Axes of a tensor.
  static let rank = 16
  /// Nodes, initializers, inputs or outputs of the graph.
  static let entries = 1 << 16
  /// Inputs or outputs of a node.
  static let nodeEntries = 1 << 10
  /// Attributes of a node.
  static let attributes = 1 << 6
  /// Elements of a constant that the mapping computes with, rather than hands on.
  static let foldedElements = 1 << 24
  /// Elements that all such computations may make.
  static let foldingWork = 1 << 27
  /// Bytes of all constants of the graph that are not in the file but filled with one number; as many as the file has,
  /// where that is more. Exporters write biases and masks so, no weights.
  static let filledBytes = 1 << 26
  /// How many times the file's bytes the graph's constants from it may take: bytes become floats, and may be read in
  /// several forms.
  static let growth = 8
  /// Elements of a vector that a constant of its full shape may be added to or multiplied with.
  static let vectorElements = 1 << 16
}
