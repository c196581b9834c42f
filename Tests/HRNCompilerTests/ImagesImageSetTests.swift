import Foundation
import HRNFormat
import HRNTestSupport
import Testing

@testable import HRNCompiler

@Suite struct ImagesImageSetTests {
  static let tree = LabelTree(levels: [
    LabelTree.Level(name: "kind", labels: ["a", "b"], parents: []),
    LabelTree.Level(name: "class", labels: ["a1", "b1", "b2"], parents: [0, 1, 1]),
  ])

  /// Grey pictures of 4 x 4 in an IDX file, and their labels beside it.
  static func writeIDX(_ pictures: [[UInt8]], labels: [UInt8]?, in folder: TemporaryFolder, _ name: String = "t10k")
    throws
  {
    func header(_ words: [Int]) -> [UInt8] {
      words.flatMap { word in (0..<4).map { UInt8(word >> (24 - $0 * 8) & 255) } }
    }
    try folder.write(header([0x803, pictures.count, 4, 4]) + pictures.joined(), to: name + "-images-idx3-ubyte")
    if let labels { try folder.write(header([0x801, labels.count]) + labels, to: name + "-labels-idx1-ubyte") }
  }

  static func pictures(_ count: Int, seed: UInt64 = 1) -> [[UInt8]] {
    var random = SeededGenerator(seed: seed)
    return (0..<count).map { _ in (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) } }
  }

  static func read(_ set: ImageSet, limit: Int? = nil, channels: Int = 1) throws -> (ImageReader, [ImageReader.Picture])
  {
    let reader = try ImageReader(
      set, recipe: squareRecipe(size: 4, channels: channels), shape: [1, channels, 4, 4], limit: limit)
    return (reader, try reader.all())
  }

  @Test func readsAnIDXFileWithItsLabels() throws {
    let folder = try TemporaryFolder()
    let pictures = Self.pictures(5)
    try Self.writeIDX(pictures, labels: [0, 2, 1, 1, 0], in: folder)
    let set = try ImageSet(path: folder.path, tree: Self.tree)
    let (_, read) = try Self.read(set)
    #expect(read.count == 5)
    for picture in read {
      let index = try #require(Int(picture.image.name.split(separator: "#")[1]))
      #expect(picture.pixels == pictures[index])
      #expect(picture.image.leaf == [0, 2, 1, 1, 0][index])
    }
    #expect(try ImageSet(path: folder.path + "/t10k-images-idx3-ubyte", tree: Self.tree).images == set.images)
  }

  @Test func repeatsGreyInEveryChannelOfTheNetwork() throws {
    let folder = try TemporaryFolder()
    try Self.writeIDX([(0..<16).map { UInt8($0) }], labels: nil, in: folder)
    let (_, read) = try Self.read(try ImageSet(path: folder.path), channels: 3)
    #expect(read[0].pixels == (0..<48).map { UInt8($0 / 3) })
    #expect(read[0].image.leaf == nil)
  }

  @Test func takesTheTrainingHalfWhereAsked() throws {
    let folder = try TemporaryFolder()
    try Self.writeIDX(Self.pictures(2, seed: 1), labels: nil, in: folder)
    try Self.writeIDX(Self.pictures(3, seed: 2), labels: nil, in: folder, "train")
    #expect(try ImageSet(path: folder.path).images.count == 2)
    #expect(try ImageSet(path: folder.path, split: .train).images.count == 3)
  }

  @Test func refusesLabelsOfAnotherCount() throws {
    let folder = try TemporaryFolder()
    try Self.writeIDX(Self.pictures(3), labels: [0, 1], in: folder)
    let labels = folder.path + "/t10k-labels-idx1-ubyte"
    #expect(throws: ImageSetError.labelCount(path: labels, found: 2, expected: 3)) {
      try ImageSet(path: folder.path, tree: Self.tree)
    }
  }

  @Test(arguments: [1, 2, 3]) func theSubsetDoesNotDependOnTheOrder(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let pictures = Self.pictures(40, seed: seed)
    var seen: [[[UInt8]]] = []
    var digests: [[UInt8]] = []
    for order in [pictures, pictures.reversed(), pictures.shuffled(using: &random)] {
      let folder = try TemporaryFolder()
      try Self.writeIDX(order, labels: nil, in: folder)
      let (reader, read) = try Self.read(try ImageSet(path: folder.path), limit: 7)
      #expect(reader.total == 7)
      seen.append(read.map(\.pixels))
      digests.append(reader.imagesSHA256)
    }
    #expect(seen[0].count == 7 && seen[0] == seen[1] && seen[1] == seen[2], "seed \(seed)")
    #expect(digests[0] == digests[1] && digests[1] == digests[2], "seed \(seed)")
    let folder = try TemporaryFolder()
    try Self.writeIDX(Array(pictures.dropFirst()), labels: nil, in: folder)
    let (reader, _) = try Self.read(try ImageSet(path: folder.path))
    #expect(reader.imagesSHA256 != digests[0])
  }

  @Test func labelsAnImageByItsFolderAndListsWhatIsNoImage() throws {
    let folder = try TemporaryFolder()
    try folder.write(greyJPEG, to: "set/b2/x.jpg")
    try folder.write(greyJPEG + [0], to: "set/deep/a1/y.JPEG")
    try folder.write(greyJPEG + [0, 0], to: "set/elsewhere/z.jpg")
    try folder.write([1, 2, 3], to: "set/b1/broken.jpg")
    try folder.write([], to: "set/b1/empty.jpg")
    try folder.write([1], to: "set/b1/notes.txt")
    let set = try ImageSet(path: folder.path + "/set", tree: Self.tree)
    let (reader, read) = try Self.read(set)
    #expect(Set(read.map(\.image.name)) == ["b2/x.jpg", "deep/a1/y.JPEG", "elsewhere/z.jpg"])
    for picture in read {
      #expect(picture.image.leaf == ["b2/x.jpg": 2, "deep/a1/y.JPEG": 0][picture.image.name])
      #expect(picture.pixels.count == 16)
    }
    #expect(Set(reader.unreadable.map(\.name)) == ["b1/broken.jpg", "b1/empty.jpg"])
    #expect(reader.unreadable.allSatisfy { !$0.reason.isEmpty })
  }

  @Test func whyAFileCannotBeReadIsSaidInWords() throws {
    let folder = try TemporaryFolder()
    try folder.write(greyJPEG, to: "x.jpg")
    try folder.write(greyJPEG, to: "folder.jpg/y.jpg")
    try FileManager.default.createSymbolicLink(atPath: folder.path + "/gone.jpg", withDestinationPath: "nowhere")
    let set = try ImageSet(path: folder.path)
    #expect(set.images.map(\.name) == ["folder.jpg/y.jpg", "x.jpg"])
    #expect(set.unreadable == [ImageSet.Unreadable(name: "gone.jpg", reason: "no such file or directory")])
  }

  @Test func anUnreadableImageDoesNotTakeAPlaceInTheSubset() throws {
    let folder = try TemporaryFolder()
    try folder.write(greyJPEG, to: "x.jpg")
    for index in 0..<5 { try folder.write([UInt8(index)], to: "broken\(index).jpg") }
    let (reader, read) = try Self.read(try ImageSet(path: folder.path), limit: 1)
    #expect(read.map(\.image.name) == ["x.jpg"])
    #expect(reader.count == 1)
  }

  @Test func aSetWithoutReadableImagesIsAnError() throws {
    let folder = try TemporaryFolder()
    #expect(throws: ImageSetError.noImages(path: folder.path)) { try ImageSet(path: folder.path) }
    try folder.write([1, 2, 3], to: "one.jpg")
    try folder.write([4, 5, 6], to: "two.jpg")
    let set = try ImageSet(path: folder.path)
    let error = #expect(throws: ImageSetError.self) { try Self.read(set) }
    guard case .noneReadable(folder.path, 2, _, _) = error else {
      Issue.record("expected noneReadable, found \(String(describing: error))")
      return
    }
  }

  @Test func refusesWhatIsNeitherAFolderNorAnIDXFile() throws {
    let folder = try TemporaryFolder()
    try folder.write([1], to: "notes.txt")
    #expect(throws: ImageSetError.unknownKind(path: folder.path + "/notes.txt")) {
      try ImageSet(path: folder.path + "/notes.txt")
    }
    #expect(throws: ImageSetError.notFound(path: folder.path + "/none")) { try ImageSet(path: folder.path + "/none") }
  }

  @Test func refusesARecipeThatLeadsToAnotherSize() throws {
    let folder = try TemporaryFolder()
    try Self.writeIDX(Self.pictures(1), labels: nil, in: folder)
    let set = try ImageSet(path: folder.path)
    let reader = try ImageReader(set, recipe: squareRecipe(size: 8, channels: 1), shape: [1, 1, 4, 4])
    #expect(throws: ImageSetError.size(name: "t10k-images-idx3-ubyte#0", found: [8, 8, 1], expected: [4, 4, 1])) {
      try reader.next()
    }
  }
}

/// A folder that vanishes with its last reference.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "hrn-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ bytes: [UInt8], to name: String) throws {
    let url = URL(fileURLWithPath: path + "/" + name)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }
}
