import CHRNSchema

extension Node {
  init(_ reader: MessageReader) throws(FormatError) {
    self.init(
      name: try reader.requiredString(HRN_NODE_NAME),
      operation: try Operation(node: reader),
      inputs: reader.ints(HRN_NODE_INPUTS),
      parameters: reader.ints(HRN_NODE_PARAMETERS),
      outputs: reader.ints(HRN_NODE_OUTPUTS),
      sources: reader.strings(HRN_NODE_SOURCES),
      requantization: reader.child(HRN_NODE_REQUANTIZATION, HRN_MESSAGE_REQUANTIZATION).map { reader in
        Requantization(
          residualMultiplier: reader.float(HRN_REQUANTIZATION_RESIDUAL_MULTIPLIER),
          poolMultiplier: reader.float(HRN_REQUANTIZATION_POOL_MULTIPLIER),
          poolHigh: reader.float(HRN_REQUANTIZATION_POOL_HIGH),
          outputMultiplier: reader.float(HRN_REQUANTIZATION_OUTPUT_MULTIPLIER),
          winograd8: Winograd8Input(reader))
      },
      plan: try decode(reader.child(HRN_NODE_PLAN, HRN_MESSAGE_NODE_PLAN)) { reader throws(FormatError) in
        try NodePlan(reader)
      })
  }

  func write(_ writer: MessageWriter) {
    writer.put(HRN_NODE_NAME, name)
    writer.put(HRN_NODE_INPUTS, inputs)
    writer.put(HRN_NODE_PARAMETERS, parameters)
    writer.put(HRN_NODE_OUTPUTS, outputs)
    writer.put(HRN_NODE_SOURCES, sources)
    if let requantization {
      writer.put(HRN_NODE_REQUANTIZATION) { writer in
        writer.put(HRN_REQUANTIZATION_RESIDUAL_MULTIPLIER, requantization.residualMultiplier)
        writer.put(HRN_REQUANTIZATION_POOL_MULTIPLIER, requantization.poolMultiplier)
        writer.put(HRN_REQUANTIZATION_POOL_HIGH, requantization.poolHigh)
        writer.put(HRN_REQUANTIZATION_OUTPUT_MULTIPLIER, requantization.outputMultiplier)
        writer.put(HRN_REQUANTIZATION_INPUT_MULTIPLIER, requantization.winograd8?.multipliers ?? [])
        writer.put(HRN_REQUANTIZATION_INPUT_OFFSET, requantization.winograd8?.offsets ?? [])
      }
    }
    if let plan { writer.put(HRN_NODE_PLAN, message: plan.write) }
    operation.write(node: writer)
  }
}

extension Winograd8Input {
  /// Nil where there is neither of its fields.
  init?(_ reader: MessageReader) {
    self.init(
      multipliers: reader.ints(HRN_REQUANTIZATION_INPUT_MULTIPLIER),
      offsets: reader.ints(HRN_REQUANTIZATION_INPUT_OFFSET))
    if multipliers.isEmpty, offsets.isEmpty { return nil }
  }
}

extension NodePlan {
  init(_ reader: MessageReader) throws(FormatError) {
    self.init(
      algorithm: try reader.requiredEnumerator(HRN_NODE_PLAN_ALGORITHM),
      split: reader.enumerator(HRN_NODE_PLAN_SPLIT) ?? .none,
      loopOrder: reader.enumerator(HRN_NODE_PLAN_LOOP_ORDER) ?? .rowsOuter,
      band: try reader.int(HRN_NODE_PLAN_BAND) ?? 1,
      chunk: try reader.int(HRN_NODE_PLAN_CHUNK),
      scratch: try decode(reader.child(HRN_NODE_PLAN_SCRATCH, HRN_MESSAGE_REGION)) { reader throws(FormatError) in
        try Region(reader)
      },
      isNarrow: reader.flag(HRN_NODE_PLAN_NARROW))
  }

  func write(_ writer: MessageWriter) {
    writer.put(HRN_NODE_PLAN_ALGORITHM, enumerator: algorithm)
    writer.put(HRN_NODE_PLAN_SPLIT, enumerator: split)
    writer.put(HRN_NODE_PLAN_LOOP_ORDER, enumerator: loopOrder)
    writer.put(HRN_NODE_PLAN_BAND, band)
    writer.put(HRN_NODE_PLAN_CHUNK, chunk)
    if let scratch { writer.put(HRN_NODE_PLAN_SCRATCH, message: scratch.write) }
    writer.put(HRN_NODE_PLAN_NARROW, flag: isNarrow)
  }
}
