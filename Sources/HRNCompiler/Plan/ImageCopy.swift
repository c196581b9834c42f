import HRNFormat
import HRNGraph

extension Graph {
  /// The graph with a copy of the image for every reader but the convolutions that read nothing else, and so its pixels
  /// where they lie. The copy is a slice of all channels, and lies as any other map.
  func copyingImage() -> Graph {
    guard let image = inputs.first, shape(of: image).count == 4, tensors[image].elementType == .float32 else {
      return self
    }
    let others = nodes.filter { $0.inputs.contains(image) && !$0.readsPixels(of: image) }
    guard !others.isEmpty else { return self }
    var graph = self
    let name = freshNodeName(tensors[image].name + ".copy")
    let copy = graph.addTensor(Tensor(name: name, elementType: .float32, shape: shape(of: image)))
    for index in graph.nodes.indices where others.contains(where: { $0.outputs == graph.nodes[index].outputs }) {
      graph.nodes[index].inputs = graph.nodes[index].inputs.map { $0 == image ? copy : $0 }
    }
    let slice = Slice(begin: 0, count: shape(of: image)[1])
    graph.nodes.insert(Node(name: name, operation: .slice(slice), inputs: [image], outputs: [copy]), at: 0)
    return graph
  }
}

extension Node {
  /// Whether the node is a convolution that reads the image's pixels where they lie.
  func readsPixels(of image: Int) -> Bool {
    if case .convolution = operation { inputs == [image] } else { false }
  }
}
