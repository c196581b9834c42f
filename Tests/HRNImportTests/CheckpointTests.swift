import HRNFormat
import HRNTestSupport
import Testing

@testable import HRNImport

/// Files that PyTorch and safetensors wrote, against the numbers they were made of.
struct CheckpointTests {
  @Test(arguments: Fixture.networks) func readsTheSameTensorsHoweverTheyWereSaved(_ name: String)
    throws
  {
    let expected = try Fixture.checkpoint("hrn.safetensors")
    let found = try Fixture.checkpoint(name)
    #expect(found.tensors.count == 94)
    #expect(Set(found.tensors.map(\.name)) == Set(expected.tensors.map(\.name)))
    for tensor in found.tensors {
      let same = try #require(expected[tensor.name])
      #expect(tensor.shape == same.shape)
      #expect(
        tensor.elementType
          == (name == "hrn-double.pt" && same.elementType == .float32 ? .float64 : same.elementType)
      )
      #expect(tensor.floats() == same.floats(), "\(name): \(tensor.name)")
    }
  }

  @Test func keepsTheOrderOfTheFile() throws {
    let names = try Fixture.checkpoint("hrn-state-dict.pt").tensors.map(\.name)
    #expect(names.prefix(3) == ["features.0.weight", "features.1.weight", "features.1.bias"])
    for file in [
      "hrn-module.pt", "hrn-legacy.pt", "hrn-data-parallel.pt", "hrn-module-protocol5.pt",
    ] {
      #expect(try Fixture.checkpoint(file).tensors.map(\.name) == names)
    }
  }

  @Test(arguments: ["layouts.pt", "layouts-legacy.pt"])
  func readsViewsAndTypesAsPyTorchDoes(_ name: String) throws {
    let found = try Fixture.checkpoint(name)
    let expected = try Fixture.checkpoint("layouts.safetensors")
    #expect(found.tensors.count == expected.tensors.count)
    for tensor in found.tensors {
      let same = try #require(expected[tensor.name])
      #expect(tensor.shape == same.shape)
      // Bits, because the sign of zero counts.
      #expect(
        tensor.floats().map(\.bitPattern) == same.floats().map(\.bitPattern), "\(tensor.name)")
    }
    let types = Dictionary(uniqueKeysWithValues: found.tensors.map { ($0.name, $0.elementType) })
    for type in StoredType.allCases where type != .float32 { #expect(types[type.name] == type) }
  }

  @Test func tellsWhatAModuleIsMadeOf() throws {
    for (name, outermost) in [
      ("hrn-module.pt", "RFM.HIFD2"), ("hrn-module-legacy.pt", "RFM_car.HIFD2"),
      ("hrn-module-protocol5.pt", "__main__.HIFD2"), ("hrn-data-parallel.pt", "RFM.HIFD2"),
    ] {
      let module = try #require(try Fixture.checkpoint(name).module)
      #expect(module.className == outermost)
      #expect(module["num_ftrs"] == .integer(8))
      #expect(module["training"] == .bool(false))
      let trunk = try #require(module.children.first)
      #expect(trunk.name == "features")
      #expect(trunk.module.className == "torch.nn.modules.container.Sequential")
      let stem = try #require(trunk.module.children.first).module
      #expect(stem.className == "torch.nn.modules.conv.Conv2d")
      #expect(stem.prefix == "features.0.")
      #expect(stem["stride"] == .list([.integer(1), .integer(1)]))
      #expect(stem["padding_mode"] == .text("zeros"))
      let block = trunk.module.children[5].module.children[0].module
      #expect(block.className == "torchvision.models.resnet.BasicBlock")
      #expect(block["stride"] == .integer(2))
      #expect(block.children.map(\.name) == ["conv1", "bn1", "conv2", "bn2", "downsample"])
      #expect(block.children[1].module["eps"] == .number(1e-5))
      #expect(module.children[1].module.children[0].module["out_channels"] == .integer(8))
    }
    #expect(try Fixture.checkpoint("hrn-state-dict.pt").module == nil)
  }

  @Test func findsTheNetworkInATrainingState() throws {
    let state = try Fixture.checkpoint("hrn-training-state.pt")
    #expect(state.notes == ["the tensors are those under 'state_dict'"])
    #expect(state.metadata["epoch"] == "7")
    #expect(state.metadata["arch"] == "hrn")
    #expect(state.metadata["best_acc"] == "0.5")
    #expect(state.metadata["negative"] == "-1099511627776")

    let trainer = try Fixture.checkpoint("hrn-trainer.pt")
    #expect(
      trainer.notes == [
        "the tensors are those under 'average'", "'model' holds other tensors, which are not used",
      ])
    let about = try JSON(parsing: [UInt8](try #require(trainer.metadata["about"]).utf8))
    #expect(about["epoch"] == .integer(3))
    #expect(about["tree"]?["names"] != nil)

    #expect(
      try Fixture.checkpoint("hrn-compiled-state.pt").notes == [
        "the tensors are those under 'model'"
      ])
    #expect(try Fixture.checkpoint("hrn.safetensors").metadata == ["format": "pt"])
  }

  @Test func takesOffWhatWrappersPutBeforeEveryNameOfSafetensors() throws {
    func read(_ names: [String]) throws -> [String] {
      let entries = names.enumerated().map { index, name in
        "\"\(name)\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[\(index),\(index + 1)]}"
      }
      let header = [UInt8]("{\(entries.joined(separator: ","))}".utf8)
      let file = UInt64(header.count).bytes + header + [UInt8](repeating: 1, count: names.count)
      return try Checkpoint(ModelBytes(copying: file)).tensors.map(\.name)
    }
    #expect(try read(["module._orig_mod.fc.bias", "module._orig_mod.fc.weight"]) == ["fc.bias", "fc.weight"])
    #expect(try read(["_orig_mod.fc.bias", "_orig_mod.fc.weight"]) == ["fc.bias", "fc.weight"])
    #expect(try read(["module.fc.bias", "fc.weight"]) == ["module.fc.bias", "fc.weight"])
  }

  @Test func namesTheFormat() throws {
    #expect(try Fixture.checkpoint("hrn-state-dict.pt").format.name == "pytorch")
    #expect(try Fixture.checkpoint("hrn-legacy.pt").format.name == "pytorch-legacy")
    #expect(try Fixture.checkpoint("hrn.safetensors").format.name == "safetensors")
  }
}
