import HRNFormat
import Testing

/// What each operation accepts, gives, and says when it does not.
struct ShapeRuleTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let operation: HRNFormat.Operation
    let inputs: [[Int]]
    let parameters: [[Int]]
    let result: Result<[Int], ShapeError>

    init(_ operation: HRNFormat.Operation, _ inputs: [[Int]], _ parameters: [[Int]] = [], gives shape: [Int]) {
      (self.operation, self.inputs, self.parameters, result) = (operation, inputs, parameters, .success(shape))
    }

    init(_ operation: HRNFormat.Operation, _ inputs: [[Int]], _ parameters: [[Int]] = [], fails error: ShapeError) {
      (self.operation, self.inputs, self.parameters, result) = (operation, inputs, parameters, .failure(error))
    }

    var testDescription: String { "\(operation.name) \(inputs) \(parameters)" }
  }

  static let x = [1, 8, 9, 7]
  static let one = Extent2D(y: 1, x: 1)
  static let huge = Int.max / 2

  static func convolution(
    _ stride: Extent2D = one, _ padding: Padding = Padding(0), dilation: Extent2D = one, groups: Int = 1,
    pool: PoolKind? = nil
  ) -> HRNFormat.Operation {
    .convolution(
      Convolution(stride: stride, padding: padding, dilation: dilation, groups: groups, globalPool: pool))
  }

  static func window(_ kernel: Extent2D, _ stride: Extent2D, _ padding: Padding) -> HRNFormat.Operation {
    .pool(.window(.max, kernel: kernel, stride: stride, padding: padding))
  }

  static let convolutions: [Case] = [
    Case(convolution(), [x], [[5, 8, 3, 2]], gives: [1, 5, 7, 6]),
    Case(convolution(Extent2D(y: 2, x: 3), Padding(1)), [x], [[5, 8, 3, 3]], gives: [1, 5, 5, 3]),
    Case(
      convolution(one, Padding(top: 0, left: 1, bottom: 2, right: 0)), [x], [[5, 8, 3, 3], [5]], gives: [1, 5, 9, 6]),
    Case(convolution(dilation: Extent2D(y: 4, x: 3)), [x], [[5, 8, 3, 3]], gives: [1, 5, 1, 1]),
    Case(convolution(groups: 4), [x], [[12, 2, 1, 1]], gives: [1, 12, 9, 7]),
    Case(convolution(pool: .average), [x, [1, 5, 9, 7]], [[5, 8, 1, 1], [5], [5]], gives: [1, 5, 1, 1]),
    Case(convolution(), [x], [[5, 8, 1, 1], [3, 2, 5], [5]], gives: [1, 5, 9, 7]),
    Case(convolution(), [], [[5, 8, 1, 1]], fails: .inputCount(found: 0, minimum: 1, maximum: 2)),
    Case(convolution(), [x], [], fails: .parameterCount(found: 0, minimum: 1, maximum: 3)),
    Case(convolution(), [[1, 8]], [[5, 8, 1, 1]], fails: .shape(.input(0), found: [1, 8], expected: "[N, C, H, W]")),
    Case(convolution(), [x], [[5, 8]], fails: .shape(.parameter(0), found: [5, 8], expected: "[O, I, kh, kw]")),
    Case(
      convolution(), [x], [[5, 4, 1, 1]],
      fails: .shape(.parameter(0), found: [5, 4, 1, 1], expected: "[5, 8, kh, kw] for its input")),
    Case(
      convolution(groups: 3), [x], [[6, 2, 1, 1]],
      fails: .attribute("groups", found: 3, expected: "a divisor of 8 input and 6 output channels")),
    Case(
      convolution(groups: 0), [x], [[6, 2, 1, 1]],
      fails: .attribute("groups", found: 0, expected: "a divisor of 8 input and 6 output channels")),
    Case(
      convolution(), [x], [[5, 8, 1, 1], [4]],
      fails: .shape(.parameter(1), found: [4], expected: "[5], or [R, K, 5] for border classes")),
    Case(
      convolution(), [x], [[5, 8, 1, 1], [5], [1, 5]], fails: .shape(.parameter(2), found: [1, 5], expected: "[5]")),
    Case(
      convolution(), [x, x], [[5, 8, 1, 1]], fails: .shape(.input(1), found: x, expected: "[1, 5, 9, 7]")),
    Case(convolution(), [x], [[5, 8, 10, 1]], fails: .window(axis: "y", extent: 10, available: 9)),
    Case(
      convolution(Extent2D(y: 0, x: 1)), [x], [[5, 8, 1, 1]],
      fails: .attribute("stride y", found: 0, expected: "1 or more")),
    Case(
      convolution(dilation: Extent2D(y: 1, x: -1)), [x], [[5, 8, 1, 1]],
      fails: .attribute("dilation x", found: -1, expected: "1 or more")),
    Case(
      convolution(one, Padding(1)), [x], [[5, 8, 1, 1]],
      fails: .attribute("padding along y", found: 1, expected: "0 or more and less than the window, 1")),
    Case(
      convolution(one, Padding(top: 0, left: -1, bottom: 0, right: 0)), [x], [[5, 8, 3, 3]],
      fails: .attribute("padding along x", found: -1, expected: "0 or more and less than the window, 3")),
    Case(convolution(dilation: Extent2D(y: huge, x: 1)), [x], [[5, 8, 4, 1]], fails: .tooLarge),
    Case(convolution(one, Padding(huge)), [[1, 8, Int.max, 1]], [[5, 8, Int.max, 1]], fails: .tooLarge),
  ]

  static let vectors: [Case] = [
    Case(.linear(Linear()), [[2, 6]], [[4, 6], [4]], gives: [2, 4]),
    Case(.linear(Linear()), [[2, 6], [2, 4]], [[4, 6], [4], [4]], gives: [2, 4]),
    Case(.linear(Linear()), [x], [[4, 6]], fails: .shape(.input(0), found: x, expected: "[N, I]")),
    Case(.linear(Linear()), [[1, 6]], [[4]], fails: .shape(.parameter(0), found: [4], expected: "[O, I]")),
    Case(
      .linear(Linear()), [[1, 6]], [[4, 5]],
      fails: .shape(.parameter(0), found: [4, 5], expected: "[4, 6] for its input")),
    Case(.linear(Linear()), [[1, 6]], [[4, 6], [6]], fails: .shape(.parameter(1), found: [6], expected: "[4]")),
    Case(
      .linear(Linear()), [[1, 6], [1, 6]], [[4, 6]], fails: .shape(.input(1), found: [1, 6], expected: "[1, 4]")),
    Case(.batchNorm(BatchNorm(epsilon: 1e-5)), [x], [[8], [8], [8], [8]], gives: x),
    Case(
      .batchNorm(BatchNorm(epsilon: 1e-5)), [[1, 3]], [[3], [3], [3], [4]],
      fails: .shape(.parameter(3), found: [4], expected: "[3]")),
    Case(
      .batchNorm(BatchNorm(epsilon: 1e-5)), [x], [[8]], fails: .parameterCount(found: 1, minimum: 2, maximum: 4)),
    Case(.batchNorm(BatchNorm(epsilon: 0)), [x], [[8], [8]], gives: x),
  ]

  static let pointwise: [Case] = [
    Case(.activation(.relu()), [x], gives: x),
    Case(
      .activation(.sigmoid), [[1, 2, 3]],
      fails: .shape(.input(0), found: [1, 2, 3], expected: "[N, C, H, W] or [N, F]")),
    Case(.activation(.relu()), [x, x], fails: .inputCount(found: 2, minimum: 1, maximum: 1)),
    Case(window(Extent2D(y: 3, x: 3), Extent2D(y: 2, x: 2), Padding(1)), [x], gives: [1, 8, 5, 4]),
    Case(window(Extent2D(y: 9, x: 7), one, Padding(0)), [x], gives: [1, 8, 1, 1]),
    Case(
      window(Extent2D(y: 0, x: 7), one, Padding(0)), [x], fails: .attribute("kernel y", found: 0, expected: "1 or more")
    ),
    Case(
      window(Extent2D(y: 3, x: 8), one, Padding(0)), [x], fails: .window(axis: "x", extent: 8, available: 7)),
    Case(.pool(.global(.average)), [x], gives: [1, 8, 1, 1]),
    Case(.pool(.global(.max)), [[1, 8]], fails: .shape(.input(0), found: [1, 8], expected: "[N, C, H, W]")),
    Case(.add(Add()), [x, x, x], gives: x),
    Case(.add(Add()), [x], fails: .inputCount(found: 1, minimum: 2, maximum: Int.max)),
    Case(.add(Add()), [[1, 4], [4, 1]], fails: .shape(.input(1), found: [4, 1], expected: "[1, 4]")),
  ]

  static let rearranging: [Case] = [
    Case(.slice(Slice(begin: 2, count: 6)), [x], gives: [1, 6, 9, 7]),
    Case(.slice(Slice(begin: 0, count: 3)), [[1, 3]], gives: [1, 3]),
    Case(.slice(Slice(begin: 2, count: 7)), [x], fails: .attribute("count", found: 7, expected: "at most 6 from 2 on")),
    Case(
      .slice(Slice(begin: 8, count: 1)), [x],
      fails: .attribute("begin", found: 8, expected: "0 or more and less than 8")),
    Case(
      .slice(Slice(begin: -1, count: 1)), [x],
      fails: .attribute("begin", found: -1, expected: "0 or more and less than 8")),
    Case(.slice(Slice(begin: 1, count: 0)), [x], fails: .attribute("count", found: 0, expected: "1 or more")),
    Case(
      .slice(Slice(begin: 1, count: Int.max)), [x],
      fails: .attribute("count", found: Int.max, expected: "at most 7 from 1 on")
    ),
    Case(.softmax(Softmax()), [[1, 5]], gives: [1, 5]),
    Case(.softmax(Softmax()), [x], fails: .shape(.input(0), found: x, expected: "[N, F]")),
    Case(.flatten(Flatten()), [x], gives: [1, 504]),
    Case(.flatten(Flatten()), [[1, 2]], fails: .shape(.input(0), found: [1, 2], expected: "[N, C, H, W]")),
    Case(.flatten(Flatten()), [[1, huge, 2, 2]], fails: .tooLarge),
    Case(.concat(Concat()), [x, [1, 3, 9, 7], x], gives: [1, 19, 9, 7]),
    Case(.concat(Concat()), [[2, 3], [2, 5]], gives: [2, 8]),
    Case(.concat(Concat()), [x], fails: .inputCount(found: 1, minimum: 2, maximum: Int.max)),
    Case(
      .concat(Concat()), [x, [1, 8, 9, 6]],
      fails: .shape(.input(1), found: [1, 8, 9, 6], expected: "[1, *, 9, 7] as input 0")),
    Case(
      .concat(Concat()), [[1, 3], [2, 3]], fails: .shape(.input(1), found: [2, 3], expected: "[1, *] as input 0")),
    Case(
      .concat(Concat()), [[1, 3], [1, 3, 1, 1]],
      fails: .shape(.input(1), found: [1, 3, 1, 1], expected: "[1, *] as input 0")),
    Case(.concat(Concat()), [[1, Int.max], [1, 1]], fails: .tooLarge),
    Case(.treeConstraint(TreeConstraint(.max, parents: [nil, 0, 0, 2])), [[1, 4]], gives: [1, 4]),
    Case(
      .treeConstraint(TreeConstraint(.min, parents: [nil, 0])), [[1, 4]],
      fails: .shape(.input(0), found: [1, 4], expected: "[1, 2] for the nodes of its tree")),
    Case(
      .treeConstraint(TreeConstraint(.min, parents: [nil])), [x],
      fails: .shape(.input(0), found: x, expected: "[N, F]")),
    Case(
      .treeConstraint(TreeConstraint(.max, parents: [nil, 2, 0])), [[1, 3]],
      fails: .attribute("the parent of tree node 1", found: 2, expected: "a node before it")),
    Case(
      .treeConstraint(TreeConstraint(.max, parents: [nil, 1])), [[1, 2]],
      fails: .attribute("the parent of tree node 1", found: 1, expected: "a node before it")),
    Case(
      .treeConstraint(TreeConstraint(.max, parents: [-1])), [[1, 1]],
      fails: .attribute("the parent of tree node 0", found: -1, expected: "a node before it")),
    Case(.localResponseNorm(LocalResponseNorm(size: 5, alpha: 1, beta: 1, bias: 1)), [x], gives: x),
    Case(
      .localResponseNorm(LocalResponseNorm(size: 0, alpha: 1, beta: 1, bias: 1)), [x],
      fails: .attribute("size", found: 0, expected: "1 or more")),
    Case(.quantize(Quantize()), [x], gives: x),
    Case(.dequantize(Dequantize()), [[1, 5]], gives: [1, 5]),
  ]

  @Test(arguments: [convolutions, vectors, pointwise, rearranging].joined().map(\.self)) func givesAShapeOrSaysWhyNot(
    _ test: Case
  ) {
    var found: Result<[Int], ShapeError>
    do throws(ShapeError) {
      found = .success(try test.operation.outputShape(inputs: test.inputs, parameters: test.parameters))
    } catch {
      found = .failure(error)
    }
    #expect(found == test.result)
  }

  @Test func saysInWordsWhatWasFoundAndExpected() {
    let errors: [ShapeError] = [
      .inputCount(found: 1, minimum: 2, maximum: Int.max), .parameterCount(found: 4, minimum: 1, maximum: 3),
      .parameterCount(found: 0, minimum: 4, maximum: 4), .shape(.input(1), found: [1, 2], expected: "[1, 3]"),
      .attribute("stride y", found: 0, expected: "1 or more"), .window(axis: "x", extent: 9, available: 7), .tooLarge,
    ]
    #expect(
      errors.map(\.message) == [
        "has 1 input, expected 2 or more", "has 4 parameters, expected 1 to 3", "has 0 parameters, expected 4",
        "has input 1 of shape [1, 2], expected [1, 3]", "has stride y 0, expected 1 or more",
        "has a window of 9 along x, but the input with its padding has only 7", "has a result too large to count",
      ])
  }
}
