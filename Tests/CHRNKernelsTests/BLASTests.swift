import CHRNBLAS
import Testing

@Suite struct BLASTests {
  /// Sums of k products of numbers up to 1, in an order of OpenBLAS's own: a few roundings of 2^-24 for each product.
  @Test(arguments: [(1, 1, 1), (3, 5, 7), (16, 64, 32), (65, 33, 130)], [false, true])
  func multipliesRowMajorMatrices(_ size: (m: Int, n: Int, k: Int), _ transposed: Bool) {
    var g = SeededGenerator(seed: 3)
    let (m, n, k) = size
    // Rows as stored are two elements longer than the matrix.
    let (aRows, aColumns) = transposed ? (k, m + 2) : (m, k + 2)
    let (bRows, bColumns) = transposed ? (n, k + 2) : (k, n + 2)
    let a = guarded(aRows * aColumns) { Float.random(in: -1...1, using: &g) }
    let b = guarded(bRows * bColumns) { Float.random(in: -1...1, using: &g) }
    let c = guarded(m * (n + 2)) { Float.random(in: -1...1, using: &g) }
    let before = c.elements
    hrn_blas_set_threads(1)
    hrn_blas_sgemm(
      transposed ? 1 : 0, transposed ? 1 : 0, Int32(m), Int32(n), Int32(k), 0.5, a.pointer, Int32(aColumns), b.pointer,
      Int32(bColumns), 2, c.pointer, Int32(n + 2))
    for i in 0..<m {
      for j in 0..<n {
        let sum = (0..<k).reduce(0.0) { sum, p in
          let left = transposed ? a[p * aColumns + i] : a[i * aColumns + p]
          let right = transposed ? b[j * bColumns + p] : b[p * bColumns + j]
          return sum + Double(left) * Double(right)
        }
        let expected = 0.5 * sum + 2 * Double(before[i * (n + 2) + j])
        #expect(abs(Double(c[i * (n + 2) + j]) - expected) <= Double(k + 2) * 0x1p-22)
      }
      #expect(c[i * (n + 2) + n] == before[i * (n + 2) + n], "between rows nothing is written")
    }
  }

  #if OpenBLAS
    @Test func aBuildForOpenBLASFindsIt() {
      #expect(hrn_blas_available() == 1)
    }
  #endif

  @Test func zeroBetaDoesNotReadWhatWasThere() {
    let a = guarded(1) { Float(3) }
    let b = guarded(1) { Float(4) }
    let c = guarded(1) { Float.nan }
    hrn_blas_sgemm(0, 0, 1, 1, 1, 1, a.pointer, 1, b.pointer, 1, 0, c.pointer, 1)
    #expect(c[0] == 12)
  }
}
