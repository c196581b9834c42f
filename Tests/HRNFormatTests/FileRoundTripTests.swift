import HRNFormat
import HRNTestSupport
import Testing

/// The whole models that every test of the file runs over.
enum Sample: CaseIterable, Sendable {
  case source, float32, int8, branches, branchesFloat32, branchesInt8, convolutions, avx2, bfloat16, winograd8
  case bfloat16Picture, winograd16

  func model() throws -> TinyModels.Model {
    switch self {
    case .source: TinyModels.source()
    case .float32: try TinyModels.compiled(.float32)
    case .int8: try TinyModels.compiled(.int8)
    case .branches: TinyModels.branches()
    case .avx2: try TinyModels.compiled(.int8, target: .avx2)
    case .bfloat16: try TinyModels.compiled(.bfloat16)
    case .bfloat16Picture: try TinyModels.compiled(.bfloat16, roundsAll: true)
    case .winograd8: try TinyModels.compiled(.int8, target: .avx2, approximates: true)
    case .winograd16: try TinyModels.compiled(.bfloat16, target: .avx512bf16)
    case .convolutions: try TinyModels.convolutions()
    case .branchesFloat32: try TinyModels.compiledBranches(.float32)
    case .branchesInt8: try TinyModels.compiledBranches(.int8)
    }
  }

  func bytes() throws -> [UInt8] {
    let model = try model()
    return try ModelWriter.encode(model.graph, weights: model.weights)
  }
}

struct FileRoundTripTests {
  static let certificate = Certificate(
    policy: "strict", passed: true, referenceSHA256: [UInt8](0..<32), subjectSHA256: [UInt8](32..<64), images: 10,
    imagesSHA256: [UInt8](64..<96),
    levels: [
      Certificate.Level(level: "kind", agreementPercent: 99.5, subjectAccuracyPercent: 1, snrDecibels: .infinity)
    ], toolVersion: "1")

  @Test(arguments: Sample.allCases) func readsWhatItWrote(_ sample: Sample) throws {
    let model = try sample.model()
    let bytes = try ModelWriter.encode(model.graph, weights: model.weights)
    let file = try ModelFile(bytes: bytes)
    #expect(file.graph == model.graph)
    #expect(file.weightsCopy == model.weights)
    try file.verifyDigest()
    #expect(try ModelWriter.encode(file.graph, weights: file.weightsCopy) == bytes)
  }

  @Test func acceptsAModelThatWasNeverAFile() throws {
    let model = try TinyModels.compiled(.int8)
    let file = try ModelFile(graph: model.graph, weights: model.weights)
    #expect(file.graph == model.graph)
    #expect(file.digest == nil)
    try file.verifyDigest()
  }

  @Test(arguments: Sample.allCases) func alignsPayloadAndRegions(_ sample: Sample) throws {
    let bytes = try sample.bytes()
    let file = try ModelFile(bytes: bytes)
    #expect((bytes.count - file.weightsByteCount) % 4096 == 0)
    for tensor in file.graph.tensors {
      guard let region = tensor.weights else { continue }
      let address = try #require(file.bytes(region).baseAddress)
      #expect(UInt(bitPattern: address) % 64 == 0)
      #expect(file.bytes(region).count == region.length)
    }
  }

  @Test func changesTheCertificateAndNothingElse() throws {
    let model = TinyModels.source()
    let plain = try ModelFile(bytes: try ModelWriter.encode(model.graph, weights: model.weights))
    let head = try ModelWriter.head(of: plain, certificate: Self.certificate)
    let bytes = try ModelWriter.encode(model.graph, weights: model.weights, certificate: Self.certificate)
    #expect(head + plain.weightsCopy == bytes)
    let certified = try ModelFile(bytes: bytes)
    #expect(certified.certificate == Self.certificate)
    #expect(certified.digest == plain.digest)
    #expect(certified.graphMessage == plain.graphMessage)
    let again = try ModelWriter.head(of: certified, certificate: nil) + certified.weightsCopy
    #expect(try again == ModelWriter.encode(model.graph, weights: model.weights))
  }
}
