/// Where a graph is from.
package struct Provenance: Equatable, Sendable {
  package struct LevelAccuracy: Equatable, Sendable {
    package var level: String
    package var percent: Double
    package var images: Int

    package init(level: String, percent: Double, images: Int) {
      self.level = level
      self.percent = percent
      self.images = images
    }
  }

  package struct Training: Equatable, Sendable {
    package var method: String
    package var command: String
    package var framework: String
    package var data: String
    package var seed: UInt64
    package var epochs: Int
    package var accuracy: [LevelAccuracy]

    package init(
      method: String = "", command: String = "", framework: String = "", data: String = "", seed: UInt64 = 0,
      epochs: Int = 0, accuracy: [LevelAccuracy] = []
    ) {
      self.method = method
      self.command = command
      self.framework = framework
      self.data = data
      self.seed = seed
      self.epochs = epochs
      self.accuracy = accuracy
    }
  }

  package struct Calibration: Equatable, Sendable {
    package var method: String
    package var images: Int
    /// Of the sorted SHA-256 digests of the images.
    package var imagesSHA256: [UInt8]
    package var approximations: [Approximation]

    package init(method: String, images: Int, imagesSHA256: [UInt8], approximations: [Approximation] = []) {
      self.method = method
      self.images = images
      self.imagesSHA256 = imagesSHA256
      self.approximations = approximations
    }
  }

  /// A layer that was tried by Winograd in 8 bits: the signal-to-noise ratio of its output against float, over the
  /// calibration pictures.
  package struct Approximation: Equatable, Sendable {
    package var node: String
    package var directDecibels: Double
    package var decibels: Double
    /// Whether it is computed so.
    package var isChosen: Bool

    package init(node: String, directDecibels: Double, decibels: Double, isChosen: Bool) {
      self.node = node
      self.directDecibels = directDecibels
      self.decibels = decibels
      self.isChosen = isChosen
    }
  }

  package var tool: String
  package var toolVersion: String
  /// Of the file that was compiled; empty in a source graph.
  package var sourceSHA256: [UInt8]
  package var sourceFormat: String
  /// The options that changed the result.
  package var options: [String]
  package var training: Training?
  package var calibration: Calibration?

  package init(
    tool: String = "", toolVersion: String = "", sourceSHA256: [UInt8] = [], sourceFormat: String = "",
    options: [String] = [], training: Training? = nil, calibration: Calibration? = nil
  ) {
    self.tool = tool
    self.toolVersion = toolVersion
    self.sourceSHA256 = sourceSHA256
    self.sourceFormat = sourceFormat
    self.options = options
    self.training = training
    self.calibration = calibration
  }
}

/// One pass of the compiler that changed something.
package struct PassRecord: Equatable, Sendable {
  package var name: String
  /// The nodes it changed, by their names at that time.
  package var nodes: [String]

  package init(name: String, nodes: [String]) {
    self.name = name
    self.nodes = nodes
  }
}

/// The verdict of `hrn-parity` on a file.
package struct Certificate: Equatable, Sendable {
  package struct Level: Equatable, Sendable {
    package var level: String
    package var agreementPercent: Double
    package var referenceAccuracyPercent: Double?
    package var subjectAccuracyPercent: Double?
    package var snrDecibels: Double

    package init(
      level: String, agreementPercent: Double, referenceAccuracyPercent: Double? = nil,
      subjectAccuracyPercent: Double? = nil, snrDecibels: Double
    ) {
      self.level = level
      self.agreementPercent = agreementPercent
      self.referenceAccuracyPercent = referenceAccuracyPercent
      self.subjectAccuracyPercent = subjectAccuracyPercent
      self.snrDecibels = snrDecibels
    }
  }

  package var policy: String
  package var passed: Bool
  package var referenceSHA256: [UInt8]
  package var subjectSHA256: [UInt8]
  package var images: Int
  package var imagesSHA256: [UInt8]
  package var levels: [Level]
  package var toolVersion: String

  package init(
    policy: String, passed: Bool, referenceSHA256: [UInt8], subjectSHA256: [UInt8], images: Int,
    imagesSHA256: [UInt8], levels: [Level], toolVersion: String
  ) {
    self.policy = policy
    self.passed = passed
    self.referenceSHA256 = referenceSHA256
    self.subjectSHA256 = subjectSHA256
    self.images = images
    self.imagesSHA256 = imagesSHA256
    self.levels = levels
    self.toolVersion = toolVersion
  }
}
