import HRNFormat

/// Enters a model's pages into this process' page table before they are read: an item is a part of the file.
///
/// The threads that read them would do it themselves, 16 pages at a time, each time by way of an exception: with it, loading
/// a ResNet-50 in int8 and its first inference take 0.95 of the time together.
final class WeightPages: Step {
  private let file: ModelFile

  init(_ file: ModelFile) {
    self.file = file
    super.init(items: Int32(clamping: file.pageRuns))
  }

  override func run(item: Int32) { file.enterPages(run: Int(item)) }
}
