import CHRNSchema

extension ModelGraph {
  /// Reads a Graph message. Says nothing yet about whether the graph makes sense.
  init(_ reader: MessageReader) throws(FormatError) {
    let version = try reader.requiredInt(HRN_GRAPH_FORMAT_VERSION)
    guard FormatVersion.oldest...FormatVersion.current ~= version else { throw .version(found: version) }
    self.init(
      formatVersion: version,
      name: reader.string(HRN_GRAPH_NAME),
      stage: try reader.requiredEnumerator(HRN_GRAPH_STAGE),
      precision: try reader.requiredEnumerator(HRN_GRAPH_PRECISION),
      tensors: try reader.children(HRN_GRAPH_TENSORS, HRN_MESSAGE_TENSOR) { reader throws(FormatError) in
        try Tensor(reader)
      },
      nodes: try reader.children(HRN_GRAPH_NODES, HRN_MESSAGE_NODE) { reader throws(FormatError) in
        try Node(reader)
      },
      inputs: reader.ints(HRN_GRAPH_INPUTS),
      outputs: try reader.children(HRN_GRAPH_OUTPUTS, HRN_MESSAGE_OUTPUT) { reader throws(FormatError) in
        try Output(reader)
      },
      tree: try decode(reader.child(HRN_GRAPH_TREE, HRN_MESSAGE_LABEL_TREE)) { reader throws(FormatError) in
        try LabelTree(reader)
      },
      recipe: try decode(reader.child(HRN_GRAPH_RECIPE, HRN_MESSAGE_RECIPE)) { reader throws(FormatError) in
        try Recipe(reader)
      },
      provenance: try decode(reader.child(HRN_GRAPH_PROVENANCE, HRN_MESSAGE_PROVENANCE)) {
        reader throws(FormatError) in try Provenance(reader)
      } ?? Provenance(),
      passes: try reader.children(HRN_GRAPH_PASSES, HRN_MESSAGE_PASS_RECORD) { reader throws(FormatError) in
        PassRecord(
          name: try reader.requiredString(HRN_PASS_RECORD_NAME), nodes: reader.strings(HRN_PASS_RECORD_NODES))
      },
      plan: try decode(reader.child(HRN_GRAPH_PLAN, HRN_MESSAGE_PLAN)) { reader throws(FormatError) in
        Plan(
          target: try reader.requiredString(HRN_PLAN_TARGET),
          arenaBytes: try reader.requiredInt(HRN_PLAN_ARENA_BYTES))
      },
      goldens: try reader.children(HRN_GRAPH_GOLDENS, HRN_MESSAGE_GOLDEN) { reader throws(FormatError) in
        try Golden(reader)
      })
  }

  /// Writes the Graph message.
  func write(_ writer: MessageWriter) {
    writer.put(HRN_GRAPH_FORMAT_VERSION, formatVersion)
    writer.put(HRN_GRAPH_NAME, unlessEmpty: name)
    writer.put(HRN_GRAPH_STAGE, enumerator: stage)
    writer.put(HRN_GRAPH_PRECISION, enumerator: precision)
    for tensor in tensors { writer.put(HRN_GRAPH_TENSORS, message: tensor.write) }
    for node in nodes { writer.put(HRN_GRAPH_NODES, message: node.write) }
    writer.put(HRN_GRAPH_INPUTS, inputs)
    for output in outputs { writer.put(HRN_GRAPH_OUTPUTS, message: output.write) }
    if let tree { writer.put(HRN_GRAPH_TREE, message: tree.write) }
    if let recipe { writer.put(HRN_GRAPH_RECIPE, message: recipe.write) }
    if provenance != Provenance() { writer.put(HRN_GRAPH_PROVENANCE, message: provenance.write) }
    for pass in passes {
      writer.put(HRN_GRAPH_PASSES) { writer in
        writer.put(HRN_PASS_RECORD_NAME, pass.name)
        writer.put(HRN_PASS_RECORD_NODES, pass.nodes)
      }
    }
    if let plan {
      writer.put(HRN_GRAPH_PLAN) { writer in
        writer.put(HRN_PLAN_TARGET, plan.target)
        writer.put(HRN_PLAN_ARENA_BYTES, plan.arenaBytes)
      }
    }
    for golden in goldens { writer.put(HRN_GRAPH_GOLDENS, message: golden.write) }
  }
}

/// Decodes a message that may be absent.
func decode<Value>(
  _ reader: MessageReader?, _ decode: (MessageReader) throws(FormatError) -> Value
) throws(FormatError) -> Value? {
  guard let reader else { return nil }
  return try decode(reader)
}

extension Output {
  init(_ reader: MessageReader) throws(FormatError) {
    self.init(
      name: try reader.requiredString(HRN_OUTPUT_NAME),
      tensor: try reader.requiredInt(HRN_OUTPUT_TENSOR),
      kind: try reader.requiredEnumerator(HRN_OUTPUT_KIND),
      level: try reader.int(HRN_OUTPUT_LEVEL),
      decides: reader.flag(HRN_OUTPUT_DECIDES))
  }

  func write(_ writer: MessageWriter) {
    writer.put(HRN_OUTPUT_NAME, name)
    writer.put(HRN_OUTPUT_TENSOR, tensor)
    writer.put(HRN_OUTPUT_KIND, enumerator: kind)
    writer.put(HRN_OUTPUT_LEVEL, level)
    writer.put(HRN_OUTPUT_DECIDES, flag: decides)
  }
}

extension LabelTree {
  init(_ reader: MessageReader) throws(FormatError) {
    self.init(
      levels: try reader.children(HRN_LABEL_TREE_LEVELS, HRN_MESSAGE_LEVEL) { reader throws(FormatError) in
        Level(
          name: try reader.requiredString(HRN_LEVEL_NAME), labels: reader.strings(HRN_LEVEL_LABELS),
          parents: reader.ints(HRN_LEVEL_PARENTS))
      },
      potential: reader.enumerator(HRN_LABEL_TREE_POTENTIAL) ?? .sigmoid)
  }

  func write(_ writer: MessageWriter) {
    for level in levels {
      writer.put(HRN_LABEL_TREE_LEVELS) { writer in
        writer.put(HRN_LEVEL_NAME, level.name)
        writer.put(HRN_LEVEL_LABELS, level.labels)
        writer.put(HRN_LEVEL_PARENTS, level.parents)
      }
    }
    writer.put(HRN_LABEL_TREE_POTENTIAL, enumerator: potential)
  }
}

extension Golden {
  init(_ reader: MessageReader) throws(FormatError) {
    self.init(
      name: try reader.requiredString(HRN_GOLDEN_NAME),
      jpeg: try Region(try reader.requiredChild(HRN_GOLDEN_JPEG, HRN_MESSAGE_REGION)),
      answers: try reader.children(HRN_GOLDEN_OUTPUTS, HRN_MESSAGE_GOLDEN_OUTPUT) { reader throws(FormatError) in
        Answer(
          output: try reader.requiredInt(HRN_GOLDEN_OUTPUT_OUTPUT),
          expected: try Region(try reader.requiredChild(HRN_GOLDEN_OUTPUT_EXPECTED, HRN_MESSAGE_REGION)),
          reference: try decode(reader.child(HRN_GOLDEN_OUTPUT_REFERENCE, HRN_MESSAGE_REGION)) {
            reader throws(FormatError) in try Region(reader)
          },
          tolerance: reader.float(HRN_GOLDEN_OUTPUT_TOLERANCE))
      })
  }

  func write(_ writer: MessageWriter) {
    writer.put(HRN_GOLDEN_NAME, name)
    writer.put(HRN_GOLDEN_JPEG, message: jpeg.write)
    for answer in answers {
      writer.put(HRN_GOLDEN_OUTPUTS) { writer in
        writer.put(HRN_GOLDEN_OUTPUT_OUTPUT, answer.output)
        writer.put(HRN_GOLDEN_OUTPUT_EXPECTED, message: answer.expected.write)
        if let reference = answer.reference { writer.put(HRN_GOLDEN_OUTPUT_REFERENCE, message: reference.write) }
        writer.put(HRN_GOLDEN_OUTPUT_TOLERANCE, answer.tolerance)
      }
    }
  }
}
