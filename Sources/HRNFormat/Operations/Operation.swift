/// What a node computes: the closed list. Each case's type says which inputs and parameters the node has, what shapes
/// it takes and what shape it gives.
package enum Operation: Equatable, Sendable {
  case convolution(Convolution)
  case linear(Linear)
  case batchNorm(BatchNorm)
  case activation(Activation)
  case pool(Pool)
  case add(Add)
  case slice(Slice)
  case softmax(Softmax)
  case flatten(Flatten)
  case quantize(Quantize)
  case dequantize(Dequantize)
}

/// A function of one number, as an operation of its own or fused into another.
package enum Activation: Equatable, Sendable {
  /// `min(max(x, 0), high)`; no upper bound when `high` is nil.
  case relu(high: Float? = nil)
  /// `x > 0 ? x : alpha · (eˣ − 1)`.
  case elu(alpha: Float = 1)
  /// `1 / (1 + e⁻ˣ)`.
  case sigmoid
}

/// Two numbers along the image axes.
package struct Extent2D: Equatable, Sendable {
  package var y: Int
  package var x: Int

  package init(y: Int, x: Int) {
    self.y = y
    self.x = x
  }
}

/// Zeros (or nothing, for pooling) around an image.
package struct Padding: Equatable, Sendable {
  package var top: Int
  package var left: Int
  package var bottom: Int
  package var right: Int

  package init(top: Int, left: Int, bottom: Int, right: Int) {
    self.top = top
    self.left = left
    self.bottom = bottom
    self.right = right
  }

  package init(_ all: Int) { self.init(top: all, left: all, bottom: all, right: all) }
}

/// What a pooling window keeps.
package enum PoolKind: Int32, Sendable {
  case max = 1
  case average = 2
}

/// `y = pool(activation(conv(x, W) + b + residual))`.
///
/// - Inputs: `x [N, I, H, W]`, and optionally a residual of the output's shape before pooling.
/// - Parameters: `W [O, I/groups, kh, kw]` and optionally `b [O]`; an int8 node has `W` (int8), `b` (int32) and the
///   multiplier `[O]` (float32).
/// - Output: `[N, O, OH, OW]`, or `[N, O, 1, 1]` with a fused global average pool.
package struct Convolution: Equatable, Sendable {
  package var stride: Extent2D
  package var padding: Padding
  package var dilation: Extent2D
  package var groups: Int
  package var activation: Activation?
  /// A global pool of the result; only `.average`.
  package var globalPool: PoolKind?

  package init(
    stride: Extent2D = Extent2D(y: 1, x: 1), padding: Padding = Padding(0), dilation: Extent2D = Extent2D(y: 1, x: 1),
    groups: Int = 1, activation: Activation? = nil, globalPool: PoolKind? = nil
  ) {
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
    self.activation = activation
    self.globalPool = globalPool
  }
}

/// `y = activation(x·Wᵀ + b + addend)`.
///
/// - Inputs: `x [N, I]`, and optionally an addend `[N, O]`.
/// - Parameters: `W [O, I]` and optionally `b [O]`; an int8 node has `W` (int8), `b` (int32) and the multiplier `[O]`.
package struct Linear: Equatable, Sendable {
  package var activation: Activation?

  package init(activation: Activation? = nil) { self.activation = activation }
}

/// `y = γ · (x − μ) / √(σ² + ε) + β` per channel, axis 1 of `[N, C, H, W]` or `[N, F]`.
///
/// - Parameters: γ, β, μ, σ², each `[C]`.
package struct BatchNorm: Equatable, Sendable {
  package var epsilon: Float

  package init(epsilon: Float) { self.epsilon = epsilon }
}

/// Pooling of `[N, C, H, W]`. Taps outside the input count neither for the maximum nor for the average.
package enum Pool: Equatable, Sendable {
  case global(PoolKind)
  case window(PoolKind, kernel: Extent2D, stride: Extent2D, padding: Padding)
}

/// `y = activation(x₀ + x₁ + …)`, two or more tensors of one shape: the residual sums of the trunk, and the
/// hierarchical residual sums of HRN.
package struct Add: Equatable, Sendable {
  package var activation: Activation?

  package init(activation: Activation? = nil) { self.activation = activation }
}

/// `y = x[:, begin ..< begin + count]`.
package struct Slice: Equatable, Sendable {
  package var begin: Int
  package var count: Int

  package init(begin: Int, count: Int) {
    self.begin = begin
    self.count = count
  }
}

/// `yᵢ = e^(xᵢ − max x) / Σⱼ e^(xⱼ − max x)` over axis 1 of `[N, F]`.
package struct Softmax: Equatable, Sendable {
  package init() {}
}

/// `[N, C, H, W]` to `[N, C·H·W]`.
package struct Flatten: Equatable, Sendable {
  package init() {}
}

/// float32 to the output's quantization: `round(x / scale + zeroPoint)`, clamped.
package struct Quantize: Equatable, Sendable {
  package init() {}
}

/// The input's quantization to float32: `scale · (x − zeroPoint)`.
package struct Dequantize: Equatable, Sendable {
  package init() {}
}
