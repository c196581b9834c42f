/// What a rule is broken by.
package enum Place: Equatable, Sendable {
  case graph
  case tensor(Int, String)
  case node(Int, String)
  case output(Int, String)
  case level(Int, String)
  case recipe
  case golden(Int, String)
  case plan
  case provenance
  case certificate
}

/// A rule that a graph breaks, by topic.
package enum Violation: Equatable, Sendable {
  case count(GraphCount, found: Int, minimum: Int, maximum: Int)
  case name(NameFault)
  case stage(StageFault)
  case tensor(TensorFault)
  case region(RegionFault)
  case dataflow(DataflowFault)
  case shape(ShapeError)
  case node(NodeFault)
  case plan(PlanFault)
  case output(OutputFault)
  case tree(TreeFault)
  case recipe(RecipeFault)
  case golden(GoldenFault)
  case record(RecordFault)
  case weights(WeightFault)
}

/// Things that a file has a bounded number of.
package enum GraphCount: Equatable, Sendable {
  case tensors, nodes, inputs, outputs, levels, labels, goldens, nodeInputs, nodeOutputs, work, arenaBytes

  var noun: String {
    switch self {
    case .tensors: "tensor"
    case .nodes: "node"
    case .inputs, .nodeInputs: "input"
    case .outputs, .nodeOutputs: "output"
    case .levels: "level"
    case .labels: "label"
    case .goldens: "golden"
    case .work: "product"
    case .arenaBytes: "byte"
    }
  }
}

package enum NameFault: Equatable, Sendable {
  case empty
  case tooLong(bytes: Int)
  case control(UInt8)
  /// The index of the earlier one.
  case duplicate(of: Int)
}

package enum StageFault: Equatable, Sendable {
  /// Source graphs are float32.
  case sourcePrecision(Precision)
  case planInSource
  case planMissing
  /// The file says a version of the format that does not have all it uses.
  case versionTooLow(found: Int, needed: Int)
}

package enum TensorFault: Equatable, Sendable {
  case rank(found: Int)
  case extent(axis: Int, found: Int)
  case tooManyElements([Int])
  case batch(found: Int)
  case constantInArena
  case arenaInSource
  case arenaMissing
  case elementType(found: ElementType, expected: String)
  case quantizationMissing
  case quantizationUnexpected
  case axis(found: Int, rank: Int)
  case scaleCount(scales: Int, zeroPoints: Int, expected: Int)
  case scale(index: Int, Float)
  case zeroPoint(index: Int, Float)
  case layout(found: String, expected: String)
  case channelBlock(found: Int, ElementType)
  case inputBlock(found: Int)
  case border(found: Int)
  case rowPitch(found: Int, minimum: Int)
  case range(ValueRange)
  /// A range of a constant, of a picture or in a compiled graph.
  case rangeUnexpected
}

package enum RegionFault: Equatable, Sendable {
  case empty
  case alignment(offset: Int)
  /// Past the end of the payload or the arena.
  case bounds(offset: Int, length: Int, available: Int)
  case length(found: Int, expected: Int)
  case tooShort(found: Int, minimum: Int)
  case overlap(with: String)
  case gap(before: Int, after: Int)
  case uncovered(end: Int, payload: Int)
}

package enum DataflowFault: Equatable, Sendable {
  case index(found: Int, count: Int)
  case notAnActivation(String)
  case notAConstant(String)
  case readBeforeWritten(String)
  case writtenTwice(String)
  case writesInput(String)
  case neverWritten
}

package enum NodeFault: Equatable, Sendable {
  /// The result's shape is not that of the tensor it is written to.
  case resultShape(tensor: String, found: [Int], expected: [Int])
  case elementType(tensor: String, found: ElementType, expected: String)
  case parameterCount(found: Int, expected: Int)
  case number(String, Float)
  /// A number of either sign that is infinite or huge.
  case factor(String, Float)
  case clip(low: Float, high: Float)
  case epsilon(Float, expected: String)
  case attribute(String, found: Int, maximum: Int)
  /// No kernel does this; compiled graphs only.
  case unsupported(String)
  case multiplierMissing(String)
  case multiplierUnexpected(String)
  case multiplier(String, Float)
  /// Winograd in 8 bits rounds its input by 16 pairs of numbers.
  case winograd8Input(String, [Int])
  case poolOverflow(high: Float, positions: Int)
  case depth(found: Int)
  case packedWith(tensor: String, found: Int, expected: Int)
  case packedAs(tensor: String, found: Packing, expected: Packing)
  case packedLength(tensor: String, found: Int, expected: Int)
  case rowPitch(found: Int, minimum: Int)
  case sliceInsideBlock(begin: Int, block: Int)
  case layoutsDiffer(String, String)
  case quantizationsDiffer(String, String)
  case channelAxis(tensor: String, found: Int)
  case borderClasses(found: [Int], expected: [Int])
  case imagePadding(border: Int)
}

package enum PlanFault: Equatable, Sendable {
  case target(String)
  case arenaBytes(found: Int, needed: Int)
  case missing
  case unexpected
  case notAView
  case viewPlace(found: Int, expected: Int)
  case split
  case positive(String, found: Int)
  case scratchMissing(bytes: Int)
  case winograd
  case winogradBand(Int, tile: Int)
  case winogradOrder
  case winograd8
  case winograd16
  case narrow
  case chunk
  case chunkedBand(rows: Int, columns: Int)
}

package enum OutputFault: Equatable, Sendable {
  case noTree(level: Int)
  case level(found: Int, count: Int)
  case width(found: [Int], labels: Int, level: String)
  case notAVector([Int])
  case decidesWithoutLevel
  case decidesTwice(level: Int, other: String)
}

package enum TreeFault: Equatable, Sendable {
  case parentCount(found: Int, expected: Int)
  case parent(label: Int, found: Int, count: Int)
  case duplicateLabel(String, first: Int, second: Int)
}

package enum RecipeFault: Equatable, Sendable {
  case channels(found: Int)
  case inputChannels(found: Int, input: Int)
  case notAnImage([Int])
  case valueCount(String, found: Int, expected: Int)
  case pixelValue(String, Int)
  case number(String, Float)
  case side(String, Int, minimum: Int)
  case cropTooLarge(width: Int, height: Int, inWidth: Int, inHeight: Int)
  case size(width: Int, height: Int, inputWidth: Int, inputHeight: Int)
  case fillWithoutLetterbox
  case quantization(channel: Int)
}

package enum GoldenFault: Equatable, Sendable {
  case noRecipe
  case output(found: Int, count: Int)
  case duplicateOutput(Int)
  case tolerance(Float)
}

package enum RecordFault: Equatable, Sendable {
  case digestLength(String, found: Int)
  case number(String)
}
