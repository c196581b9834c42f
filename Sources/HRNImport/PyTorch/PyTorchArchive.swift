import HRNFormat

/// The zip archive of PyTorch 1.6 and later: `NAME/data.pkl` describes the tensors, `NAME/data/KEY` holds each storage.
enum PyTorchArchive {
  static func read(_ file: ModelBytes) throws(ImportError) -> Checkpoint {
    let archive: ZipArchive
    do throws(ZipError) { archive = try ZipArchive(file.bytes) } catch { throw .zip(error) }
    let (folder, description) = try find(archive)
    if let order = archive["\(folder)/byteorder"] {
      let text = String(decoding: file.bytes[order].prefix(16), as: UTF8.self)
      guard text == "little" else { throw .checkpoint(.byteOrder(text)) }
    }
    var machine = PickleMachine(file.bytes, in: description, entry: "\(folder)/data.pkl")
    let pickle: Pickle
    do throws(PickleError) {
      pickle = try machine.run()
      guard machine.position == description.upperBound else {
        throw machine.fail(.trailing(description.upperBound - machine.position))
      }
    } catch {
      throw .pickle(error)
    }

    let places = Dictionary(uniqueKeysWithValues: archive.entries.map { ($0.name, $0.data) })
    var offsets: [Int] = []
    for storage in pickle.storages {
      guard let place = places["\(folder)/data/\(storage.key)"] else {
        throw .checkpoint(.storageMissing(storage.key))
      }
      guard place.count == storage.byteCount else {
        throw .checkpoint(.storageSize(storage.key, found: place.count, expected: storage.byteCount))
      }
      offsets.append(place.lowerBound)
    }
    var found = PickledCheckpoint(pickle, file: file, storageOffsets: offsets)
    return try found.checkpoint(.pytorch)
  }

  /// The one folder that holds a description, and where that lies.
  private static func find(_ archive: ZipArchive) throws(ImportError) -> (folder: String, description: Range<Int>) {
    var found: (folder: String, description: Range<Int>)?
    for entry in archive.entries {
      let parts = entry.name.split(separator: "/")
      guard parts.count == 2, parts[1] == "data.pkl" else { continue }
      if let found { throw .checkpoint(.severalDescriptions("\(found.folder)/data.pkl", entry.name)) }
      found = (String(parts[0]), entry.data)
    }
    guard let found else { throw .checkpoint(.noDescription) }
    guard archive["\(found.folder)/constants.pkl"] == nil else { throw .checkpoint(.torchScript) }
    return found
  }
}
