import HRNFormat
import HRNRuntime

/// The answer to one image, as text or as a line of JSON.
struct Report {
  private let options: Options
  private let session: Session
  private let tree: LabelTree?

  init(_ options: Options, _ session: Session) {
    self.options = options
    self.session = session
    tree = session.model.file.graph.tree
  }

  /// What the last run says.
  ///
  /// - Parameters:
  ///   - name: of the image.
  ///   - changed: values that the network read as other numbers than given; nil where there is no such thing.
  func bytes(_ name: String, changed: Int? = nil) -> [UInt8] {
    let answer = session.classify(options.decoder, withMarginals: options.withMarginals)
    return options.isJSON ? json(name, answer, changed) : [UInt8](text(name, answer).utf8)
  }

  // MARK: Text

  private func text(_ name: String, _ answer: Classification?) -> String {
    var text = escaped(name) + "\n"
    if let answer, let tree {
      let names = answer.levels.map { escaped($0.name) }
      let labels = answer.levels.map { escaped($0.label) }
      let nameWidth = names.map { $0.unicodeScalars.count }.max() ?? 0
      let labelWidth = labels.map { $0.unicodeScalars.count }.max() ?? 0
      for (index, level) in answer.levels.enumerated() {
        text += "  \(padded(names[index], to: nameWidth))  \(padded(labels[index], to: labelWidth))  "
        text += "\(aligned(score(level.score, level.kind), to: 7))  (\(remarks(level)))\n"
        if options.top > 0 {
          for choice in session.scores?.best(options.top, level: level.level) ?? [] {
            let label = escaped(tree.levels[level.level].labels[choice.index])
            text += "    \(aligned(score(choice.score, level.kind), to: 7))  \(label)\n"
          }
        }
      }
      if answer.levels.count > 1 { text += "  \(agreement(answer, labels))\n" }
    }
    if options.withOutputs || answer == nil {
      for (index, output) in session.model.outputs.enumerated() {
        text += "  \(escaped(output))"
        for value in session.output(index) { text += " \(value)" }
        text += "\n"
      }
    }
    return text
  }

  private func score(_ score: Float, _ kind: Classification.Kind) -> String {
    kind == .logit ? "\(score)" : percent(Double(score))
  }

  /// What the number is, and the other numbers for the label.
  private func remarks(_ level: Classification.Level) -> String {
    var text = level.kind.name
    if let subtree = level.subtree, level.kind == .sigmoid || level.kind == .logit {
      text += "; subtree \(percent(Double(subtree)))"
    }
    if let marginal = level.marginal { text += "; marginal \(percent(marginal))" }
    return text
  }

  private func agreement(_ answer: Classification, _ labels: [String]) -> String {
    if answer.agrees { return "levels agree" }
    guard let tree else { return "levels disagree" }
    for index in answer.levels.indices.dropFirst() {
      let (above, below) = (answer.levels[index - 1], answer.levels[index])
      let ancestor = tree.path(level: below.level, label: below.index)[above.level]
      if ancestor != above.index {
        let right = escaped(tree.levels[above.level].labels[ancestor])
        return "levels disagree: '\(labels[index])' belongs to '\(right)', not to '\(labels[index - 1])'"
      }
    }
    return "levels disagree"
  }

  // MARK: JSON

  private func json(_ name: String, _ answer: Classification?, _ changed: Int?) -> [UInt8] {
    var json = JSON()
    json.object { json in
      json.key("file")
      json.string(name)
      if let answer {
        json.key("levels")
        json.array { json in
          for level in answer.levels { write(level, to: &json) }
        }
        json.key("agree")
        json.bool(answer.agrees)
      }
      if let changed {
        json.key("changed")
        json.number(changed)
      }
      if options.withOutputs || answer == nil {
        json.key("outputs")
        json.object { json in
          for (index, output) in session.model.outputs.enumerated() {
            json.key(output)
            json.array { json in
              for value in session.output(index) { json.number(value) }
            }
          }
        }
      }
    }
    return json.line()
  }

  private func write(_ level: Classification.Level, to json: inout JSON) {
    json.object { json in
      json.key("level")
      json.string(level.name)
      json.key("label")
      json.string(level.label)
      json.key("index")
      json.number(level.index)
      json.key("score")
      json.number(level.score)
      json.key("kind")
      json.string(level.kind.name)
      if let subtree = level.subtree {
        json.key("subtree")
        json.number(subtree)
      }
      if let marginal = level.marginal {
        json.key("marginal")
        json.number(marginal)
      }
      if options.top > 0, let tree {
        json.key("top")
        json.array { json in
          for choice in session.scores?.best(options.top, level: level.level) ?? [] {
            json.object { json in
              json.key("label")
              json.string(tree.levels[level.level].labels[choice.index])
              json.key("index")
              json.number(choice.index)
              json.key("score")
              json.number(choice.score)
            }
          }
        }
      }
    }
  }
}
