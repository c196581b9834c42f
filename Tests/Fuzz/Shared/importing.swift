import HRNFormat
import HRNImport

/// Runs what a command does with a checkpoint that it is given: reads it, all its tensors, and the network that they are
/// of. It may be refused, in words.
func importCheckpoint(_ data: UnsafePointer<UInt8>?, _ count: Int) {
  let bytes = ModelBytes(copying: [UInt8](UnsafeBufferPointer(start: data, count: count)))
  refusing { () throws(ImportError) in
    let checkpoint = try Checkpoint(bytes)
    for tensor in checkpoint.tensors { precondition(tensor.floats().count == tensor.elementCount) }
  }
  // The size of images is in some files; others are told it.
  for size in [nil, (height: 64, width: 64)] {
    refusing { () throws(ImportError) in
      let model = try TrainedModel(ImportSource(bytes), options: ImportOptions(size: size))
      precondition(!model.graph.outputs.isEmpty && !model.notes.isEmpty)
    }
  }
}

/// Runs a body that ends, or refuses its input with a message.
func refusing(_ body: () throws(ImportError) -> Void) {
  do { try body() } catch { precondition(!error.message.isEmpty) }
}
