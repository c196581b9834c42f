/// The product of factors that a file states; nil where an `Int` does not hold it, or one of them is negative.
func product(_ factors: [Int], _ last: Int = 1) -> Int? {
  // A factor of 0 does not excuse the others: 0 elements of 2^62 rows is a damaged shape all the same.
  var product = last
  for factor in factors where factor != 0 {
    let (next, overflow) = product.multipliedReportingOverflow(by: factor)
    guard !overflow, factor > 0 else { return nil }
    product = next
  }
  return factors.contains(0) ? 0 : product
}
