"""Every method trains, answers at every level and exports what it answers."""

from dataclasses import replace

import pytest
import torch

from hrn_train import hrnfile, interpret
from hrn_train.checkpoint import read_checkpoint
from hrn_train.data import Split
from hrn_train.engine import Run, make_model
from hrn_train.export import export
from hrn_train.graph import build
from hrn_train.methods import METHODS
from hrn_train.metrics import evaluate, predict, scores_of_levels, subtree_sums
from hrn_train.progress import Reporter
from hrn_train.resnet import TrunkSpec
from hrn_train.tree import LabelTree


@pytest.fixture(params=METHODS)
def method(request, config):
    return replace(config, method=request.param, epochs=2)


def test_trains_resumes_and_evaluates(method, data, tmp_path):
    whole = Run(method, data, tmp_path / "whole", Reporter(quiet=True)).fit()
    Run(method, data, tmp_path / "parts", Reporter(quiet=True)).fit(stop_after=1)
    second = Run(method, data, tmp_path / "parts", Reporter(quiet=True))
    second.resume()
    resumed = second.fit().state_dict()
    assert all(torch.equal(value, resumed[key]) for key, value in whole.state_dict().items())
    figures = evaluate(data.tree, data.test.labels, whole.results, predict(whole, data.test, data.recipe))
    assert [level["samples"] for level in figures["levels"]] == [12, 12]
    assert all(level["accuracy"] is not None for level in figures["levels"])


@pytest.mark.parametrize("name", ["lmlp", "hmcn", "fgn", "chmcnn", "flat"])
@pytest.mark.parametrize("label", [2, 0])
def test_a_coarse_label_says_nothing_of_the_nodes_below_it(config, data, name, label):
    """A label at node 0 leaves the scores of its children, 2 and 3, alone; one at node 2 does not."""
    config = replace(config, method=name)
    output = make_model(config, data.recipe, data.tree)(torch.randn(4, 3, 10, 10))
    logits = [value for field, value in output._asdict().items() if field.endswith("logits")]
    leaves = [value[-1] if isinstance(value, list) else value for value in logits]
    for tensor in leaves:
        tensor.retain_grad()
    loss = METHODS[name].loss(config, data.tree)
    terms = dict(zip(loss.terms, loss(output, torch.full((4,), label))))
    terms.pop("penalty_loss", None)               # HMCN's, of children above their parent, needs no label
    sum(terms.values()).backward()
    assert any(bool(tensor.grad[:, -3:-1].any()) for tensor in leaves) == (label == 2)


@pytest.mark.parametrize("name", METHODS)
@torch.no_grad()
def test_graph_computes_what_the_model_computes(config, data, name):
    model = make_model(replace(config, method=name), data.recipe, data.tree).eval()
    generator = torch.Generator().manual_seed(9)
    for name, value in model.state_dict().items():
        if value.is_floating_point():
            value.copy_(torch.rand(value.shape, generator=generator) + (0.5 if "var" in name else -0.3))
    image = torch.randn(1, 3, 10, 10, generator=generator)
    builder, tensors = build(model, 10, 10)
    for tensor in tensors:
        builder.graph.outputs.add(tensor=tensor)
    found = interpret.run(builder.graph, bytes(builder.payload.content), image)
    assert len(found) == len(model.results)
    for result, values, expected in zip(model.results, found, model.answers(model(image))):
        assert torch.allclose(values, expected, rtol=1e-4, atol=1e-5), result


def test_leaf_probabilities_sum_up_the_tree(tree):
    leaves = torch.tensor([[0.5, 0.2, 0.3]])
    assert torch.allclose(subtree_sums(tree, leaves)[0], torch.tensor([[0.7, 0.3]]))
    results = METHODS["flat"].network(None, TrunkSpec("basic", (1,), 4, "small", 1), tree).results
    assert torch.allclose(scores_of_levels(tree, results, [leaves])[0], torch.tensor([[0.7, 0.3]]))


@pytest.mark.parametrize("name", list(METHODS))
def test_losses_of_parts_add_up_to_the_batch(name, config, data):
    """Whatever the labels of a part are; the second has none at the deepest level."""
    labels = torch.tensor([2, 0, 3, 4, 1, 0])
    config = replace(config, method=name, label_smoothing=0.1 if name in ("hrn", "fgn", "flat") else 0.0)
    network = METHODS[name].network(config, config.trunk(3), data.tree).eval()
    loss = METHODS[name].loss(config, data.tree)
    images = torch.randn(6, 3, 10, 10, generator=torch.Generator().manual_seed(3))
    whole = torch.stack(loss(network(images), labels))
    parts = sum(torch.stack(loss(network(images[part]), labels[part], labels)) for part in (slice(0, 4), slice(4, 6)))
    assert parts.tolist() == pytest.approx(whole.tolist(), rel=1e-5)


@pytest.mark.parametrize("name", METHODS)
def test_leaves_and_labels_may_lie_at_any_level(config, data, tmp_path, name):
    """A tree with leaves at three depths and a chain of only children; pictures labelled at inner nodes and leaves."""
    tree = LabelTree(("a", "b", "c"), (("0", "1", "2"), ("3", "4", "5", "6"), ("7", "8")),
                     (-1, -1, -1, 0, 0, 0, 1, 6, 4))
    labels = torch.tensor([2, 0, 3, 7, 8, 1])
    splits = [Split(split.images, labels[torch.arange(len(split)) % 6]) for split in (data.train, data.test)]
    uneven = replace(data, tree=tree, train=splits[0], test=splits[1])
    config = replace(config, method=name, epochs=1, batch=4)
    run = Run(config, uneven, tmp_path / "run", Reporter(quiet=True))
    model = run.fit()
    figures = run.history[-1]["test"]
    assert [level["samples"] for level in figures["levels"]] == [12, 6, 4]
    export(tmp_path / "m.hrn", model, read_checkpoint(tmp_path / "run"), uneven, "m", goldens=3)
    graph, _ = hrnfile.read(tmp_path / "m.hrn")
    assert [list(level.parents) for level in graph.tree.levels] == [[], [0, 0, 0, 1], [3, 1]]
