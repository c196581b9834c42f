extension GraphRules {
  /// Goldens answer for outputs that exist, once each, with as many numbers as the output has.
  func checkGoldens() throws(FormatError) {
    for (index, golden) in graph.goldens.enumerated() {
      let place = Place.golden(index, golden.name)
      guard graph.recipe != nil else { throw .invalid(place, .golden(.noRecipe)) }
      var answered = [Bool](repeating: false, count: graph.outputs.count)
      for answer in golden.answers {
        guard graph.outputs.indices.contains(answer.output) else {
          throw .invalid(place, .golden(.output(found: answer.output, count: graph.outputs.count)))
        }
        guard !answered[answer.output] else { throw .invalid(place, .golden(.duplicateOutput(answer.output))) }
        answered[answer.output] = true
        if let tolerance = answer.tolerance, !(tolerance >= 0 && tolerance.isFinite) {
          throw .invalid(place, .golden(.tolerance(tolerance)))
        }
        let count = graph.tensors[graph.outputs[answer.output].tensor].shape.checkedProduct ?? 0
        try expect(length: 4 * count, of: answer.expected, at: place)
        if let reference = answer.reference { try expect(length: 4 * count, of: reference, at: place) }
      }
    }
  }

  /// What is recorded about the graph's origin is text and numbers that a file can hold.
  func checkProvenance() throws(FormatError) {
    let provenance = graph.provenance
    do throws(RecordFault) {
      try expectDigest("source_sha256", provenance.sourceSHA256)
      if let calibration = provenance.calibration {
        try expectDigest("images_sha256", calibration.imagesSHA256)
        try expectCount("images", calibration.images)
      }
      if let training = provenance.training {
        try expectCount("epochs", training.epochs)
        for accuracy in training.accuracy {
          try expectCount("images", accuracy.images)
          guard accuracy.percent.isFinite else { throw .number("percent") }
        }
      }
    } catch {
      throw .invalid(.provenance, .record(error))
    }
    var texts = [provenance.tool, provenance.toolVersion, provenance.sourceFormat] + provenance.options
    if let training = provenance.training {
      texts += [training.method, training.command, training.framework, training.data]
      texts += training.accuracy.map { $0.level }
    }
    if let calibration = provenance.calibration { texts.append(calibration.method) }
    for text in texts {
      if let fault = NameFault(controlIn: text, except: [0x09, 0x0A]) {
        throw .invalid(.provenance, .name(fault))
      }
    }
  }
}

extension Certificate {
  /// Checks the rules that a certificate obeys: digests have 32 bytes or are absent, numbers are numbers.
  func validate() throws(FormatError) {
    do throws(RecordFault) {
      try expectDigest("reference_sha256", referenceSHA256)
      try expectDigest("subject_sha256", subjectSHA256)
      try expectDigest("images_sha256", imagesSHA256)
      try expectCount("images", images)
      for level in levels {
        let numbers = [level.agreementPercent, level.referenceAccuracyPercent ?? 0, level.subjectAccuracyPercent ?? 0]
        guard numbers.allSatisfy({ $0.isFinite }), !level.snrDecibels.isNaN else { throw .number(level.level) }
      }
    } catch {
      throw .invalid(.certificate, .record(error))
    }
    for text in [policy, toolVersion] + levels.map({ $0.level }) {
      if let fault = NameFault(controlIn: text, except: []) { throw .invalid(.certificate, .name(fault)) }
    }
  }
}

private func expectDigest(_ name: String, _ digest: [UInt8]) throws(RecordFault) {
  guard digest.isEmpty || digest.count == SHA256.byteCount else {
    throw .digestLength(name, found: digest.count)
  }
}

private func expectCount(_ name: String, _ value: Int) throws(RecordFault) {
  guard (0...Int(UInt32.max)).contains(value) else { throw .number(name) }
}

extension RecordFault: Error {}
