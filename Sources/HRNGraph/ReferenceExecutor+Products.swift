import CHRNBLAS
import HRNFormat

extension ReferenceExecutor {
  /// How matrix products are computed.
  package enum Products: Sendable {
    /// Loops: each sum in ascending order, the same bits on every run.
    case plain
    /// OpenBLAS where there is one, else plain loops.
    case blas

    /// `C[rows, columns] = A[rows, depth] · B[depth, columns]`, all row-major.
    func multiply(
      _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into c: UnsafeMutablePointer<Float>, rows: Int, depth: Int,
      columns: Int
    ) {
      if self == .blas, let m = Int32(exactly: rows), let n = Int32(exactly: columns), let k = Int32(exactly: depth) {
        hrn_blas_sgemm(0, 0, m, n, k, 1, a, k, b, n, 0, c, n)
        return
      }
      hrn_plain_product(a, b, c, Int64(rows), Int64(depth), Int64(columns))
    }
  }
}

/// A convolution of one image and one group as a matrix: a row per tap, a column per position of the window.
struct ColumnWindow {
  private let stride: Extent2D
  private let padding: Padding
  private let dilation: Extent2D
  private let (height, width): (Int, Int)
  private let (outHeight, outWidth): (Int, Int)
  private let (kernelHeight, kernelWidth): (Int, Int)
  /// Input channels of a group.
  let depth: Int

  init(_ convolution: Convolution, input: [Int], weights: [Int], output: [Int]) {
    (stride, padding, dilation) = (convolution.stride, convolution.padding, convolution.dilation)
    (height, width) = (input[2], input[3])
    (outHeight, outWidth) = (output[2], output[3])
    (depth, kernelHeight, kernelWidth) = (weights[1], weights[2], weights[3])
  }

  var positions: Int { outHeight * outWidth }
  var taps: Int { depth * kernelHeight * kernelWidth }

  /// Whether the image itself is the matrix.
  var isImage: Bool {
    kernelHeight == 1 && kernelWidth == 1 && stride == Extent2D(y: 1, x: 1) && padding == Padding(0)
  }

  /// Writes the matrix of an image of `depth` channels; taps outside the image are zeros.
  func unfold(_ image: UnsafePointer<Float>, into columns: UnsafeMutablePointer<Float>) {
    var target = columns
    for channel in 0..<depth {
      for ky in 0..<kernelHeight {
        for kx in 0..<kernelWidth {
          for oy in 0..<outHeight {
            let iy = oy * stride.y + ky * dilation.y - padding.top
            let row = image + (channel * height + min(max(iy, 0), height - 1)) * width
            let isInside = iy >= 0 && iy < height
            var ix = kx * dilation.x - padding.left
            for ox in 0..<outWidth {
              target[ox] = isInside && ix >= 0 && ix < width ? row[ix] : 0
              ix += stride.x
            }
            target += outWidth
          }
        }
      }
    }
  }
}
