extension GraphRules {
  /// A region of the payload and what names it.
  private struct Claim {
    var region: Region
    var place: Place
  }

  /// Regions of the payload are aligned, lie inside, do not overlap, and leave no gap but that of alignment.
  func checkPayload() throws(FormatError) {
    var claims: [Claim] = []
    for (index, tensor) in graph.tensors.enumerated() {
      guard let region = tensor.weights else { continue }
      claims.append(Claim(region: region, place: place(tensor: index)))
      if !isCompiled, let count = tensor.shape.checkedProduct {
        try expect(length: count * tensor.elementType.byteCount, of: region, at: place(tensor: index))
      }
    }
    for (index, golden) in graph.goldens.enumerated() {
      let place = Place.golden(index, golden.name)
      claims.append(Claim(region: golden.jpeg, place: place))
      for answer in golden.answers {
        claims.append(Claim(region: answer.expected, place: place))
        if let reference = answer.reference { claims.append(Claim(region: reference, place: place)) }
      }
    }
    for claim in claims { try check(claim.region, in: payloadByteCount, at: claim.place) }
    try checkCoverage(claims)
  }

  private func checkCoverage(_ claims: [Claim]) throws(FormatError) {
    let sorted = claims.sorted { $0.region.offset < $1.region.offset }
    var end = 0
    var previous = Place.graph
    for claim in sorted {
      guard claim.region.offset >= end else {
        throw .invalid(claim.place, .region(.overlap(with: previous.words)))
      }
      guard claim.region.offset == end.roundedUp(to: Region.alignment) else {
        throw .invalid(claim.place, .region(.gap(before: end, after: claim.region.offset)))
      }
      end = claim.region.end
      previous = claim.place
    }
    guard end == payloadByteCount else {
      throw .invalid(previous, .region(.uncovered(end: end, payload: payloadByteCount)))
    }
  }

  /// A region is not empty, begins at a multiple of 64, and ends inside.
  func check(_ region: Region, in available: Int, at place: Place) throws(FormatError) {
    guard region.length > 0 else { throw .invalid(place, .region(.empty)) }
    guard region.offset >= 0, region.offset % Region.alignment == 0 else {
      throw .invalid(place, .region(.alignment(offset: region.offset)))
    }
    guard region.length <= available, region.offset <= available - region.length else {
      throw .invalid(
        place, .region(.bounds(offset: region.offset, length: region.length, available: available)))
    }
  }

  func expect(length: Int, of region: Region, at place: Place) throws(FormatError) {
    guard region.length == length else {
      throw .invalid(place, .region(.length(found: region.length, expected: length)))
    }
  }
}

extension Region {
  /// Offsets are multiples of this many bytes: a cache line, and the widest vector.
  package static let alignment = 64
}
