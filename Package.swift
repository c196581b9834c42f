// swift-tools-version: 6.2
import PackageDescription

/// `HRN_STATIC=1` links the C libraries from their archives, for a self-contained `hrn-run`.
let isStatic = Context.environment["HRN_STATIC"] == "1"
/// `HRN_EMBEDDED=1` builds the lean rooms as Embedded Swift.
let isEmbedded = Context.environment["HRN_EMBEDDED"] == "1"

func library(_ name: String) -> LinkerSetting { .linkedLibrary(isStatic ? ":lib\(name).a" : name) }

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
]
/// Modules that every Swift file imports unsaid, and whose libraries would be loaded into every process.
let unsaidModules = ["concurrency", "string-processing"].flatMap {
  ["-Xfrontend", "-disable-implicit-\($0)-module-import"]
}
let lean: [SwiftSetting] =
  strict + [.unsafeFlags(unsaidModules)]
  + (isEmbedded
    ? [.enableExperimentalFeature("Embedded"), .unsafeFlags(["-wmo", "-Xfrontend", "-function-sections"])] : [])
/// Lean, and built for size as Embedded Swift: rooms without a loop over pixels.
let small: [SwiftSetting] = lean + (isEmbedded ? [.unsafeFlags(["-Osize"])] : [])
/// Packed relocations, which glibc reads since 2.36.
let leanLinker: [LinkerSetting] =
  isEmbedded
  ? [.linkedLibrary("m"), .unsafeFlags(["-use-ld=lld", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs"])] : []
/// C that nothing unwinds through.
let leanC: [CSetting] = isEmbedded ? [.unsafeFlags(["-fno-asynchronous-unwind-tables"])] : []
let kernelFlags: [CSetting] = leanC + [.unsafeFlags(["-O3", "-fno-math-errno", "-ffp-contract=off"])]
/// Other C is optimized in debug builds too: tests read and digest files by it, at every byte.
let edgeFlags: [CSetting] = leanC + [.unsafeFlags(["-O2"], .when(configuration: .debug))]
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "hrn",
  products: [
    .library(name: "HRNRuntime", targets: ["HRNRuntime"]),
    .executable(name: "hrn-run", targets: ["hrn-run"]),
    .executable(name: "hrn-compile", targets: ["hrn-compile"]),
    .executable(name: "hrn-parity", targets: ["hrn-parity"]),
    .executable(name: "hrn-bench", targets: ["hrn-bench"]),
  ],
  traits: [
    .trait(name: "OpenBLAS", description: "Float matrix products by OpenBLAS: `hrn-run --backend blas`, fast parity."),
    .default(enabledTraits: isStatic || isEmbedded ? [] : ["OpenBLAS"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2")
  ],
  targets: [
    // The edges to C libraries, and the kernels.
    .target(name: "CHRNSchema", cSettings: edgeFlags, linkerSettings: [library("protobuf-c")]),
    .target(name: "CHRNPlatform", cSettings: edgeFlags, linkerSettings: [.linkedLibrary("pthread")]),
    .target(name: "CHRNJPEG", cSettings: edgeFlags, linkerSettings: [library("jpeg")]),
    .target(name: "CHRNKernels", cSettings: kernelFlags, linkerSettings: [.linkedLibrary("m")]),
    // A static program opens no libraries.
    .target(
      name: "CHRNBLAS",
      cSettings: kernelFlags + (isStatic ? [] : [.define("HRN_OPENBLAS", .when(traits: ["OpenBLAS"]))])),
    .target(name: "CHRNZlib", cSettings: edgeFlags, linkerSettings: [library("z")]),

    // Lean: no Foundation, typed throws, also built as Embedded Swift.
    .target(name: "HRNFormat", dependencies: ["CHRNSchema", "CHRNPlatform"], swiftSettings: small),
    .target(name: "HRNImage", dependencies: ["HRNFormat", "CHRNJPEG"], swiftSettings: lean),
    .target(
      name: "HRNRuntime", dependencies: ["HRNFormat", "CHRNKernels", "CHRNPlatform", "CHRNBLAS"], swiftSettings: small),
    .executableTarget(
      name: "hrn-run", dependencies: ["HRNRuntime", "HRNImage", "HRNFormat", "CHRNPlatform"], swiftSettings: lean,
      linkerSettings: leanLinker),

    // The workstation.
    .target(name: "HRNGraph", dependencies: ["HRNFormat", "CHRNBLAS"], swiftSettings: strict),
    .target(
      name: "HRNImport", dependencies: ["HRNGraph", "HRNFormat", "CHRNZlib"],
      resources: ["cub-200-2011", "fgvc-aircraft", "stanford-cars"].map { .embedInCode("Resources/\($0).tsv") },
      swiftSettings: strict),
    .target(
      name: "HRNCompiler",
      dependencies: ["HRNGraph", "HRNImport", "HRNRuntime", "HRNImage", "CHRNKernels", "CHRNPlatform", "CHRNZlib"],
      swiftSettings: strict),
    .target(
      name: "HRNParity", dependencies: ["HRNCompiler", "HRNImport", "HRNGraph", "HRNRuntime", "CHRNBLAS"],
      swiftSettings: strict),
    .target(
      name: "HRNCommandLine", dependencies: ["HRNCompiler", "HRNRuntime", "HRNFormat", "CHRNPlatform", argumentParser],
      swiftSettings: strict),
    .executableTarget(
      name: "hrn-compile", dependencies: ["HRNCommandLine", "HRNCompiler", "HRNImport", argumentParser],
      swiftSettings: strict),
    .executableTarget(
      name: "hrn-parity", dependencies: ["HRNCommandLine", "HRNParity", "HRNFormat", argumentParser],
      swiftSettings: strict),
    .executableTarget(
      name: "hrn-bench",
      dependencies: [
        "HRNCommandLine", "HRNCompiler", "HRNImport", "HRNImage", "CHRNKernels", "CHRNPlatform", argumentParser,
      ],
      swiftSettings: strict),

    .target(
      name: "HRNTestSupport", dependencies: ["HRNCompiler", "HRNImage"], path: "Tests/HRNTestSupport",
      swiftSettings: strict),
    .testTarget(
      name: "HRNFormatTests", dependencies: ["HRNFormat", "CHRNSchema", "CHRNPlatform", "HRNTestSupport"],
      exclude: ["Goldens", "Frozen"], swiftSettings: strict),
    .testTarget(
      name: "HRNImageTests", dependencies: ["HRNImage", "HRNTestSupport"], exclude: ["make-goldens.py"],
      resources: [.copy("Resources")], swiftSettings: strict),
    .testTarget(
      name: "CHRNKernelsTests", dependencies: ["CHRNKernels", "CHRNBLAS", "HRNTestSupport"], swiftSettings: strict),
    .testTarget(name: "HRNGraphTests", dependencies: ["HRNGraph", "HRNTestSupport"], swiftSettings: strict),
    .testTarget(
      name: "HRNImportTests", dependencies: ["HRNImport", "HRNTestSupport"],
      exclude: ["make-checkpoints.py", "make-onnx.py", "Goldens"],
      resources: [.copy("Resources")], swiftSettings: strict),
    .testTarget(
      name: "HRNCompilerTests", dependencies: ["HRNCompiler", "HRNImport", "HRNTestSupport"], swiftSettings: strict),
    .target(name: "CHRNTestAllocations", path: "Tests/CHRNTestAllocations"),
    .testTarget(
      name: "HRNRuntimeTests", dependencies: ["HRNRuntime", "HRNTestSupport", "CHRNTestAllocations"],
      swiftSettings: strict),
    .testTarget(
      name: "HRNParityTests",
      dependencies: ["HRNParity", "HRNCompiler", "HRNImport", "HRNGraph", "HRNFormat", "HRNTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "EndToEndTests",
      dependencies: ["HRNCompiler", "HRNFormat", "HRNGraph", "HRNImport", "HRNTestSupport"],
      exclude: ["Goldens", "Resources", "make-methods.py"], swiftSettings: strict),
    .testTarget(
      name: "CommandLineTests", dependencies: ["HRNTestSupport", "HRNImport", "hrn-run"], exclude: ["Goldens"],
      swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
