import HRNFormat
import HRNImport

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  let bytes = ModelBytes(copying: [UInt8](UnsafeBufferPointer(start: data, count: count)))
  refusing { () throws(ImportError) in
    let model = try ONNXModel(bytes)
    precondition(!model.origin.isEmpty && model.operators.allSatisfy { $0.count > 0 })
    let graph = try model.graph(name: "fuzz").graph
    precondition(!graph.outputs.isEmpty)
  }
  return 0
}
