import HRNFormat

/// The label trees of the benchmarks that HRN was published on, with the positions that the authors' networks score.
///
/// Numbers of labels per level tell them apart. Where they are from, and their oddities (a gull among the kingfishers,
/// variants in another order than the data set's), is said beside the tables, in Tools/train.
enum BenchmarkTrees {
  struct Benchmark {
    /// The data set's.
    var name: String
    var sizes: [Int]
    var table: [UInt8]

    var tree: LabelTree {
      do throws(LabelError) {
        return try LabelTree(table: String(decoding: table, as: UTF8.self))
      } catch {
        preconditionFailure("the table of \(name) \(error.message)")
      }
    }
  }

  static let all = [
    Benchmark(name: "CUB-200-2011", sizes: [13, 38, 200], table: PackageResources.cub_200_2011_tsv),
    Benchmark(name: "FGVC-Aircraft", sizes: [30, 70, 100], table: PackageResources.fgvc_aircraft_tsv),
    Benchmark(name: "Stanford Cars", sizes: [9, 196], table: PackageResources.stanford_cars_tsv),
  ]

  /// The benchmark that a network with these numbers of labels was trained on.
  static func find(sizes: [Int]) -> Benchmark? { all.first { $0.sizes == sizes } }
}
