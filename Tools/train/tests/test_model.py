import pytest
import torch

from hrn_train.methods.hrn import HRN
from hrn_train.resnet import TRUNKS, TrunkSpec

BN = (".weight", ".bias", ".running_mean", ".running_var", ".num_batches_tracked")


def paper_keys(blocks, levels):
    """The state_dict keys of the paper authors' models on a bottleneck trunk."""
    keys = {"features.0.weight", *("features.1" + suffix for suffix in BN)}
    for stage, count in enumerate(blocks, start=4):
        for block in range(count):
            for i in (1, 2, 3):
                keys.add(f"features.{stage}.{block}.conv{i}.weight")
                keys.update(f"features.{stage}.{block}.bn{i}{suffix}" for suffix in BN)
        keys.add(f"features.{stage}.0.downsample.0.weight")
        keys.update(f"features.{stage}.0.downsample.1{suffix}" for suffix in BN)
    for k in range(1, levels + 1):
        for unit in (0, 1):
            keys.add(f"conv_block{k}.{unit}.conv.weight")
            keys.update(f"conv_block{k}.{unit}.bn{suffix}" for suffix in BN)
        for norm in (0, 2):
            keys.update(f"fc{k}.{norm}{suffix}" for suffix in BN)
        for name in (f"fc{k}.1", f"fc{k}.4", f"classifier_{k}.0"):
            keys.update((name + ".weight", name + ".bias"))
    keys.update((f"classifier_{levels}_1.0.weight", f"classifier_{levels}_1.0.bias"))
    return keys


def shapes_only(*arguments):
    """A model without memory for its weights."""
    if not hasattr(torch, "get_default_device"):
        pytest.skip("this PyTorch has no shape-only modules")
    with torch.device("meta"):
        return HRN(*arguments)


@pytest.mark.parametrize("sizes, entries, parameters", [((13, 38, 200), 404, 94_559_747),
                                                        ((30, 70, 100), 404, 94_482_284),
                                                        ((9, 196), 376, 70_927_313)])
def test_paper_sized_models_have_the_papers_names_and_sizes(sizes, entries, parameters):
    model = shapes_only(TrunkSpec(), sizes, 1024, 512)
    assert set(model.state_dict()) == paper_keys((3, 4, 6, 3), len(sizes))
    assert len(model.state_dict()) == entries
    assert sum(parameter.numel() for parameter in model.parameters()) == parameters


@pytest.mark.parametrize("name", sorted(TRUNKS))
@pytest.mark.parametrize("stem, size", [("small", 16), ("large", 32)])
def test_every_trunk_gives_scores_of_every_level(name, stem, size):
    block, blocks = TRUNKS[name]
    model = HRN(TrunkSpec(block, blocks, 3, stem, 1), (2, 3, 4, 5), 6, 7).eval()
    with torch.no_grad():
        output = model(torch.zeros(2, 1, size, size))
    assert output.scores.shape == (2, 14) and output.leaf_logits.shape == (2, 5)
    assert torch.equal(output.scores, torch.sigmoid(output.logits))


def test_embeddings_are_summed_before_the_relu():
    torch.manual_seed(2)
    model = HRN(TrunkSpec("basic", (1, 1), 4, "small", 1), (2, 3), 6, 5).eval()
    x = torch.randn(3, 1, 12, 12)
    with torch.no_grad():
        features = model.features(x)
        e1, e2 = (model.level(k)[1](model.level(k)[0](features).mean(dim=(2, 3))) for k in (1, 2))
        coarse = torch.sigmoid(model.classifier_1[0](torch.relu(e1)))
        fine = torch.sigmoid(model.classifier_2[0](torch.relu(e1 + e2)))
        leaf = model.classifier_2_1(torch.relu(e1 + e2))
        output = model(x)
    assert torch.allclose(output.scores, torch.cat([coarse, fine], 1), atol=1e-6)
    assert torch.allclose(output.leaf_logits, leaf, atol=1e-6)


def test_new_blocks_start_as_identity():
    model = HRN(TrunkSpec("bottleneck", (2, 1), 4, "small", 1), (2,), 6, 5)
    for block in (model.features[4][1], model.features[5][0]):
        assert not block.bn3.weight.any()
