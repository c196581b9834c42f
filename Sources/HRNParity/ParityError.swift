import HRNCompiler
import HRNFormat
import HRNImport

/// Why two models were not compared.
package enum ParityError: Error, Equatable, Sendable {
  /// There is no model in the file, in the words of the reader.
  case model(path: String, ImportError)
  /// The model is one, but cannot be run here: what that ends a command with, and why.
  case unusable(path: String, CommandStatus, reason: String)
  /// Pictures cannot be prepared for a model that does not say how.
  case noRecipe(path: String)
  /// The two models see different pixels.
  case recipesDiffer(reference: String, subject: String)
  /// The two models read images of different shapes.
  case shapesDiffer(reference: [Int], subject: [Int])
  /// The two models have nothing that could be compared.
  case nothingInCommon(reference: [String], subject: [String])
  /// The labels of a level of that name are not the same in both.
  case labelsDiffer(level: String)
  case images(ImageSetError)
  case noImages(path: String)
  /// A half is asked for of what is not divided in two.
  case noSplit(path: String)
  /// A model failed on an image.
  case run(path: String, image: String, reason: String)
  /// The reference is compiled and the subject is not: they are exchanged.
  case exchanged(reference: String, subject: String)
  /// Only a compiled file takes a certificate.
  case notCertifiable(path: String)
  /// The file with the certificate could not be written.
  case publish(path: String, FileFault)

  /// The error in words, beginning with the file that it is about.
  package var message: String {
    switch self {
    case .model(let path, let error): "\(path): \(error.message)"
    case .unusable(let path, _, let reason): "\(path): \(reason)"
    case .noRecipe(let path):
      "\(path): has no recipe, so that images cannot be prepared for it; compile it with --recipe"
    case .recipesDiffer(let reference, let subject):
      "\(subject): prepares its pictures by another recipe than \(reference); what differs in pixels says nothing of "
        + "the network, so compile it from that file"
    case .shapesDiffer(let reference, let subject):
      "the subject reads an image of shape \(subject), expected \(reference), which the reference reads"
    case .nothingInCommon(let reference, let subject):
      "the models have no output in common: the reference has \(Self.list(reference)), the subject \(Self.list(subject))"
    case .labelsDiffer(let level): "the models have other labels, or other parents of them, at level '\(level)'"
    case .images(let error): error.message
    case .noImages(let path): "\(path): holds no images"
    case .noSplit(let path):
      "\(path): --split takes a half of a folder with Fashion-MNIST's IDX files, which this is not; leave it out"
    case .run(let path, let image, let reason): "\(path): failed on \(image): \(reason)"
    case .exchanged(let reference, let subject):
      "\(subject): is a trained network, and \(reference) is compiled; name the trained one first"
    case .notCertifiable(let path): "\(path): is not compiled; a certificate goes into what hrn-compile writes"
    case .publish(let path, let fault): "\(path): \(fault.message)"
    }
  }

  private static func list(_ names: [String]) -> String {
    names.isEmpty ? "none" : names.joined(separator: ", ")
  }
}

extension ParityError {
  /// What the command ends with.
  package var status: CommandStatus {
    switch self {
    case .model(_, let error): error.status
    case .unusable(_, let status, _): status
    case .noRecipe, .recipesDiffer, .shapesDiffer, .nothingInCommon, .labelsDiffer, .noImages:
      .badInput
    case .images(.notFound), .images(.unreadable): .missingInput
    case .images: .badInput
    case .run: .defect
    case .noSplit, .exchanged, .notCertifiable: .usage
    case .publish(_, .noSpace): .inputOutput
    case .publish: .cannotCreate
    }
  }
}
