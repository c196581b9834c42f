import HRNFormat
import HRNGraph

/// Runs a float graph on pictures and shows every value that it computes. What it computes must not depend on the CPU.
package protocol CalibrationEngine {
  /// Calls `observe` with every activation but the image, as it is written: its index in the graph, and its elements,
  /// row-major in the order of its shape.
  ///
  /// - Parameter pixels: u8 `[H][W][C]`, as the recipe prepares them.
  func run(_ pixels: [UInt8], observe: (Int, UnsafeBufferPointer<Float>) -> Void) throws(QuantizeError)
}

/// The reference executor with its plain sums as an engine.
package final class ReferenceEngine: CalibrationEngine {
  private let executor: ReferenceExecutor
  private let recipe: Recipe

  /// - Throws: `engine` where the graph is not valid, `noRecipe` where it has none.
  package init(_ graph: Graph, products: ReferenceExecutor.Products = .plain) throws(QuantizeError) {
    guard let recipe = graph.recipe else { throw .noRecipe }
    self.recipe = recipe
    do {
      executor = try ReferenceExecutor(graph, products: products)
    } catch {
      throw .engine(.badInput, error.message)
    }
  }

  package func run(_ pixels: [UInt8], observe: (Int, UnsafeBufferPointer<Float>) -> Void) {
    _ = executor.run([recipe.normalized(pixels)]) { tensor, value in
      if !executor.graph.inputs.contains(tensor) { value.elements.withUnsafeBufferPointer { observe(tensor, $0) } }
    }
  }
}
