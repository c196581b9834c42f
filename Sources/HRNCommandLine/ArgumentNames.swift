import ArgumentParser
import HRNCompiler
import HRNFormat
import HRNRuntime

/// A CPU tier as it is written on the command line.
package struct CPUName: ExpressibleByArgument {
  package let tier: CPUTier
  package static var allValueStrings: [String] { CPUTier.allCases.map(\.name) }

  package init?(argument: String) {
    guard let tier = CPUTier.allCases.first(where: { $0.name == argument }) else { return nil }
    self.tier = tier
  }
}

/// The precision of a compiled model as it is written on the command line.
package struct PrecisionName: ExpressibleByArgument {
  private static let all: [Precision] = [.float32, .bfloat16, .int8]
  package static var allValueStrings: [String] { all.map(\.name) }
  package let value: Precision

  package init?(argument: String) {
    guard let value = Self.all.first(where: { $0.name == argument }) else { return nil }
    self.value = value
  }
}

/// A target as it is written on the command line.
package struct TargetName: ExpressibleByArgument {
  package static var allValueStrings: [String] { Target.allCases.map(\.name) }
  package let value: Target

  package init?(argument: String) {
    guard let value = Target(name: argument) else { return nil }
    self.value = value
  }
}

extension PlanOptions.Approximated: ExpressibleByArgument {}
