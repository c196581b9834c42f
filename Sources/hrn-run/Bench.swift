import CHRNPlatform
import HRNFormat
import HRNRuntime

extension Runner {
  /// Times inferences, from pixels to outputs, on the image given or else on grey; 0 of them for the first alone.
  ///
  /// A line of JSON with every latency goes to standard output, and the words to standard error. Its keys are those of
  /// hrn-bench.
  func bench(_ count: Int) throws(Failure) -> CommandStatus {
    if let image = options.images.first {
      let jpeg = try InputStream(image).readAll(.jpeg)
      try run(jpeg: jpeg.span, named: image.name)
    }
    let pixels = pixelsOfImage ?? [UInt8](repeating: 128, count: model.image.count)
    let first = try timeOfRun(pixels)
    for _ in 0..<warmUpRuns(count) { _ = try timeOfRun(pixels) }
    var times: [Int64] = []
    for _ in 0..<count { times.append(try timeOfRun(pixels)) }
    let sorted = times.sorted()
    try Streams.write(json(times, sorted, first))
    if count == 0 { return .done }
    Streams.complain(
      "\(escaped(model.name)): \(count) runs on \(session.cpu.name), threads: \(session.threads)\n"
        + "  p50 \(roundedMilliseconds(quantile(sorted, 50))) ms   p90 \(roundedMilliseconds(quantile(sorted, 90))) ms   "
        + "p99 \(roundedMilliseconds(quantile(sorted, 99))) ms   first \(roundedMilliseconds(first)) ms   "
        + "load \(roundedMilliseconds(loadTime)) ms")
    return .done
  }

  /// Runs that are not counted, after which caches and clocks have settled.
  private func warmUpRuns(_ count: Int) -> Int { count == 0 ? 0 : min(max(count / 5, 2), 20) }

  private func timeOfRun(_ pixels: [UInt8]) throws(Failure) -> Int64 {
    let start = hrn_clock_nanoseconds()
    do throws(InputError) {
      try session.run(pixels: pixels)
    } catch {
      throw Failure(.badInput, "\(escaped(options.model)): \(error.message)")
    }
    return hrn_clock_nanoseconds() - start
  }

  /// The least time that so many of a hundred runs do not exceed.
  private func quantile(_ sorted: [Int64], _ percent: Int) -> Int64 {
    sorted[max((sorted.count * percent + 99) / 100, 1) - 1]
  }

  private func json(_ times: [Int64], _ sorted: [Int64], _ first: Int64) -> [UInt8] {
    var json = JSON()
    json.object { json in
      json.key("model")
      json.string(model.name)
      json.key("precision")
      json.string(model.file.graph.precision.name)
      json.key("cpu")
      json.string(session.cpu.name)
      json.key("threads")
      json.number(session.threads)
      json.key("load_ms")
      json.raw(milliseconds(loadTime))
      json.key("first_ms")
      json.raw(milliseconds(first))
      if !sorted.isEmpty {
        for percent in [50, 90, 99] {
          json.key("p\(percent)_ms")
          json.raw(milliseconds(quantile(sorted, percent)))
        }
        json.key("max_ms")
        json.raw(milliseconds(quantile(sorted, 100)))
      }
      json.key("warmup")
      json.number(warmUpRuns(times.count))
      json.key("arena_bytes")
      json.number(model.file.graph.plan?.arenaBytes ?? 0)
      json.key("peak_resident_bytes")
      json.number(Int(hrn_memory_peak()))
      json.key("latencies_ms")
      json.array { json in
        for time in times { json.raw(milliseconds(time)) }
      }
    }
    return json.line()
  }
}
