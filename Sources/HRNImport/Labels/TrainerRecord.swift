import HRNFormat

/// What our trainer says about its own checkpoint: the JSON text `about` beside the tensors.
struct TrainerRecord {
  /// The name that `fit --method` gives the network.
  private(set) var method = "hrn"
  private(set) var hasResidualSums = true
  /// Whether there is a ReLU ahead of the classifiers.
  private(set) var rectifies = true
  private(set) var tree: LabelTree?
  private(set) var recipe: Recipe?
  private(set) var training = Provenance.Training()
  /// Decisions that the text leaves open.
  private(set) var notes: [String] = []

  /// - Throws: `ImportError.record` where the text is not as the trainer writes it; nil for files of others.
  init?(_ metadata: [String: String]) throws(ImportError) {
    guard let text = metadata["about"] else { return nil }
    let json: JSON
    do throws(JSONError) {
      json = try JSON(parsing: Array(text.utf8))
    } catch {
      throw .record("about, \(error.message)")
    }
    guard let config = json["config"], json["tree"] != nil, json["recipe"] != nil else { return nil }
    do throws(MappingError) {
      try read(json, config)
    } catch {
      throw .record("about, \(error.message)")
    }
  }

  private mutating func read(_ json: JSON, _ config: JSON) throws(MappingError) {
    if case .string(let method)? = config["method"] { self.method = method }
    if case .bool(let residual)? = config["residual"] { hasResidualSums = residual }
    if case .bool(let relu)? = config["relu"] { rectifies = relu }
    let isLogit = config["potential"] == .string("logit")
    tree = try Self.tree(json, potential: isLogit ? .logit : .sigmoid)
    recipe = try readRecipe(json)
    training.command = Self.text(json["command"])
    training.framework = "PyTorch \(Self.text(json["framework"]))"
    training.data = Self.text(config["data"])
    if case .integer(let seed)? = config["seed"], seed >= 0 { training.seed = UInt64(seed) }
    if case .integer(let epoch)? = json["epoch"], epoch >= 0 { training.epochs = epoch }
    training.method = method
    if case .object(let ranges)? = json["ranges"], !ranges.isEmpty {
      notes.append("it was trained to ranges of int8, which only the trainer's own export carries; they are not used")
    }
  }

  private static func text(_ json: JSON?) -> String {
    if case .string(let text)? = json { text } else { "" }
  }

  /// Names of levels and nodes, and for each node its parent's number among all of them, −1 in the first level.
  private static func tree(_ json: JSON, potential: Potential) throws(MappingError) -> LabelTree {
    guard let tree = json["tree"], case .array(let names)? = tree["level_names"],
      case .array(let lists)? = tree["names"], case .array(let all)? = tree["parents"], names.count == lists.count
    else { throw MappingError(place: "tree", found: "another form", expected: "level_names, names and parents") }
    var levels: [JSON] = []
    var (begin, above) = (0, 0)
    for (index, list) in lists.enumerated() {
      guard case .array(let labels) = list, begin + labels.count <= all.count else {
        throw MappingError(place: "tree.names[\(index)]", found: list.kind, expected: "a list of labels with parents")
      }
      let parents = all[begin..<begin + labels.count].map { parent in
        if case .integer(let number) = parent { JSON.integer(number - above) } else { parent }
      }
      levels.append(
        .object([
          JSON.Member("name", names[index]), JSON.Member("labels", list),
          JSON.Member("parents", .array(index == 0 ? [] : parents)),
        ]))
      if index > 0 { above = begin }
      begin += labels.count
    }
    var result = try LabelTree(.object([JSON.Member("levels", .array(levels))]))
    result.potential = potential
    return result
  }

  /// Sizes are `[height, width]`, and padding is the same on all sides.
  private mutating func readRecipe(_ json: JSON) throws(MappingError) -> Recipe {
    var fields = try MessageFields(json["recipe"] ?? .null, at: "recipe")
    let channels = try fields.required("channels") { (fields, name) throws(MappingError) in try fields.integer(name) }
    let resize = try fields.integers("resize")
    let crop = try fields.integers("crop")
    guard resize.count == 2, crop.isEmpty || crop.count == 2 else {
      throw MappingError(place: "recipe", found: "sizes of another form", expected: "height and width")
    }
    let pad = try fields.integer("pad") ?? 0
    let padValue = try fields.integer("pad_value") ?? 0
    let recipe = Recipe(
      channels: channels, exif: try fields.flag("exif") ?? false ? .apply : .ignore,
      resize: Recipe.Resize(filter: filter(json["pillow"]), mode: .squash, width: resize[1], height: resize[0]),
      crop: crop.isEmpty ? nil : Recipe.Size(width: crop[1], height: crop[0]),
      pad: pad == 0
        ? nil
        : Recipe.Pad(
          left: pad, top: pad, right: pad, bottom: pad, value: [Int](repeating: padValue, count: min(channels, 3))),
      scale: 1 / 255, mean: try fields.numbers("mean"), std: try fields.numbers("std"))
    try fields.finish()
    return recipe
  }

  /// How the Pillow of the training resized.
  private mutating func filter(_ version: JSON?) -> ResizeFilter {
    guard case .string(let version)? = version, let major = version.split(separator: ".").first.flatMap({ Int($0) })
    else {
      notes.append("the checkpoint does not say which Pillow resized its pictures: taken for version 13 or later")
      return .bilinearAntialias
    }
    return major >= 13 ? .bilinearAntialias : .bilinearAntialiasHorizontalFirst
  }
}
