import Foundation
import HRNFormat
import Testing

/// What is in memory of a mapped model.
struct MappedPagesTests {
  static let path = TrainedModelTests.path.replacing("tiny-hrn", with: "fashion-hrn50")

  /// Whether Linux is 5.14 or later, which is when it learned this.
  static var isSupported: Bool {
    var system = utsname()
    uname(&system)
    let numbers = withUnsafeBytes(of: system.release) { String(decoding: $0, as: UTF8.self) }
      .split(separator: ".").prefix(2).map { Int($0.prefix { $0.isNumber }) ?? 0 }
    return numbers.count == 2 && (numbers[0], numbers[1]) >= (5, 14)
  }

  /// The kilobytes of a mapping of the file that this process has, in its page table and in all.
  private func kilobytes() throws -> (entered: Int, all: Int) {
    let text = try #require(try FileHandle(forReadingFrom: URL(filePath: "/proc/self/smaps")).readToEnd())
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
    let first = try #require(lines.firstIndex { $0.hasSuffix(Self.path) })
    func value(_ key: String) throws -> Int {
      let line = try #require(lines[first...].first { $0.hasPrefix(key) })
      return try #require(Int(line.split(separator: " ")[1]))
    }
    return (try value("Rss:"), try value("Size:"))
  }

  @Test(.enabled(if: isSupported)) func everyRunIsEntered() throws {
    let file = try ModelFile(path: Self.path)
    let (before, all) = try kilobytes()
    #expect(before < all / 2)
    #expect(file.pageRuns == 3)
    file.enterPages(run: 2)
    #expect(try kilobytes().entered < all)
    for run in 0..<file.pageRuns { file.enterPages(run: run) }
    #expect(try kilobytes().entered == all)
  }

  /// A copy of a model has nothing to enter.
  @Test func copiesAreLeftAlone() throws {
    let file = try ModelFile(bytes: [UInt8](Data(contentsOf: URL(filePath: TrainedModelTests.path))))
    for run in 0..<file.pageRuns { file.enterPages(run: run) }
    try file.verifyDigest()
  }
}
