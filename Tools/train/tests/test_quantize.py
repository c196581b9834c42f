"""Quantization-aware training rounds as the compiler does, and its ranges travel in the file."""

from dataclasses import replace

import pytest
import torch

from hrn_train import hrnfile
from hrn_train.checkpoint import read_checkpoint
from hrn_train.engine import Run, make_model
from hrn_train.errors import InputError
from hrn_train.export import export
from hrn_train.graph import build
from hrn_train.methods import METHODS
from hrn_train.progress import Reporter
from hrn_train.quantize import Quantizer, Rounded, round_weights, rounded_weight


def test_activations_are_rounded_to_256_steps_and_zero_is_one_of_them():
    point = Rounded()
    x = torch.tensor([-1.0, 0.0, 0.004, 0.5, 4.1])
    point.follow(x)
    step, low = 5.1 / 255, -1.0
    zero = round(-low / step)
    expected = [step * (min(max(round(value / step) + zero, 0), 255) - zero) for value in x.tolist()]
    assert point(x).tolist() == pytest.approx(expected, abs=1e-6)
    assert float(point(torch.zeros(1))) == 0


def test_ranges_hold_zero_and_follow_the_batches():
    point = Rounded()
    point.follow(torch.tensor([2.0, 4.0]))
    assert (float(point.low), float(point.high)) == (0, 4)
    point.follow(torch.tensor([-2.0, 8.0]))
    assert float(point.low) == pytest.approx(-0.1) and float(point.high) == pytest.approx(4.2)


def test_weights_are_rounded_per_output_and_gradients_pass():
    weight = torch.randn(3, 2, 3, 3, generator=torch.Generator().manual_seed(1), requires_grad=True)
    found = rounded_weight(weight)
    scale = weight.detach().abs().amax((1, 2, 3), keepdim=True) / 127
    assert torch.allclose(found, (weight / scale).round() * scale, atol=1e-6)
    found.sum().backward()
    assert torch.equal(weight.grad, torch.ones_like(weight))


def test_weights_behind_a_norm_are_rounded_with_its_scales():
    weight, columns = torch.randn(4, 5, generator=torch.Generator().manual_seed(2)), torch.arange(1.0, 6)
    folded = weight * columns
    scale = folded.abs().amax(1, keepdim=True) / 127
    assert torch.allclose(rounded_weight(weight, columns) * columns, (folded / scale).round() * scale, atol=1e-6)


@pytest.mark.parametrize("name", METHODS)
def test_rounded_networks_are_close_to_their_float_form(config, data, name):
    config = replace(config, method=name)
    float_model, model = make_model(config, data.recipe, data.tree), make_model(config, data.recipe, data.tree)
    for module in float_model.modules():          # nothing is identity or zero by initialisation
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
    model.load_state_dict(float_model.state_dict())
    quantizer = Quantizer(model)
    images = torch.randn(16, 3, 10, 10, generator=torch.Generator().manual_seed(3))
    float_model.eval()
    with torch.no_grad():
        expected = float_model.answers(float_model(images))
    model.eval()
    with torch.no_grad():
        found = model.answers(model(images))
    for values, reference in zip(found, expected):
        assert not torch.equal(values, reference)
        assert float((values - reference).abs().max()) < 0.05
    builder, _ = build(float_model, 10, 10)
    names = {tensor.name for tensor in builder.graph.tensors}
    assert quantizer.ranges() and set(quantizer.ranges()) <= names
    again = make_model(config, data.recipe, data.tree)
    again.load_state_dict(float_model.state_dict())
    Quantizer(again).load(quantizer.ranges())
    again.eval()
    assert all(torch.equal(a, b) for a, b in zip(again.answers(again(images)), found))


@pytest.fixture
def trained(config, data, tmp_path):
    """(configuration, directory) of a float run."""
    config = replace(config, epochs=30, width=8, feature_size=16, embedding=16, lr=0.1, erase=0.0, ema=0.0)
    Run(config, data, tmp_path / "float", Reporter(quiet=True)).fit(evaluate_every=30)
    return config, tmp_path / "float"


def tuned(trained, data, directory, stop_after=None):
    config, start = trained
    config = replace(config, epochs=4, lr=0.02, start=str(start), quantize=True)
    run = Run(config, data, directory, Reporter(quiet=True))
    run.initialize()
    run.fit(evaluate_every=4, stop_after=stop_after)
    return run


def rounding_error(model, ranges, data):
    """(mean squared difference of the answers of a model and its rounded form, share of pictures with equal labels)."""
    images = data.recipe.normalize(data.recipe.window(data.test.images[torch.arange(len(data.test))]))
    rounded = type(model)(model.spec, model.level_sizes, model.feature_size, model.embedding)
    rounded.load_state_dict(model.state_dict())
    quantizer = Quantizer(rounded.eval())
    quantizer.load(ranges)
    with torch.no_grad():
        float_answers, answers = model.eval().answers(model.eval()(images)), rounded.answers(rounded(images))
    squares = sum(float((a - b).square().mean()) for a, b in zip(float_answers, answers))
    equal = torch.stack([a.argmax(1) == b.argmax(1) for a, b in zip(float_answers, answers)]).all(0)
    return squares, float(equal.float().mean())


def test_float_and_rounded_form_agree_at_least_as_well_as_after_plain_training(trained, data, tmp_path):
    config, start = trained
    plain = make_model(config, data.recipe, data.tree)
    plain.load_state_dict(read_checkpoint(start)["model"])
    observer = Quantizer(observed := make_model(config, data.recipe, data.tree))
    observed.load_state_dict(plain.state_dict())
    with torch.no_grad():
        observed.eval()(data.recipe.normalize(data.recipe.window(data.train.images[torch.arange(30)])))
    run = tuned(trained, data, tmp_path / "tuned")
    _, before = rounding_error(plain, observer.ranges(), data)
    _, after = rounding_error(run.final_model(), run.quantizer.ranges(), data)
    assert after >= before
    assert run.history[-1]["test"]["levels"][-1]["accuracy"] >= 90


def test_interrupted_training_ends_with_the_same_ranges_and_weights(trained, data, tmp_path):
    whole = tuned(trained, data, tmp_path / "whole")
    tuned(trained, data, tmp_path / "parts", stop_after=2)
    second = Run(whole.config, data, tmp_path / "parts", Reporter(quiet=True))
    second.resume()
    second.fit(evaluate_every=4)
    assert second.quantizer.ranges() == whole.quantizer.ranges()
    weights = second.model.state_dict()
    assert all(torch.equal(value, weights[key]) for key, value in whole.model.state_dict().items())


def test_exported_weights_are_those_that_training_computed_with(trained, data, tmp_path):
    run = tuned(trained, data, tmp_path / "tuned")
    model = run.final_model()
    round_weights(model)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    assert not torch.equal(before["features.0.weight"], run.final_model().state_dict()["features.0.weight"])
    round_weights(model)                          # rounding what is rounded changes nothing
    assert all(torch.allclose(value, before[key], atol=1e-6) for key, value in model.state_dict().items())
    before, after = (rounding_error(each, run.quantizer.ranges(), data)[0] for each in (run.final_model(), model))
    assert after < before


def test_norms_keep_their_statistics(trained, data, tmp_path):
    before = read_checkpoint(trained[1])["model"]
    after = tuned(trained, data, tmp_path / "tuned").model.state_dict()
    assert all(torch.equal(before[key], value) for key, value in after.items() if "running" in key)
    assert not torch.equal(before["features.0.weight"], after["features.0.weight"])


def test_ranges_travel_in_the_file(trained, data, tmp_path):
    run = tuned(trained, data, tmp_path / "tuned")
    export(tmp_path / "m.hrn", run.final_model(), read_checkpoint(tmp_path / "tuned"), data, "m", goldens=2)
    graph, _ = hrnfile.read(tmp_path / "m.hrn")
    assert graph.format_version == 2
    written = {node.outputs[0] for node in graph.nodes}
    for index, tensor in enumerate(graph.tensors):
        assert tensor.HasField("range") == (index in written)
        if index in written:
            assert tensor.range.low <= 0 <= tensor.range.high and tensor.range.low < tensor.range.high
    found = {tensor.name: [tensor.range.low, tensor.range.high] for tensor in graph.tensors}
    for name, bounds in run.quantizer.ranges().items():
        assert found[name] == pytest.approx(bounds)


def test_an_exported_file_is_a_start(trained, data, tmp_path):
    config, start = trained
    state = read_checkpoint(start)
    model = make_model(config, data.recipe, data.tree)
    model.load_state_dict(state["model"])
    export(tmp_path / "m.hrn", model, state, data, "m", goldens=1)
    run = Run(replace(config, start=str(tmp_path / "m.hrn")), data, tmp_path / "again", Reporter(quiet=True))
    run.initialize()
    assert all(torch.equal(value, state["model"][key]) for key, value in run.model.state_dict().items()
               if value.is_floating_point())


def test_a_start_of_another_network_is_refused(trained, data, tmp_path):
    config, start = trained
    for changes, words in (({"feature_size": 8}, "has shape"), ({"method": "fgn"}, "lacks 'norm.weight'")):
        run = Run(replace(config, start=str(start), **changes), data, tmp_path / "new", Reporter(quiet=True))
        with pytest.raises(InputError, match=words):
            run.initialize()
