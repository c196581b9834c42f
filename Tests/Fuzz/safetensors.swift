import HRNFormat
import HRNImport

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  let bytes = ModelBytes(copying: [UInt8](UnsafeBufferPointer(start: data, count: count)))
  do throws(ImportError) {
    let checkpoint = try Checkpoint(bytes)
    for tensor in checkpoint.tensors { precondition(tensor.floats().count == tensor.elementCount) }
  } catch {
    precondition(!error.message.isEmpty)
  }
  return 0
}
