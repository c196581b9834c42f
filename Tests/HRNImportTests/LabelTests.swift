import HRNFormat
import Testing

@testable import HRNImport

/// Label trees and recipes from files.
@Suite struct LabelTests {
  @Test func aTableGivesATree() throws {
    let tree = try LabelTree(
      table: "group\tkind\tkind_index\r\ngoods\tBag\t2\r\nclothes\tShirt\t0\r\ngoods\tBoot\t1\r\n\r\n")
    #expect(
      tree.levels == [
        LabelTree.Level(name: "group", labels: ["goods", "clothes"], parents: []),
        LabelTree.Level(name: "kind", labels: ["Shirt", "Boot", "Bag"], parents: [1, 0, 0]),
      ])
  }

  @Test func leavesMayLieAboveTheLastLevel() throws {
    let tree = try LabelTree(table: "a\tb\nx\tp\ny\n")
    #expect(tree.levels.map(\.labels) == [["x", "y"], ["p"]])
    #expect(tree.levels[1].parents == [0])
  }

  @Test(arguments: [
    ("a\tb\n", LabelError.rows(found: 1)), ("a\ta\nx\ty\n", .header("a")), ("a\t\nx\ty\n", .header("")),
    ("a\tb\nx\ty\tz\n", .cells(line: 2, found: 3, expected: 2)), ("a\tb\n\ty\n", .gap(line: 2, level: "a")),
    ("a\tb\nx\tp\ny\tp\n", .parents(line: 3, label: "p", found: "y", before: "x")),
    ("a\ta_index\nx\t-1\n", .position(line: 2, label: "x", found: "-1", before: nil)),
    ("a\ta_index\tb\nx\t0\tp\nx\t1\tq\n", .position(line: 3, label: "x", found: "1", before: 0)),
    ("a\ta_index\nx\t0\ny\t2\n", .positions(level: "a", found: [0, 2], count: 2)),
    ("a\tb\nx\tp\nx\tp\n", .duplicate(line: 3, label: "p")), ("a\nx\u{7}\n", .name("x\u{7}")),
    ("a\tb\nx\ny\n", .empty(level: "b")),
  ])
  func faultsOfATableAreNamed(table: String, expected: LabelError) {
    #expect(throws: expected) { try LabelTree(table: table) }
  }

  @Test func benchmarkTreesHaveTheAuthorsNumbers() {
    for benchmark in BenchmarkTrees.all {
      let tree = benchmark.tree
      #expect(tree.levels.map(\.labels.count) == benchmark.sizes)
      for (level, above) in zip(tree.levels.dropFirst(), tree.levels) {
        #expect(Set(level.parents) == Set(above.labels.indices), "every label has a child")
      }
    }
    let birds = BenchmarkTrees.all[0].tree
    #expect(birds.levels[2].labels[83] == "Red legged Kittiwake")
    #expect(birds.path(level: 2, label: 83).prefix(2) == [4, 7])
    #expect(birds.path(level: 2, label: 0) == [11, 34, 0])
  }

  @Test func aTreeInJSONIsReadByBothSpellings() throws {
    let text =
      #"{"levels": [{"name": "a", "labels": ["x", "y"]}, {"name": "b", "labels": ["p"], "parents": [1]}], "potential": "POTENTIAL_LOGIT"}"#
    let tree = try LabelTree(JSON(parsing: Array(text.utf8)))
    #expect(tree.potential == .logit)
    #expect(tree.levels[1].parents == [1])
    #expect(tree.nodeParents == [nil, nil, 1])
  }

  @Test(arguments: [
    (#"{"levels": []}"#, "levels: found none"),
    (#"{"levels": [{"name": "a", "labels": ["x"], "parents": [0]}]}"#, "levels[0].parents"),
    (
      #"{"levels": [{"name": "a", "labels": ["x"]}, {"name": "b", "labels": ["y"], "parents": [1]}]}"#,
      "levels[1].parents: found 1"
    ),
    (#"{"levels": [{"name": "a", "labels": [7]}]}"#, "levels[0].labels[0]: found a whole number, expected text"),
    (#"{"levels": [{"name": "a", "labels": ["x"], "color": 1}]}"#, "levels[0].color"),
    ("[]", "found a list, expected an object"),
  ])
  func faultsOfATreeInJSONAreNamed(text: String, words: String) throws {
    let json = try JSON(parsing: Array(text.utf8))
    do throws(MappingError) {
      _ = try LabelTree(json)
      Issue.record("read; expected \(words)")
    } catch {
      #expect(error.message.contains(words), "\(error.message)")
    }
  }

  @Test func aRecipeInJSONIsTheSchemasMessage() throws {
    let text = """
      {"channels": 3, "colorOrder": "COLOR_BGR", "exif": 2, "scale": 0.00392156862745098,
       "resize": {"filter": "RESIZE_BILINEAR_ANTIALIAS", "mode": "RESIZE_LETTERBOX", "width": 40, "height": 30, "fill": [1, 2, 3]},
       "crop": {"width": 20, "height": 10}, "pad": {"left": 1, "value": [0, 0, 0]}, "mean": [0.485, 0.456, 0.406],
       "std": [1, 2, 3], "reduced_decode": true}
      """
    let recipe = try Recipe(JSON(parsing: Array(text.utf8)))
    #expect(
      recipe
        == Recipe(
          channels: 3, colorOrder: .bgr, exif: .apply,
          resize: Recipe.Resize(mode: .letterbox, width: 40, height: 30, fill: [1, 2, 3]),
          crop: Recipe.Size(width: 20, height: 10),
          pad: Recipe.Pad(left: 1, top: 0, right: 0, bottom: 0, value: [0, 0, 0]),
          scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [1, 2, 3], reducedDecode: true))
    #expect(try #require(recipe.size) == (10, 21))
  }

  @Test(arguments: [
    (#"{"scale": 1}"#, "channels: found nothing"),
    (#"{"channels": 3, "scale": "1"}"#, "scale: found text, expected a number"),
    (
      #"{"channels": 3, "scale": 1, "resize": {"filter": "BICUBIC"}}"#,
      "resize.filter: found 'BICUBIC', expected RESIZE_BILINEAR"
    ),
    (#"{"channels": 3, "scale": 1, "normalize": true}"#, "normalize: found it, expected only fields of the schema"),
    (#"{"channels": -3, "scale": 1}"#, "channels: found -3"),
    (#"{"channels": 3, "scale": 1, "color_order": 1, "colorOrder": 1}"#, "both spellings"),
    (#"{"channels": 3, "scale": 1e300}"#, "expected a number that float32 holds"),
  ])
  func faultsOfARecipeAreNamed(text: String, words: String) throws {
    let json = try JSON(parsing: Array(text.utf8))
    do throws(MappingError) {
      _ = try Recipe(json)
      Issue.record("read; expected \(words)")
    } catch {
      #expect(error.message.contains(words), "\(error.message)")
    }
  }
}
