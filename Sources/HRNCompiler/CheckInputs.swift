import HRNFormat
import HRNGraph
import HRNImage

/// What a network is given: pixels `[H][W][C]` as its recipe prepares them, or normalised values `[C][H][W]`.
package enum NetworkInput: Equatable, Sendable {
  case pixels([UInt8])
  case values([Float])

  /// The normalised values.
  func values(_ recipe: Recipe?) -> [Float] {
    switch self {
    case .values(let values): return values
    case .pixels(let pixels):
      guard let recipe else { preconditionFailure("pixels are made by a recipe") }
      return recipe.normalized(pixels)
    }
  }
}

/// What a compiled model is tried on: the golden pictures, a few calibration images, or made-up ones.
struct CheckInputs {
  /// Calibration images that are used.
  static let pictureLimit = 4
  /// Multiplications that checking an int8 model bit by bit may take; one input is always checked.
  static let bitsBudget = 2_000_000_000

  /// Multiplications that running the trained network on made-up pictures may take; one is always run.
  static let madeUpBudget = 10_000_000_000

  /// The goldens of the trained graph, and what each says to the network.
  let pictures: [GoldenPicture]
  let goldens: [NetworkInput]
  let all: [NetworkInput]

  /// - Throws: `golden` where a picture cannot be decoded or does not lead to the network's size.
  init(_ graph: Graph, pictures: [[UInt8]]) throws(CompileError) {
    self.pictures = graph.goldens
    let shape = graph.tensors[graph.inputs[0]].shape
    goldens = try Self.decode(graph.goldens, recipe: graph.recipe, shape: shape)
    let chosen = goldens + pictures.prefix(Self.pictureLimit).map(NetworkInput.pixels)
    all = chosen.isEmpty ? Self.madeUp(shape: shape, recipe: graph.recipe, count: Self.madeUpCount(graph)) : chosen
  }

  /// As many inputs as the bit-by-bit check can afford.
  func forBits(_ graph: ModelGraph) -> ArraySlice<NetworkInput> {
    let products = graph.nodes.reduce(0.0) { $0 + Double(graph.multiplications(of: $1)) }
    return all.prefix(max(1, Int(Double(Self.bitsBudget) / max(1, products))))
  }

  /// The goldens with a model's answers, keeping what the trained network answered.
  func answered(by model: CompiledRunner) throws(CompileError) -> [GoldenPicture] {
    var answered = pictures
    for (index, input) in goldens.enumerated() {
      let outputs = try model.outputs(for: input)
      answered[index].answers = pictures[index].answers.map { answer in
        GoldenPicture.Answer(
          output: answer.output, expected: outputs[answer.output], reference: answer.reference ?? answer.expected)
      }
    }
    return answered
  }

  private static func decode(
    _ pictures: [GoldenPicture], recipe: Recipe?, shape: [Int]
  ) throws(CompileError) -> [NetworkInput] {
    guard var name = pictures.first?.name else { return [] }
    guard let recipe else { throw .golden(name: name, reason: "the graph has no preprocessing recipe") }
    var inputs: [NetworkInput] = []
    do throws(ImageError) {
      let preprocessor = try Preprocessor(recipe)
      for picture in pictures {
        name = picture.name
        try preprocessor.prepare(jpeg: picture.jpeg.span)
        inputs.append(.pixels(preprocessor.pixels.withPixels { $0.withUnsafeBufferPointer { Array($0) } }))
        let found = [1, preprocessor.pixels.channels, preprocessor.pixels.height, preprocessor.pixels.width]
        if found != shape { break }
      }
    } catch {
      throw .golden(name: name, reason: error.message)
    }
    if case .pixels(let pixels)? = inputs.last, pixels.count != shape.reduce(1, *) {
      throw .golden(
        name: name, reason: "the recipe gives \(pixels.count) values, the network reads \(describe(shape))")
    }
    return inputs
  }

  private static func madeUpCount(_ graph: Graph) -> Int {
    let model = ModelGraph(graph)
    let products = model.nodes.reduce(0.0) { $0 + Double(model.multiplications(of: $1)) }
    return 2 * products <= Double(madeUpBudget) ? 2 : 1
  }

  /// Pictures that can be had anywhere: slopes and stripes, different for each number.
  private static func madeUp(shape: [Int], recipe: Recipe?, count: Int) -> [NetworkInput] {
    let channels = shape[1]
    let (height, width) = shape.count == 4 ? (shape[2], shape[3]) : (1, 1)
    return (1...count).map { number in
      var pixels: [UInt8] = []
      for y in 0..<height {
        for x in 0..<width {
          for c in 0..<channels {
            pixels.append(UInt8(truncatingIfNeeded: (x * (3 + number) + y * 5 + c * 41) ^ (x * y / (4 + number))))
          }
        }
      }
      if recipe?.channels == channels { return .pixels(pixels) }
      return .values(pixels.map { Float($0) / 128 - 1 })
    }
  }
}
