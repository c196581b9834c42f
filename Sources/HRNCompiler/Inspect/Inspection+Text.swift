import HRNFormat

extension Inspection {
  /// For people: the whole on a page, then a line for each node.
  package var text: String {
    var lines = ["\(name): \(stage), \(precision), format \(formatVersion)"]
    func section(_ title: String, _ content: [String]) {
      guard !content.isEmpty else { return }
      lines += ["", title] + content.map { "  \($0)" }
    }
    section("sizes", sizeLines)
    section("levels", levels.enumerated().map(levelLine))
    section("outputs", outputs.map(outputLine))
    section("recipe", recipe)
    section("provenance", provenance)
    section("passes", passes.map { "\($0.name): \($0.nodes.count)" })
    section("quantization", quantizationLines)
    section("goldens", goldens)
    section("certificate", certificate)
    section("nodes", nodeLines)
    return lines.joined(separator: "\n") + "\n"
  }

  private var sizeLines: [String] {
    var lines: [String] = []
    if let file = sizes.file { lines.append("file           \(Bytes.words(file))") }
    lines.append("constants      \(Bytes.words(sizes.constants)) for \(sizes.parameters) numbers")
    if sizes.goldens > 0 { lines.append("goldens        \(Bytes.words(sizes.goldens))") }
    if let arena {
      lines.append(
        "arena          \(Bytes.words(arena.bytes)); lower bound \(Bytes.words(arena.lowerBound))"
          + ", scratch of a node up to \(Bytes.words(arena.scratch))")
    }
    lines.append("products       \(sizes.multiplications) per image")
    if let target { lines.append("packed for     \(target)") }
    if let digest { lines.append("digest         \(digest)") }
    return lines
  }

  private func levelLine(_ index: Int, _ level: Level) -> String {
    let shown = level.labels.prefix(6).joined(separator: ", ")
    return "\(index) \(level.name): \(level.labels.count) labels (\(shown)\(level.labels.count > 6 ? ", …" : ""))"
  }

  private func outputLine(_ output: Output) -> String {
    "\(output.name): \(output.scores) × \(output.kind)" + (output.level.map { ", level \($0)" } ?? "")
      + (output.decides ? ", decides" : "")
  }

  private var quantizationLines: [String] {
    tensors.filter { !$0.isConstant }.compactMap { tensor in
      guard let scales = tensor.scales, let zeroPoints = tensor.zeroPoints else { return nil }
      let pairs = zip(scales, zeroPoints).map { "\($0) · (x − \($1))" }
      return "\(tensor.name): \(pairs.prefix(4).joined(separator: ", "))\(pairs.count > 4 ? ", …" : "")"
    }
  }

  private var nodeLines: [String] {
    let byName = Dictionary(tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    return nodes.map { node in
      let outputs = node.outputs.map { name in
        guard let tensor = byName[name] else { return name }
        let shape = tensor.shape.map(String.init).joined(separator: "×")
        return "\(name) \(shape) \(tensor.elementType)" + (tensor.layout == "plain" ? "" : " \(tensor.layout)")
      }
      var line = "\(outputs.joined(separator: ", ")) = \(node.operation)(\(node.inputs.joined(separator: ", ")))"
      if let weights = node.weights { line += " W \(weights.map(String.init).joined(separator: "×"))" }
      if !node.detail.isEmpty { line += " [\(node.detail)]" }
      if let plan = node.plan { line += " {\(plan)}" }
      return line
    }
  }
}

/// Amounts of memory in words.
package enum Bytes {
  /// With a unit that leaves one to four digits: `812 B`, `63.4 KiB`, `26.1 MiB`.
  package static func words(_ count: Int) -> String {
    if count < 1024 { return "\(count) B" }
    let units = ["KiB", "MiB", "GiB", "TiB"]
    var (amount, unit) = (Double(count) / 1024, 0)
    while amount >= 1000, unit < units.count - 1 { (amount, unit) = (amount / 1024, unit + 1) }
    return "\((amount * 10).rounded() / 10) \(units[unit])"
  }
}
