import HRNFormat
import HRNTestSupport

extension Mutation {
  static let labels: [Mutation] = [
    Mutation("an output without a tree", .source) { $0.graph.tree = nil },
    Mutation("an output of a level out of range", .source) { $0.graph.outputs[0].level = 2 },
    Mutation("an output of another level's width", .source) { $0.graph.outputs[0].level = 1 },
    Mutation("a map as scores", .source) { $0.graph.outputs[0].tensor = $0.tensor("stem") },
    Mutation("a map as a feature", .float32) { model in
      model.graph.outputs[0].tensor = model.tensor("block")
      model.graph.outputs[0].level = nil
      model.graph.outputs[0].decides = false
    },
    Mutation("a decision without a level", .source) { $0.graph.outputs[0].level = nil },
    Mutation("a feature that decides", .source) { $0.graph.outputs[0].kind = .feature },
    Mutation("two decisions for one level", .source) { model in
      for index in model.graph.outputs.indices { model.graph.outputs[index].decides = true }
    },
    Mutation("bytes as an output", .int8) { model in
      let output = model.graph.outputs.firstIndex { $0.name == "restored" }!
      model.graph.outputs[output].tensor = model.tensor("rounded")
    },
    Mutation("parents in the first level", .source) { $0.graph.tree?.levels[0].parents = [0, 0] },
    Mutation("too few parents", .source) { $0.graph.tree?.levels[1].parents.removeLast() },
    Mutation("a parent out of range", .source) { $0.graph.tree?.levels[1].parents[2] = 2 },
    Mutation("a negative parent", .source) { $0.graph.tree?.levels[1].parents[2] = -1 },
    Mutation("siblings of one name", .source) { $0.graph.tree?.levels[1].labels[1] = "wren" },
  ]

  static let recipes: [Mutation] = [
    Mutation("two channels", .source) { $0.graph.recipe?.channels = 2 },
    Mutation("grey pictures for a colour network", .source) { $0.graph.recipe?.channels = 1 },
    Mutation("a recipe for a network of vectors", .source) { model in
      let nodes = model.graph.nodes
      let first = model.node("level0.bn2")
      model.graph.nodes = [nodes[first], nodes[first + 1]]
      model.graph.inputs = nodes[first].inputs
      let used = Set(model.graph.nodes.flatMap { $0.inputs + $0.parameters + $0.outputs })
      let kept = model.graph.tensors.indices.filter(used.contains)
      let map = Dictionary(uniqueKeysWithValues: zip(kept, kept.indices))
      model.graph.tensors = kept.map { model.graph.tensors[$0] }
      for node in model.graph.nodes.indices {
        model.graph.nodes[node].inputs = model.graph.nodes[node].inputs.map { map[$0]! }
        model.graph.nodes[node].parameters = model.graph.nodes[node].parameters.map { map[$0]! }
        model.graph.nodes[node].outputs = model.graph.nodes[node].outputs.map { map[$0]! }
      }
      model.graph.inputs = model.graph.inputs.map { map[$0]! }
      model.graph.outputs = [Output(name: "features", tensor: model.graph.nodes[1].outputs[0], kind: .feature)]
      model.graph.goldens = []
      model.weights = []
      for index in model.graph.tensors.indices where model.graph.tensors[index].weights != nil {
        model.graph.tensors[index].weights = model.append([UInt8](repeating: 0, count: 24))
      }
    },
    Mutation("scale zero in the recipe", .source) { $0.graph.recipe?.scale = 0 },
    Mutation("two means", .source) { $0.graph.recipe?.mean.removeLast() },
    Mutation("no std", .source) { $0.graph.recipe?.std = [] },
    Mutation("a mean that is not a number", .source) { $0.graph.recipe?.mean[1] = .nan },
    Mutation("a std of zero", .source) { $0.graph.recipe?.std[1] = 0 },
    Mutation("a resize to nothing", .source) { $0.graph.recipe?.resize?.width = 0 },
    Mutation("a resize to a million", .source) { $0.graph.recipe?.resize?.height = 1_000_000 },
    Mutation("fill without letterbox", .source) { $0.graph.recipe?.resize?.fill = [0, 0, 0] },
    Mutation("letterbox without fill", .source) { $0.graph.recipe?.resize?.mode = .letterbox },
    Mutation("a crop larger than the picture", .source) { $0.graph.recipe?.crop = Recipe.Size(width: 8, height: 4) },
    Mutation("a crop larger than the shorter side", .source) { model in
      model.graph.recipe?.resize?.mode = .shorterSide
      model.graph.recipe?.crop = Recipe.Size(width: 7, height: 8)
    },
    Mutation("an empty crop", .source) { $0.graph.recipe?.crop?.height = 0 },
    Mutation("negative padding", .source) { $0.graph.recipe?.pad?.left = -1 },
    Mutation("padding with two values", .source) { $0.graph.recipe?.pad?.value = [0, 0] },
    Mutation("padding with 256", .source) { $0.graph.recipe?.pad?.value[1] = 256 },
    Mutation("a picture of another size", .source) { $0.graph.recipe?.pad?.left = 2 },
    Mutation("a quantization of another mean", .int8) { $0.graph.recipe?.mean[2] = 0.25 },
    Mutation("a quantization of another std", .int8) { $0.graph.recipe?.std[0] = 0.25 },
  ]
}
