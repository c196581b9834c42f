import HRNFormat
import HRNImport

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  let bytes = ModelBytes(copying: [UInt8](UnsafeBufferPointer(start: data, count: count)))
  do throws(ImportError) {
    let model = try ONNXModel(bytes)
    precondition(!model.summary.isEmpty)
    precondition(try !model.graph(name: "fuzz").graph.outputs.isEmpty)
  } catch {
    precondition(!error.message.isEmpty)
  }
  return 0
}
