import HRNFormat

/// What whoever imports a network says about it, because the file does not, or says otherwise.
package struct ImportOptions: Sendable {
  package var labels: LabelTree?
  package var recipe: Recipe?
  /// Height and width of the images.
  package var size: (height: Int, width: Int)?

  package init(labels: LabelTree? = nil, recipe: Recipe? = nil, size: (height: Int, width: Int)? = nil) {
    self.labels = labels
    self.recipe = recipe
    self.size = size
  }
}

extension ImportOptions {
  /// Labels from a file: a TSV table, or the JSON mapping of the schema's tree.
  package static func labels(at path: String) throws(ImportError) -> LabelTree {
    let text = try Self.text(at: path)
    if Self.isJSON(text) {
      let json = try parse(text)
      do throws(MappingError) { return try LabelTree(json) } catch { throw .labels(.mapping(error)) }
    }
    do throws(LabelError) { return try LabelTree(table: text) } catch { throw .labels(error) }
  }

  /// A recipe from a file with the JSON mapping of the schema's message, or by the name `authors`.
  package static func recipe(_ pathOrName: String) throws(ImportError) -> Recipe {
    if pathOrName == authorsRecipe { return .authors }
    let json = try parse(try Self.text(at: pathOrName))
    do throws(MappingError) { return try Recipe(json) } catch { throw .recipe(error) }
  }

  /// The name of the recipe that the authors of HRN test by.
  package static let authorsRecipe = "authors"

  /// Bytes of a text that are read at most.
  private static let textLimit = 64 << 20

  private static func text(at path: String) throws(ImportError) -> String {
    let bytes: ModelBytes
    do throws(FileFault) { bytes = try ModelBytes(mapping: path) } catch { throw .file(error) }
    guard bytes.bytes.count <= textLimit, let text = String(validating: bytes.bytes, as: UTF8.self) else {
      throw .labels(.notText)
    }
    return text
  }

  private static func isJSON(_ text: String) -> Bool { text.first { !$0.isWhitespace } == "{" }

  private static func parse(_ text: String) throws(ImportError) -> JSON {
    do throws(JSONError) { return try JSON(parsing: Array(text.utf8)) } catch { throw .json(error) }
  }
}
