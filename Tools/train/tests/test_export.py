import hashlib
import io
from dataclasses import replace

import pytest
import torch

from hrn_train import hrnfile, interpret
from hrn_train import hrn_pb2 as pb
from hrn_train.engine import Run, make_model
from hrn_train.errors import InputError
from hrn_train.export import export, resize_filter
from hrn_train.graph import build
from hrn_train.methods.hrn import HRN
from hrn_train.progress import Reporter
from hrn_train.checkpoint import read_checkpoint
from hrn_train.resnet import TrunkSpec


@pytest.fixture
def exported(config, data, tmp_path):
    """(path of the .hrn file, model) of a briefly trained network."""
    run = Run(config, data, tmp_path / "run", Reporter(quiet=True), "python -m hrn_train fit --seed 3")
    model = run.fit(evaluate_every=3)
    path = tmp_path / "noise.hrn"
    export(path, model, read_checkpoint(tmp_path / "run"), data, "noise", goldens=4)
    return path, model


def cut(payload, region):
    return payload[region.offset:region.offset + region.length]


def randomized(model):
    """Random weights and running statistics, so that nothing is identity by initialisation."""
    generator = torch.Generator().manual_seed(9)
    for name, value in model.state_dict().items():
        if value.is_floating_point():
            noise = torch.rand(value.shape, generator=generator)
            value.copy_(noise + 0.5 if "var" in name or value.dim() == 1 else (noise - 0.5) / value[0].numel() ** 0.5)
    return model.eval()


@pytest.mark.parametrize("trunk", [TrunkSpec("basic", (2, 1), 5, "small", 1),
                                   TrunkSpec("bottleneck", (1, 2), 3, "large", 3)])
@pytest.mark.parametrize("sizes", [(3,), (2, 3), (2, 3, 4, 5)])
@torch.no_grad()
def test_graph_computes_what_the_model_computes(trunk, sizes):
    model = randomized(HRN(trunk, sizes, 6, 7))
    builder, tensors = build(model, 21, 18)
    for tensor in tensors:
        builder.graph.outputs.add(tensor=tensor)
    image = torch.randn(1, trunk.channels, 21, 18, generator=torch.Generator().manual_seed(4))
    found = interpret.run(builder.graph, bytes(builder.payload.content), image)
    for result, values, expected in zip(model.results, found, model.answers(model(image))):
        assert torch.allclose(values, expected, atol=1e-5), result


def test_file_reads_back_with_its_own_answers(exported, data):
    path, model = exported
    graph, payload = hrnfile.read(path)
    assert len(graph.goldens) == 4
    for golden in graph.goldens:
        pixels = data.recipe.load(io.BytesIO(cut(payload, golden.jpeg)))[None]
        image = data.recipe.normalize(data.recipe.window(pixels))
        found = interpret.run(graph, payload, image)
        with torch.no_grad():
            output = model(image)
        assert torch.allclose(torch.cat([found[0], found[2]], 1), output.scores, atol=1e-5)
        for answer in golden.outputs:
            expected = torch.frombuffer(bytearray(cut(payload, answer.expected)), dtype=torch.float32)
            assert torch.allclose(found[answer.output][0], expected, atol=1e-5)


def test_container_is_canonical(exported):
    content = exported[0].read_bytes()
    assert content[:10] == b"\x0a\x08\x89HRN\r\n\x1a\n"
    model = pb.Model.FromString(content)
    assert model.SerializeToString(deterministic=True) == content
    payload = content.index(model.weights, len(content) - len(model.weights))
    assert payload % 4096 == 0 and payload + len(model.weights) == len(content)
    assert not any(model.padding)
    assert model.digest.weights_sha256 == hashlib.sha256(model.weights).digest()
    assert model.digest.graph_sha256 == hashlib.sha256(model.graph.SerializeToString(deterministic=True)).digest()


def test_regions_lie_in_order_aligned_with_zeros_between(exported):
    graph, payload = hrnfile.read(exported[0])
    regions = [tensor.weights for tensor in graph.tensors if tensor.HasField("weights")]
    for golden in graph.goldens:
        regions += [golden.jpeg, *(answer.expected for answer in golden.outputs)]
    end = 0
    for region in regions:
        assert region.offset % 64 == 0 and 0 <= region.offset - end < 64
        assert not any(payload[end:region.offset])
        end = region.offset + region.length
    assert end == len(payload)


def test_file_carries_tree_recipe_and_provenance(exported):
    graph, _ = hrnfile.read(exported[0])
    assert [list(level.labels) for level in graph.tree.levels] == [["warm", "cold"], ["red", "orange", "blue"]]
    assert [list(level.parents) for level in graph.tree.levels] == [[], [0, 0, 1]]
    assert (graph.recipe.resize.height, graph.recipe.resize.width) == (10, 12)
    assert (graph.recipe.crop.height, graph.recipe.pad.top, list(graph.recipe.pad.value)) == (8, 1, [9, 9, 9])
    assert [(output.name, output.level, output.decides) for output in graph.outputs] == [
        ("group.sigmoid", 0, True), ("kind.softmax", 1, True), ("kind.sigmoid", 1, False)]
    training = graph.provenance.training
    assert training.command == "python -m hrn_train fit --seed 3" and training.epochs == 3 and training.seed == 3
    assert [entry.images for entry in training.accuracy] == [12, 12]
    assert list(graph.tensors[graph.inputs[0]].shape) == [1, 3, 10, 10]


def test_batch_norms_stay_nodes(exported):
    graph, _ = hrnfile.read(exported[0])
    kinds = [node.WhichOneof("operation") for node in graph.nodes]
    assert kinds.count("batch_norm") == kinds.count("convolution") + 4


def test_export_is_reproducible(exported, config, data, tmp_path):
    path, model = exported
    export(tmp_path / "again.hrn", model, read_checkpoint(tmp_path / "run"), data, "noise", goldens=4)
    assert path.read_bytes() == (tmp_path / "again.hrn").read_bytes()


@pytest.mark.parametrize("name, value", [("features.0.weight", float("nan")), ("fc2.1.bias", float("inf")),
                                         ("conv_block1.1.bn.running_var", float("nan"))])
def test_weights_that_are_not_finite_are_refused_by_name(config, data, name, value):
    model = make_model(config, data.recipe, data.tree)
    model.state_dict()[name].view(-1)[0] = value
    with pytest.raises(InputError, match=f"'{name}' holds 1 values that are not finite"):
        build(model, 10, 10)


def test_missing_running_statistics_are_refused_by_name(config, data):
    model = make_model(config, data.recipe, data.tree)
    model.features[1] = torch.nn.BatchNorm2d(5, track_running_stats=False)
    with pytest.raises(InputError, match="'features.1.running_mean' is missing"):
        build(model, 10, 10)


@pytest.mark.parametrize("size", [*range(0, 140), 4094, 4095])
def test_every_padding_size_ends_on_a_page(size):
    if size == 0:
        assert hrnfile._padding(0) == b""
        return
    field = hrnfile._padding(size)
    assert len(field) % 4096 == size % 4096
    message = pb.Model.FromString(field)
    assert message.SerializeToString(deterministic=True) == field


def test_damage_is_noticed(exported, tmp_path):
    content = bytearray(exported[0].read_bytes())
    content[-1] ^= 1
    (tmp_path / "flipped.hrn").write_bytes(content)
    with pytest.raises(InputError, match="digest of the weights does not match"):
        hrnfile.read(tmp_path / "flipped.hrn")
    (tmp_path / "other.hrn").write_bytes(b"PK\3\4 something else")
    with pytest.raises(InputError, match="expected a .hrn file"):
        hrnfile.read(tmp_path / "other.hrn")


@pytest.mark.parametrize("pillow, order", [("9.4.0", pb.RESIZE_BILINEAR_ANTIALIAS_HORIZONTAL_FIRST),
                                           ("13.0.0", pb.RESIZE_BILINEAR_ANTIALIAS)])
def test_recipe_names_the_order_of_axes_this_pillow_resizes_in(pillow, order):
    assert resize_filter(pillow) == order


def test_file_tells_by_which_pictures_its_epoch_was_chosen(config, data, tmp_path):
    run = Run(replace(config, select="test"), data, tmp_path / "run", Reporter(quiet=True))
    model = run.fit()
    export(tmp_path / "noise.hrn", model, read_checkpoint(tmp_path / "run"), data, "noise", goldens=1)
    training = hrnfile.read(tmp_path / "noise.hrn")[0].provenance.training
    assert training.epochs == run.best_epoch
    assert training.method.endswith(f"; epoch {run.best_epoch} of 3, the best on the test pictures")
    best = run.history[run.best_epoch - 1]["test"]["levels"]
    assert [figure.percent for figure in training.accuracy] == pytest.approx([level["accuracy"] for level in best])
