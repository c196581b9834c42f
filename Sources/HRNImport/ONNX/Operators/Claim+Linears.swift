import HRNFormat
import HRNGraph

extension Claim {
  static let linears = [
    Claim(
      "Gemm", inputs: 2...3,
      takes: "a vector [1, K]; constant B; C a constant or a vector [1, N], or left out",
      becomes: "linear, and add where C is computed",
      attributes: [
        .described("alpha", "a number"), .described("beta", "a number"), .integer("transA", 0...1),
        .integer("transB", 0...1),
      ]
    ) { (mapping, node) throws(Refusal) in try mapping.gemm(node) },
    Claim("MatMul", inputs: 2...2, takes: "a vector [1, K] or [K]; constant weights [K, N]", becomes: "linear") {
      (mapping, node) throws(Refusal) in try mapping.matMul(node)
    },
  ]
}

extension Mapping {
  fileprivate func gemm(_ node: NodeView) throws(Refusal) -> [Binding] {
    let value = try node.value(0)
    let weights = try node.requiredConstant(1)
    let isFlipped = try node.integer("transA", default: 0) == 1
    guard value.shape.count == 2, value.shape[isFlipped ? 1 : 0] == 1, weights.shape.count == 2 else {
      throw Refusal("multiplies \(describe(value.shape)) by \(describe(weights.shape)), expected a vector by a matrix")
    }
    let alpha = try node.float("alpha", default: 1)
    let beta = try node.float("beta", default: 1)
    let isTransposed = try node.integer("transB", default: 0) == 1
    let outputs = weights.shape[isTransposed ? 0 : 1]
    var bias: HostTensor?
    if node.hasInput(2), case .constant(let tensor)? = node.inputs[2] { bias = tensor }
    var parameters = [
      try matrix(weights, isTransposed: isTransposed, scale: alpha, of: value)
    ]
    if let bias {
      guard bias.count == 1 || bias.count == outputs, bias.shape.last ?? 1 == bias.count else {
        throw Refusal("adds \(describe(bias.shape)), expected [\(outputs)]")
      }
      parameters.append(
        try weight(bias, shape: [outputs], form: "bias \(beta)") { values in
          (0..<outputs).map { beta * values[values.count == 1 ? 0 : $0] }
        })
    }
    let input = try vector(Carried(shape: value.shape, tensor: value.tensor), name: node.name)
    var result = try add(.linear(Linear()), [input], parameters, name: node.name)
    if node.hasInput(2), bias == nil {
      var addend = try node.value(2)
      guard addend.shape.withoutOnes == [outputs].withoutOnes else {
        throw Refusal("adds \(describe(addend.shape)), expected [1, \(outputs)]")
      }
      if beta != 1 { addend = try affine(addend, scale: [Double(beta)], shift: [0], name: node.name + ".scaled") }
      result = try add(.add(Add()), [result, try vector(addend, name: node.name)], name: node.name + ".sum")
    }
    return bind(result)
  }

  fileprivate func matMul(_ node: NodeView) throws(Refusal) -> [Binding] {
    let value = try node.value(0)
    var weights = try node.requiredConstant(1)
    if weights.shape.count > 2, weights.shape.dropLast(2).allSatisfy({ $0 == 1 }),
      weights.shape.count <= value.shape.count
    {
      weights = weights.reshaped(Array(weights.shape.suffix(2)))
    }
    guard value.shape.dropLast().allSatisfy({ $0 == 1 }), weights.shape.count == 2 else {
      throw Refusal("multiplies \(describe(value.shape)) by \(describe(weights.shape)), expected a vector by a matrix")
    }
    let parameter = try matrix(weights, isTransposed: false, scale: 1, of: value)
    let input = try vector(Carried(shape: value.shape, tensor: value.tensor), name: node.name)
    let result = try add(.linear(Linear()), [input], [parameter], name: node.name)
    return bind(result, shape: value.shape.dropLast() + [weights.shape[1]])
  }

  /// Weights `[K, N]` (or `[N, K]` where they are transposed) as a linear reads them, `[N, K]`, with their columns in
  /// the order of the tensor that carries the vector.
  private func matrix(
    _ weights: HostTensor, isTransposed: Bool, scale: Float, of value: Carried
  ) throws(Refusal) -> Int {
    let (outputs, depth) = isTransposed ? (weights.shape[0], weights.shape[1]) : (weights.shape[1], weights.shape[0])
    let inputs = value.shape.reduce(1, *)
    guard depth == inputs else {
      throw Refusal("multiplies \(counted(inputs, "number")) by \(describe(weights.shape)), expected \(depth)")
    }
    var columns: [Int]?
    switch value.order {
    case .same: break
    case .row(let axes): columns = positions(ofRow: axes, in: graph.shape(of: value.tensor))
    case .axes: throw Refusal("multiplies a transposed map")
    }
    if case .filled(let number) = weights.elements {
      var filled = weights
      filled.elements = .filled(number * Double(scale))
      return try weight(filled, shape: [outputs, depth], form: "matrix \(scale)")
    }
    let form = "matrix \(isTransposed) \(scale) \(columns.map { _ in "\(value.order)" } ?? "")"
    return try weight(weights, shape: [outputs, depth], form: form) { values in
      if isTransposed, scale == 1, columns == nil { return values }
      return [Float](unsafeUninitializedCapacity: values.count) { buffer, count in
        for output in 0..<outputs {
          for input in 0..<depth {
            let from = isTransposed ? output * depth + input : input * outputs + output
            buffer[output * depth + (columns?[input] ?? input)] = scale * values[from]
          }
        }
        count = values.count
      }
    }
  }
  /// Where each element of a transposed map that was laid in one row is in the map.
  private func positions(ofRow axes: [Int], in map: [Int]) -> [Int] {
    let strides = map.indices.map { map[($0 + 1)...].reduce(1, *) }
    var positions = [0]
    for axis in axes {
      positions = positions.flatMap { start in (0..<map[axis]).map { start + $0 * strides[axis] } }
    }
    return positions
  }
}
