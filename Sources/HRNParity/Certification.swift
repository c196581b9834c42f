import HRNCompiler
import HRNFormat
import HRNImport

extension Report {
  /// What goes into the subject's file.
  ///
  /// - Parameter referenceSHA256: of the reference file's Digest message.
  package var certificate: Certificate {
    Certificate(
      policy: policy.name, passed: passed, referenceSHA256: comparison.reference.digest,
      subjectSHA256: comparison.subject.digest, images: comparison.images, imagesSHA256: comparison.imagesSHA256,
      levels: comparison.levels.map { level in
        Certificate.Level(
          level: level.name, agreementPercent: level.agreement * 100,
          referenceAccuracyPercent: level.labelled > 0 ? level.referenceAccuracy * 100 : nil,
          subjectAccuracyPercent: level.labelled > 0 ? level.subjectAccuracy * 100 : nil,
          // A certificate holds numbers: equal scores count as 200 dB, what lies beyond float32's rounding. A tenth is
          // as fine as the order of sums, which depends on the threads, lets it be.
          snrDecibels: (min(max(level.logitDecibels, -200), 200) * 10).rounded() / 10)
      }, toolVersion: ParityVersion.current)
  }

  /// Writes the certificate into the subject's file: all of the file anew, or nothing.
  package func certify(_ subject: ParityModel) throws(ParityError) {
    let file = try subject.checkCertifiable()
    let head: [UInt8]
    do throws(FormatError) {
      head = try ModelWriter.head(of: file, certificate: certificate)
    } catch {
      throw .model(path: subject.path, .format(error))
    }
    let fault = head.withUnsafeBytes { head -> FileFault? in
      do throws(FileFault) {
        try AtomicFile.publish(parts: [head, file.weights], to: subject.path, force: true)
        return nil
      } catch {
        return error
      }
    }
    if let fault { throw .publish(path: subject.path, fault) }
  }
}

/// The version of the tool that writes certificates.
package enum ParityVersion {
  package static let current = CompilerVersion.current
}

extension ParityModel {
  /// Says before long work whether `certify` could write into the file, and answers the file.
  @discardableResult
  package func checkCertifiable() throws(ParityError) -> ModelFile {
    guard graph.stage == .compiled, let file, file.digest != nil else { throw .notCertifiable(path: path) }
    do throws(FileFault) {
      try AtomicFile.check(path: path, force: true)
    } catch {
      throw .publish(path: path, error)
    }
    return file
  }
}
