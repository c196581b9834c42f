import HRNFormat
import HRNTestSupport

extension Mutation {
  static let counts: [Mutation] = [
    Mutation("no tensors", .source) { $0.graph.tensors = [] },
    Mutation("too many tensors", .source) { model in
      model.graph.tensors = [Tensor](repeating: model.graph.tensors[0], count: 65537)
    },
    Mutation("no nodes", .source) { $0.graph.nodes = [] },
    Mutation("two inputs", .source) { $0.graph.inputs.append(1) },
    Mutation("no outputs", .source) { $0.graph.outputs = [] },
    Mutation("a node without inputs", .source) { $0.graph.nodes[2].inputs = [] },
    Mutation("a node with two outputs", .source) { $0.graph.nodes[2].outputs.append(1) },
    Mutation("a tree without levels", .source) { $0.graph.tree?.levels = [] },
    Mutation("a level without labels", .source) { $0.graph.tree?.levels[1].labels = [] },
  ]

  static let stages: [Mutation] = [
    Mutation("a newer version", .source) { $0.graph.formatVersion = FormatVersion.current + 1 },
    Mutation("version zero", .source) { $0.graph.formatVersion = 0 },
    Mutation("a source graph in int8", .source) { $0.graph.precision = .int8 },
    Mutation("a plan in a source graph", .source) { $0.graph.plan = Plan(target: "portable", arenaBytes: 0) },
    Mutation("no plan in a compiled graph", .float32) { $0.graph.plan = nil },
    Mutation("a graph in bfloat16 in a file of version 1", .float32) { $0.graph.precision = .bfloat16 },
    Mutation("an unknown target", .float32) { $0.graph.plan?.target = "avx10" },
    Mutation("a node without a plan", .float32) { $0.graph.nodes[1].plan = nil },
    Mutation("a node with a plan in a source graph", .source) { $0.graph.nodes[1].plan = NodePlan() },
  ]

  static let names: [Mutation] = [
    Mutation("a control character in the name", .source) { $0.graph.name = "a\u{1B}[31m" },
    Mutation("an empty tensor name", .source) { $0.graph.tensors[3].name = "" },
    Mutation("a C1 control character", .source) { $0.graph.tensors[3].name = "a\u{9B}b" },
    Mutation("a long node name", .source) { $0.graph.nodes[3].name = String(repeating: "x", count: 1025) },
    Mutation("two tensors of one name", .source) { $0.graph.tensors[3].name = $0.graph.tensors[1].name },
    Mutation("two nodes of one name", .source) { $0.graph.nodes[3].name = $0.graph.nodes[1].name },
    Mutation("two outputs of one name", .source) { $0.graph.outputs[1].name = $0.graph.outputs[0].name },
    Mutation("two levels of one name", .source) { $0.graph.tree?.levels[1].name = "kind" },
    Mutation("two goldens of one name", .source) { $0.graph.goldens.append($0.graph.goldens[0]) },
    Mutation("a line break in a label", .source) { $0.graph.tree?.levels[0].labels[1] = "fi\nsh" },
    Mutation("an empty source name", .float32) { $0.graph.nodes[0].sources = [""] },
    Mutation("an empty pass name", .source) { $0.graph.passes[0].name = "" },
  ]

  static let dataflow: [Mutation] = [
    Mutation("an input out of range", .source) { $0.graph.inputs = [999] },
    Mutation("a constant as the input", .source) { $0.graph.inputs = [$0.tensor("stem.weight")] },
    Mutation("a node's input out of range", .source) { $0.graph.nodes[2].inputs = [-1] },
    Mutation("a node's parameter out of range", .source) { $0.graph.nodes[0].parameters = [4096] },
    Mutation("a node's output out of range", .source) { $0.graph.nodes[0].outputs = [4096] },
    Mutation("a constant as a node's input", .source) { $0.graph.nodes[2].inputs = [$0.tensor("stem.weight")] },
    Mutation("an activation as a parameter", .source) { $0.graph.nodes[0].parameters = [0] },
    Mutation("a constant as a node's output", .source) { $0.graph.nodes[0].outputs = [$0.tensor("stem.weight")] },
    Mutation("a node that reads itself", .source) { $0.graph.nodes[2].inputs = $0.graph.nodes[2].outputs },
    Mutation("nodes out of order", .source) { $0.graph.nodes.swapAt(1, 2) },
    Mutation("a tensor written twice", .source) { $0.graph.nodes[2].outputs = $0.graph.nodes[1].outputs },
    Mutation("a node that writes the image", .source) { $0.graph.nodes[2].outputs = [0] },
    Mutation("a tensor that is never written", .source) { model in
      model.graph.tensors.append(Tensor(name: "orphan", elementType: .float32, shape: [1, 1]))
    },
    Mutation("an output out of range", .source) { $0.graph.outputs[0].tensor = 4096 },
    Mutation("a constant as an output", .source) { $0.graph.outputs[0].tensor = $0.tensor("stem.weight") },
    Mutation("the image as an output", .source) { $0.graph.outputs[0].tensor = 0 },
  ]

  static let records: [Mutation] = [
    Mutation("a golden without a recipe", .source) { $0.graph.recipe = nil },
    Mutation("a golden for an output out of range", .source) { $0.graph.goldens[0].answers[0].output = 3 },
    Mutation("a golden with two answers for one output", .source) { $0.graph.goldens[0].answers[2].output = 1 },
    Mutation("a golden of the wrong length", .source) { model in
      model.graph.goldens[0].answers[0].output = 1
      model.graph.goldens[0].answers[1].output = 0
    },
    Mutation("a negative tolerance", .source) { $0.graph.goldens[0].answers[0].tolerance = -1 },
    Mutation("a tolerance that is not a number", .source) { $0.graph.goldens[0].answers[0].tolerance = .nan },
    Mutation("a source digest of 31 bytes", .source) { $0.graph.provenance.sourceSHA256 = [UInt8](0..<31) },
    Mutation("a negative number of epochs", .source) { $0.graph.provenance.training?.epochs = -1 },
    Mutation("an accuracy that is not a number", .source) {
      $0.graph.provenance.training?.accuracy[0].percent = .nan
    },
    Mutation("a bell in the provenance", .source) { $0.graph.provenance.tool = "\u{7}" },
  ]
}
