import HRNFormat
import HRNTestSupport

extension Mutation {
  /// Of a convolution by Winograd in bfloat16.
  static let winograd16: [Mutation] = [
    Mutation("a 1 x 1 convolution by Winograd in bfloat16", .winograd16) { model in
      model.edit(node: "features") { $0.plan = NodePlan(algorithm: .winograd16, band: 2, scratch: $0.plan?.scratch) }
    },
    Mutation("a stem by Winograd in bfloat16", .winograd16) { model in
      model.edit(node: "stem") { $0.plan = NodePlan(algorithm: .winograd16, band: 2) }
    },
    Mutation("a linear by Winograd in bfloat16", .winograd16) { model in
      model.edit(node: "hidden0") { $0.plan?.algorithm = .winograd16 }
    },
    Mutation("an int8 convolution by Winograd in bfloat16", .avx2) { model in
      model.graph.formatVersion = 5
      model.edit(node: "block") { $0.plan?.algorithm = .winograd16 }
    },
    Mutation("a band that cuts a tile of bfloat16", .winograd16) { model in
      model.edit(node: "block") { $0.plan?.band = 3 }
    },
    Mutation("whole maps that are transformed to bfloat16 and bands that are computed", .winograd16) { model in
      model.edit(node: "block") { $0.plan?.split = .groups }
    },
    Mutation("Winograd in bfloat16 in a file of version 4", .winograd16) { model in
      model.graph.plan?.target = "portable"
      model.graph.formatVersion = 4
    },
    Mutation("a target of version 5 in a file of version 4", .bfloat16) { model in
      model.graph.plan?.target = "avx512bf16"
      model.graph.formatVersion = 4
    },
  ]
}
