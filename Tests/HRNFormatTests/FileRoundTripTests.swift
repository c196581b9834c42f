import HRNFormat
import HRNTestSupport
import Testing

struct FileRoundTripTests {
  @Test func readsWhatItWrote() throws {
    let model = TinyModels.source()
    let bytes = try ModelWriter.encode(model.graph, weights: model.weights)
    let file = try ModelFile(bytes: bytes)
    #expect(file.graph == model.graph)
    #expect([UInt8](file.weights) == model.weights)
    try file.verifyDigest()
    #expect(try ModelWriter.encode(file.graph, weights: [UInt8](file.weights)) == bytes)
  }

  @Test func keepsACertificate() throws {
    let model = TinyModels.source()
    let certificate = Certificate(
      policy: "strict", passed: true, referenceSHA256: [1, 2], subjectSHA256: [3], images: 10, imagesSHA256: [4],
      levels: [
        Certificate.Level(
          level: "kind", agreementPercent: 99.5, subjectAccuracyPercent: 1, snrDecibels: .infinity)
      ], toolVersion: "1")
    let plain = try ModelFile(bytes: try ModelWriter.encode(model.graph, weights: model.weights))
    let head = try ModelWriter.head(of: plain, certificate: certificate)
    let bytes = try ModelWriter.encode(model.graph, weights: model.weights, certificate: certificate)
    #expect(head + [UInt8](plain.weights) == bytes)
    #expect(try ModelFile(bytes: bytes).certificate == certificate)
  }
}
