import HRNFormat
import HRNImage

/// Reads a set's images one after another, in the order of their digests, as the pixels that a network reads.
package final class ImageReader {
  /// An image of a set, ready for the network.
  package struct Picture: Sendable {
    package let image: ImageSet.Image
    /// u8 `[H][W][C]`.
    package let pixels: [UInt8]
  }

  private let set: ImageSet
  private let limit: Int
  private let size: [Int]
  private let preprocessor: Preprocessor
  private var position = 0
  private var digests: [UInt8] = []
  /// How many were read so far.
  package private(set) var count = 0
  /// What was not an image, so far.
  package private(set) var unreadable: [ImageSet.Unreadable]

  /// - Parameters:
  ///   - shape: the network's image, `[1, C, H, W]`.
  ///   - limit: stop after this many; which ones is a function of the images' contents alone.
  package init(_ set: ImageSet, recipe: Recipe, shape: [Int], limit: Int? = nil) throws(ImageSetError) {
    precondition(shape.count == 4 && shape[0] == 1, "the network's image has the shape [1, C, H, W]")
    self.set = set
    self.limit = limit ?? .max
    size = [shape[2], shape[3], shape[1]]
    unreadable = set.unreadable
    do {
      preprocessor = try Preprocessor(recipe)
    } catch {
      throw .recipe(error.message)
    }
  }

  /// SHA-256 of the digests of the images read so far, in ascending order.
  package var imagesSHA256: [UInt8] { SHA256.digest(digests) }

  /// How many images there are to read at most.
  package var total: Int { min(limit, set.images.count) }

  /// The next image that can be read, or nil at the end.
  ///
  /// - Throws: `size` where the recipe does not lead to the network's size; `noneReadable` at the end of a set in which
  ///   nothing could be read.
  package func next() throws(ImageSetError) -> Picture? {
    while count < limit, position < set.images.count {
      let image = set.images[position]
      position += 1
      do throws(ImageError) {
        guard try prepare(image) else { continue }
      } catch {
        unreadable.append(ImageSet.Unreadable(name: image.name, reason: error.message))
        continue
      }
      let found = [preprocessor.pixels.height, preprocessor.pixels.width, preprocessor.pixels.channels]
      guard found == size else { throw .size(name: image.name, found: found, expected: size) }
      count += 1
      digests += image.digest
      return Picture(
        image: image, pixels: preprocessor.pixels.withPixels { pixels in pixels.withUnsafeBufferPointer { Array($0) } })
    }
    if count == 0, let first = unreadable.first {
      throw .noneReadable(path: set.path, count: unreadable.count, first: first.name, reason: first.reason)
    }
    return nil
  }

  /// Every image that can be read, up to the limit.
  package func all() throws(ImageSetError) -> [Picture] {
    var pictures: [Picture] = []
    while let picture = try next() { pictures.append(picture) }
    return pictures
  }

  /// Prepares an image's pixels; false where its file vanished, which is noted.
  private func prepare(_ image: ImageSet.Image) throws(ImageError) -> Bool {
    switch image.content {
    case .jpeg(let path):
      let file: [UInt8]
      do throws(ImageSetError) {
        file = try ImageSet.bytes(ofFile: path)
      } catch {
        unreadable.append(ImageSet.Unreadable(name: image.name, reason: error.message))
        return false
      }
      try preprocessor.prepare(jpeg: file.span)
    case .raw(let index):
      guard let raw = set.raw else { preconditionFailure("raw images come from an IDX file") }
      let count = raw.extents[1] * raw.extents[2]
      let channels = preprocessor.recipe.channels
      var pixels = Array(raw.elements[index * count..<(index + 1) * count])
      if channels > 1 { pixels = pixels.flatMap { [UInt8](repeating: $0, count: channels) } }
      let buffer = try PixelBuffer(
        width: raw.extents[2], height: raw.extents[1], channels: channels, pixels: pixels.span)
      try preprocessor.prepare(buffer)
    }
    return true
  }
}
