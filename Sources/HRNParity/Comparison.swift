import CHRNBLAS
import Foundation
import HRNCompiler
import HRNFormat

/// What two models answered on the same images.
package struct Comparison {
  /// One of the two models.
  package struct Side: Equatable, Sendable {
    package let path: String
    package let kind: String
    /// SHA-256 of the file's Digest message; empty for a model that is no file.
    package let digest: [UInt8]
    /// Images whose labels, level by level, lie on one path of the tree.
    package fileprivate(set) var consistent = 0
  }

  package struct Options: Sendable {
    /// Use at most this many images.
    package var limit: Int?
    package var threads: Int
    /// Images on which every node is compared; 0 for none.
    package var nodeImages: Int

    package init(limit: Int? = nil, threads: Int = 1, nodeImages: Int = 0) {
      self.limit = limit
      self.threads = threads
      self.nodeImages = nodeImages
    }
  }

  package private(set) var reference: Side
  package private(set) var subject: Side
  package private(set) var levels: [LevelComparison]
  /// Levels that a model scores and that are compared with nothing, by name.
  package let unpairedLevels: [String]
  /// Whether the levels are those of a tree, so that consistency means something.
  package let hasTree: Bool
  package private(set) var nodes: [NodeComparison] = []
  package private(set) var images = 0
  package private(set) var imagesSHA256: [UInt8] = []
  package let imagesPath: String
  package private(set) var unreadable: [ImageSet.Unreadable] = []

  /// Runs both models on the images of a set.
  ///
  /// - Parameter progress: is told how many images are done, and of how many.
  package init(
    reference: ParityModel, subject: ParityModel, images set: ImageSet, options: Options = Options(),
    progress: (Int, Int) -> Void = { _, _ in }
  ) throws(ParityError) {
    let plan = try ComparisonPlan(reference: reference, subject: subject)
    self.reference = Side(reference)
    self.subject = Side(subject)
    levels = plan.levels
    unpairedLevels = plan.unpairedLevels
    hasTree = plan.tree != nil
    imagesPath = set.path
    let reader: ImageReader
    do throws(ImageSetError) {
      reader = try ImageReader(set, recipe: plan.recipe, shape: subject.shape, limit: options.limit)
    } catch {
      throw .images(error)
    }

    // Threads share out images, never one product.
    hrn_blas_set_threads(1)
    var workers: [Worker] = []
    for _ in 0..<max(1, min(options.threads, reader.total)) {
      workers.append(try Worker(plan, reference: reference, subject: subject))
    }
    let nodeTrace = NodeTrace()
    while true {
      let pictures = try Self.next(64 * workers.count, of: reader)
      if pictures.isEmpty { break }
      let observed = max(0, min(pictures.count, options.nodeImages - (reader.count - pictures.count)))
      for picture in pictures[..<observed] { try nodeTrace.add(picture, workers[0]) }
      DispatchQueue.concurrentPerform(iterations: workers.count) { [workers] index in
        workers[index].compare(pictures, from: index, step: workers.count)
      }
      for worker in workers { if let failure = worker.failure { throw failure } }
      progress(reader.count, reader.total)
    }
    guard reader.count > 0 else { throw .noImages(path: set.path) }
    images = reader.count
    imagesSHA256 = reader.imagesSHA256
    unreadable = reader.unreadable
    nodes = nodeTrace.comparisons(in: subject.graph)
    for worker in workers { take(worker) }
    for index in levels.indices { levels[index].finish() }
  }

  private mutating func take(_ worker: Worker) {
    for index in levels.indices { levels[index].merge(worker.levels[index]) }
    reference.consistent += worker.consistentReference
    subject.consistent += worker.consistentSubject
  }

  private static func next(_ count: Int, of reader: ImageReader) throws(ParityError) -> [ImageReader.Picture] {
    var pictures: [ImageReader.Picture] = []
    do throws(ImageSetError) {
      while pictures.count < count, let picture = try reader.next() { pictures.append(picture) }
    } catch {
      throw .images(error)
    }
    return pictures
  }
}

extension Comparison.Side {
  fileprivate init(_ model: ParityModel) {
    self.init(path: model.path, kind: model.kind, digest: model.digest)
  }
}

/// Compares a share of the images on a thread of its own. Only one thread at a time may use it, which those that call
/// it see to: each iteration has a worker to itself.
private final class Worker: @unchecked Sendable {
  let reference: any Predictor
  let subject: any Predictor
  private let plan: ComparisonPlan
  private let paths: (reference: String, subject: String)
  private(set) var levels: [LevelComparison]
  private(set) var consistentReference = 0
  private(set) var consistentSubject = 0
  private(set) var failure: ParityError?

  init(_ plan: ComparisonPlan, reference: ParityModel, subject: ParityModel) throws(ParityError) {
    self.plan = plan
    levels = plan.levels
    paths = (reference.path, subject.path)
    self.reference = try reference.predictor()
    self.subject = try subject.predictor()
  }

  func compare(_ pictures: [ImageReader.Picture], from first: Int, step: Int) {
    do throws(ParityError) {
      for index in stride(from: first, to: pictures.count, by: step) { try compare(pictures[index]) }
    } catch {
      failure = error
    }
  }

  private func compare(_ picture: ImageReader.Picture) throws(ParityError) {
    let a = try run(reference, paths.reference, picture)
    let b = try run(subject, paths.subject, picture)
    let leaf = plan.tree.map { $0.levels.count - 1 }
    let path = picture.image.leaf.flatMap { label in leaf.flatMap { plan.tree?.path(level: $0, label: label) } }
    for index in levels.indices {
      let parents = plan.tree?.levels[plan.positions[index]].parents ?? []
      levels[index].add(
        reference: a[plan.outputs[index].reference], subject: b[plan.outputs[index].subject], parents: parents,
        label: path?[plan.positions[index]])
    }
    if isConsistent(plan.outputs.map { a[$0.reference] }) { consistentReference += 1 }
    if isConsistent(plan.outputs.map { b[$0.subject] }) { consistentSubject += 1 }
  }

  /// Runs one of the models, telling what it computes on the way.
  func run(
    _ predictor: any Predictor, _ path: String, _ picture: ImageReader.Picture,
    observe: ((String, [Float]) -> Void)? = nil
  ) throws(ParityError) -> [[Float]] {
    let outputs: [[Float]]
    do throws(PredictorFailure) {
      outputs = try predictor.outputs(picture.pixels, observe: observe)
    } catch {
      throw .run(path: path, image: picture.image.name, reason: error.reason)
    }
    guard outputs.allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
      throw .run(path: path, image: picture.image.name, reason: "it answers with numbers that are not finite")
    }
    return outputs
  }

  /// Both models' activations on a picture, by name.
  func trace(
    _ picture: ImageReader.Picture
  ) throws(ParityError) -> (reference: [String: [Float]], subject: [String: [Float]]) {
    var (a, b): ([String: [Float]], [String: [Float]]) = ([:], [:])
    _ = try run(reference, paths.reference, picture) { a[$0] = $1 }
    _ = try run(subject, paths.subject, picture) { b[$0] = $1 }
    return (a, b)
  }

  private func isConsistent(_ scores: [[Float]]) -> Bool {
    guard let tree = plan.tree else { return false }
    let labels = scores.map { LevelComparison.decision($0) }
    for (index, position) in plan.positions.enumerated().dropFirst() where plan.positions[index - 1] == position - 1 {
      if tree.levels[position].parents[labels[index]] != labels[index - 1] { return false }
    }
    return true
  }
}

/// How far a node's result is from the reference's, rounding of everything before it included.
package struct NodeComparison: Equatable, Sendable {
  package let name: String
  package let operation: String
  package let decibels: Double
}

/// Collects what the nodes of both models compute.
private final class NodeTrace {
  private var sums: [String: SignalSums] = [:]

  func add(_ picture: ImageReader.Picture, _ worker: Worker) throws(ParityError) {
    let (reference, subject) = try worker.trace(picture)
    for (name, values) in subject {
      guard let expected = reference[name], expected.count == values.count else { continue }
      sums[name, default: SignalSums()].add(expected.map { Double($0) }, values.map { Double($0) })
    }
  }

  /// The nodes that both models have, in execution order.
  func comparisons(in graph: ModelGraph) -> [NodeComparison] {
    graph.nodes.compactMap { node in
      sums[graph.tensors[node.outputs[0]].name].map { sums in
        NodeComparison(name: node.name, operation: node.operation.name, decibels: sums.decibels)
      }
    }
  }
}
