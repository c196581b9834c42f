import Foundation
import HRNFormat

/// Images to calibrate on or to compare with, as a set: what is made of them does not depend on their order or names.
///
/// A set is a folder of JPEG files in any depth, an IDX file of grey images, or a folder that holds Fashion-MNIST's
/// IDX files.
package struct ImageSet: Sendable {
  package struct Image: Equatable, Sendable {
    /// The path below the folder, or the file's name with `#` and the position.
    package let name: String
    /// SHA-256 of the JPEG file, or of the raw pixels.
    package let digest: [UInt8]
    /// The position of its label in the leaf level, where it is known.
    package let leaf: Int?
    let content: Content
  }

  enum Content: Equatable, Sendable {
    case jpeg(path: String)
    case raw(index: Int)
  }

  /// Which of Fashion-MNIST's two halves a folder stands for.
  package enum Split: String, Sendable, CaseIterable {
    case test, train

    var prefix: String { self == .test ? "t10k" : "train" }
  }

  /// Something that was named like an image and is none.
  package struct Unreadable: Equatable, Sendable {
    package let name: String
    package let reason: String
  }

  package let path: String
  /// In ascending order of their digests, equal ones by name.
  package let images: [Image]
  /// Files that the system refused to read.
  package let unreadable: [Unreadable]
  let raw: IDXFile?
  /// Whether `path` is a folder of Fashion-MNIST's, of which a split is taken.
  package let isSplit: Bool

  /// Lists the images at `path` and takes their digests; nothing is decoded.
  ///
  /// - Parameters:
  ///   - tree: where given, an image's label is the leaf named as the folder that it lies in, or the number beside it.
  ///   - split: which half of Fashion-MNIST a folder of IDX files stands for.
  package init(path: String, tree: LabelTree? = nil, split: Split = .test) throws(ImageSetError) {
    self.path = path
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { throw .notFound(path: path) }
    var found: [Image]
    if !isFolder.boolValue {
      guard path.hasSuffix("-idx3-ubyte") || path.hasSuffix("-idx3-ubyte.gz") else { throw .unknownKind(path: path) }
      (found, raw) = try Self.images(idx: path, tree: tree)
      (unreadable, isSplit) = ([], false)
    } else if let file = Self.idxFile(in: path, split) {
      (found, raw) = try Self.images(idx: file, tree: tree)
      (unreadable, isSplit) = ([], true)
    } else {
      (found, unreadable) = try Self.images(folder: path, tree: tree)
      (raw, isSplit) = (nil, false)
    }
    found.sort { a, b in
      a.digest == b.digest
        ? a.name.utf8.lexicographicallyPrecedes(b.name.utf8) : a.digest.lexicographicallyPrecedes(b.digest)
    }
    images = found
  }

  // MARK: A folder of JPEG files

  private static func images(
    folder: String, tree: LabelTree?
  ) throws(ImageSetError) -> (images: [Image], unreadable: [Unreadable]) {
    guard let files = FileManager.default.enumerator(atPath: folder) else {
      throw .unreadable(path: folder, reason: "the folder cannot be listed")
    }
    var names: [String] = []
    for case let name as String in files where [".jpg", ".jpeg"].contains(where: name.lowercased().hasSuffix) {
      if files.fileAttributes?[.type] as? FileAttributeType != .typeDirectory { names.append(name) }
    }
    names.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    guard !names.isEmpty else { throw .noImages(path: folder) }

    var leaves: [String: Int] = [:]
    for (index, label) in (tree?.levels.last?.labels ?? []).enumerated() where leaves[label] == nil {
      leaves[label] = index
    }
    var images: [Image] = []
    var unreadable: [Unreadable] = []
    for name in names {
      let file = folder + "/" + name
      do throws(ImageSetError) {
        let parent = name.split(separator: "/").dropLast().last.map { String($0) } ?? lastComponent(folder)
        images.append(
          Image(
            name: name, digest: SHA256.digest(try bytes(ofFile: file)), leaf: leaves[parent], content: .jpeg(path: file)
          ))
      } catch .unreadable(_, let reason) {
        unreadable.append(Unreadable(name: name, reason: reason))
      }
    }
    guard !images.isEmpty else {
      throw .noneReadable(
        path: folder, count: names.count, first: unreadable[0].name, reason: "cannot be read: " + unreadable[0].reason)
    }
    return (images, unreadable)
  }

  // MARK: IDX files

  private static func idxFile(in folder: String, _ split: Split) -> String? {
    for ending in ["", ".gz"] {
      let file = folder + "/" + split.prefix + "-images-idx3-ubyte" + ending
      if FileManager.default.fileExists(atPath: file) { return file }
    }
    return nil
  }

  private static func images(
    idx path: String, tree: LabelTree?
  ) throws(ImageSetError) -> (images: [Image], raw: IDXFile) {
    let raw = try idx(path, dimensions: 3)
    let count = raw.extents[0]
    let size = raw.extents[1] * raw.extents[2]
    var labels: [UInt8]?
    if let tree, let leaf = tree.levels.last, let file = labelsFile(beside: path) {
      let found = try idx(file, dimensions: 1).elements
      guard found.count == count else { throw .labelCount(path: file, found: found.count, expected: count) }
      if found.allSatisfy({ Int($0) < leaf.labels.count }) { labels = found }
    }
    let name = lastComponent(path)
    let images = (0..<count).map { index in
      Image(
        name: "\(name)#\(index)", digest: SHA256.digest(Array(raw.elements[index * size..<(index + 1) * size])),
        leaf: labels.map { Int($0[index]) }, content: .raw(index: index))
    }
    return (images, raw)
  }

  /// `t10k-labels-idx1-ubyte.gz` for `t10k-images-idx3-ubyte.gz`, gzip or not.
  private static func labelsFile(beside path: String) -> String? {
    let plain = path.hasSuffix(".gz") ? String(path.dropLast(3)) : path
    let name = lastComponent(plain).replacingOccurrences(of: "images-idx3", with: "labels-idx1")
    guard name != lastComponent(plain) else { return nil }
    let file = plain.dropLast(lastComponent(plain).count) + name
    return [file + "", file + ".gz"].first { FileManager.default.fileExists(atPath: $0) }
  }

  private static func idx(_ path: String, dimensions: Int) throws(ImageSetError) -> IDXFile {
    let file = try bytes(ofFile: path)
    do {
      return try IDXFile(file, dimensions: dimensions)
    } catch {
      throw .damagedIDX(path: path, error)
    }
  }

  private static func lastComponent(_ path: String) -> String {
    path.split(separator: "/").last.map { String($0) } ?? path
  }

  /// All bytes of a file.
  ///
  /// - Throws: `unreadable`.
  package static func bytes(ofFile path: String) throws(ImageSetError) -> [UInt8] {
    do throws(FileFault) {
      return withExtendedLifetime(try ModelBytes(mapping: path)) { [UInt8]($0.bytes) }
    } catch .empty {
      return []
    } catch {
      throw .unreadable(path: path, reason: error.message)
    }
  }
}
