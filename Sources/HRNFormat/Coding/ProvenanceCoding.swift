import CHRNSchema

extension Provenance {
  init(_ reader: MessageReader) throws(FormatError) {
    self.init(
      tool: reader.string(HRN_PROVENANCE_TOOL),
      toolVersion: reader.string(HRN_PROVENANCE_TOOL_VERSION),
      sourceSHA256: reader.bytes(HRN_PROVENANCE_SOURCE_SHA256),
      sourceFormat: reader.string(HRN_PROVENANCE_SOURCE_FORMAT),
      options: reader.strings(HRN_PROVENANCE_OPTIONS),
      training: try decode(reader.child(HRN_PROVENANCE_TRAINING, HRN_MESSAGE_TRAINING)) {
        reader throws(FormatError) in try Training(reader)
      },
      calibration: try decode(reader.child(HRN_PROVENANCE_CALIBRATION, HRN_MESSAGE_CALIBRATION)) {
        reader throws(FormatError) in
        Calibration(
          method: reader.string(HRN_CALIBRATION_METHOD),
          images: try reader.int(HRN_CALIBRATION_IMAGES) ?? 0,
          imagesSHA256: reader.bytes(HRN_CALIBRATION_IMAGES_SHA256),
          approximations: try reader.children(HRN_CALIBRATION_APPROXIMATIONS, HRN_MESSAGE_APPROXIMATION) {
            reader throws(FormatError) in try Approximation(reader)
          })
      })
  }

  func write(_ writer: MessageWriter) {
    writer.put(HRN_PROVENANCE_TOOL, unlessEmpty: tool)
    writer.put(HRN_PROVENANCE_TOOL_VERSION, unlessEmpty: toolVersion)
    writer.put(HRN_PROVENANCE_SOURCE_SHA256, unlessEmpty: sourceSHA256)
    writer.put(HRN_PROVENANCE_SOURCE_FORMAT, unlessEmpty: sourceFormat)
    writer.put(HRN_PROVENANCE_OPTIONS, options)
    if let training { writer.put(HRN_PROVENANCE_TRAINING, message: training.write) }
    if let calibration {
      writer.put(HRN_PROVENANCE_CALIBRATION) { writer in
        writer.put(HRN_CALIBRATION_METHOD, unlessEmpty: calibration.method)
        writer.put(HRN_CALIBRATION_IMAGES, calibration.images)
        writer.put(HRN_CALIBRATION_IMAGES_SHA256, unlessEmpty: calibration.imagesSHA256)
        for approximation in calibration.approximations {
          writer.put(HRN_CALIBRATION_APPROXIMATIONS, message: approximation.write)
        }
      }
    }
  }
}

extension Provenance.Approximation {
  init(_ reader: MessageReader) throws(FormatError) {
    self.init(
      node: try reader.requiredString(HRN_APPROXIMATION_NODE),
      directDecibels: reader.double(HRN_APPROXIMATION_DIRECT_SNR_DB) ?? 0,
      decibels: reader.double(HRN_APPROXIMATION_SNR_DB) ?? 0,
      isChosen: reader.flag(HRN_APPROXIMATION_CHOSEN))
  }

  func write(_ writer: MessageWriter) {
    writer.put(HRN_APPROXIMATION_NODE, node)
    writer.put(HRN_APPROXIMATION_DIRECT_SNR_DB, directDecibels)
    writer.put(HRN_APPROXIMATION_SNR_DB, decibels)
    writer.put(HRN_APPROXIMATION_CHOSEN, flag: isChosen)
  }
}

extension Provenance.Training {
  init(_ reader: MessageReader) throws(FormatError) {
    self.init(
      method: reader.string(HRN_TRAINING_METHOD),
      command: reader.string(HRN_TRAINING_COMMAND),
      framework: reader.string(HRN_TRAINING_FRAMEWORK),
      data: reader.string(HRN_TRAINING_DATA),
      seed: reader.uint64(HRN_TRAINING_SEED) ?? 0,
      epochs: try reader.int(HRN_TRAINING_EPOCHS) ?? 0,
      accuracy: try reader.children(HRN_TRAINING_ACCURACY, HRN_MESSAGE_LEVEL_ACCURACY) {
        reader throws(FormatError) in
        Provenance.LevelAccuracy(
          level: reader.string(HRN_LEVEL_ACCURACY_LEVEL),
          percent: reader.double(HRN_LEVEL_ACCURACY_PERCENT) ?? 0,
          images: try reader.int(HRN_LEVEL_ACCURACY_IMAGES) ?? 0)
      })
  }

  func write(_ writer: MessageWriter) {
    writer.put(HRN_TRAINING_METHOD, unlessEmpty: method)
    writer.put(HRN_TRAINING_COMMAND, unlessEmpty: command)
    writer.put(HRN_TRAINING_FRAMEWORK, unlessEmpty: framework)
    writer.put(HRN_TRAINING_DATA, unlessEmpty: data)
    writer.put(HRN_TRAINING_SEED, seed)
    writer.put(HRN_TRAINING_EPOCHS, epochs)
    for accuracy in accuracy {
      writer.put(HRN_TRAINING_ACCURACY) { writer in
        writer.put(HRN_LEVEL_ACCURACY_LEVEL, unlessEmpty: accuracy.level)
        writer.put(HRN_LEVEL_ACCURACY_PERCENT, accuracy.percent)
        writer.put(HRN_LEVEL_ACCURACY_IMAGES, accuracy.images)
      }
    }
  }
}

extension Certificate {
  init(_ reader: MessageReader) throws(FormatError) {
    self.init(
      policy: try reader.requiredString(HRN_CERTIFICATE_POLICY),
      passed: reader.flag(HRN_CERTIFICATE_PASSED),
      referenceSHA256: reader.bytes(HRN_CERTIFICATE_REFERENCE_SHA256),
      subjectSHA256: reader.bytes(HRN_CERTIFICATE_SUBJECT_SHA256),
      images: try reader.int(HRN_CERTIFICATE_IMAGES) ?? 0,
      imagesSHA256: reader.bytes(HRN_CERTIFICATE_IMAGES_SHA256),
      levels: try reader.children(HRN_CERTIFICATE_LEVELS, HRN_MESSAGE_LEVEL_PARITY) { reader throws(FormatError) in
        Level(
          level: try reader.requiredString(HRN_LEVEL_PARITY_LEVEL),
          agreementPercent: reader.double(HRN_LEVEL_PARITY_AGREEMENT_PERCENT) ?? 0,
          referenceAccuracyPercent: reader.double(HRN_LEVEL_PARITY_REFERENCE_ACCURACY_PERCENT),
          subjectAccuracyPercent: reader.double(HRN_LEVEL_PARITY_SUBJECT_ACCURACY_PERCENT),
          snrDecibels: reader.double(HRN_LEVEL_PARITY_SNR_DB) ?? 0)
      },
      toolVersion: reader.string(HRN_CERTIFICATE_TOOL_VERSION))
  }

  func write(_ writer: MessageWriter) {
    writer.put(HRN_CERTIFICATE_POLICY, policy)
    writer.put(HRN_CERTIFICATE_PASSED, flag: passed)
    writer.put(HRN_CERTIFICATE_REFERENCE_SHA256, unlessEmpty: referenceSHA256)
    writer.put(HRN_CERTIFICATE_SUBJECT_SHA256, unlessEmpty: subjectSHA256)
    writer.put(HRN_CERTIFICATE_IMAGES, images)
    writer.put(HRN_CERTIFICATE_IMAGES_SHA256, unlessEmpty: imagesSHA256)
    for level in levels {
      writer.put(HRN_CERTIFICATE_LEVELS) { writer in
        writer.put(HRN_LEVEL_PARITY_LEVEL, level.level)
        writer.put(HRN_LEVEL_PARITY_AGREEMENT_PERCENT, level.agreementPercent)
        writer.put(HRN_LEVEL_PARITY_REFERENCE_ACCURACY_PERCENT, level.referenceAccuracyPercent)
        writer.put(HRN_LEVEL_PARITY_SUBJECT_ACCURACY_PERCENT, level.subjectAccuracyPercent)
        writer.put(HRN_LEVEL_PARITY_SNR_DB, level.snrDecibels)
      }
    }
    writer.put(HRN_CERTIFICATE_TOOL_VERSION, unlessEmpty: toolVersion)
  }
}
