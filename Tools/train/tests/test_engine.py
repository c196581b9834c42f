import csv
import json
import math
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from hrn_train.checkpoint import parts, read_checkpoint
from hrn_train.cli import main, make_parser
from hrn_train.config import Config
from hrn_train.data import Split
from hrn_train.engine import Run, make_model
from hrn_train.errors import InputError
from hrn_train.logs import TensorBoard
from hrn_train.optimize import learning_rate, make_optimizer
from hrn_train.options import config_from
from hrn_train.progress import Reporter

QUIET = Reporter(quiet=True)


def run_of(config, data, path):
    return Run(config, data, path, QUIET, "python -m hrn_train fit")


def test_interrupted_run_ends_with_the_same_weights(config, data, tmp_path):
    whole = run_of(config, data, tmp_path / "whole").fit().state_dict()
    run_of(config, data, tmp_path / "parts").fit(stop_after=1)
    second = run_of(config, data, tmp_path / "parts")
    second.resume()
    resumed = second.fit().state_dict()
    assert all(torch.equal(whole[key], resumed[key]) for key in whole)
    logs = [[json.loads(line) for line in open(tmp_path / name / "log.jsonl")] for name in ("whole", "parts")]
    assert [[{**record, "seconds": 0} for record in log] for log in logs][0] \
        == [{**record, "seconds": 0} for record in logs[1]]


def test_seed_decides_the_result(config, data, tmp_path):
    first, same, other = (
        run_of(replace(config, seed=seed), data, tmp_path / str(number)).fit().state_dict()
        for number, seed in enumerate((3, 3, 4)))
    assert all(torch.equal(first[key], same[key]) for key in first)
    assert not torch.equal(first["features.0.weight"], other["features.0.weight"])


def test_learns_to_tell_colours(config, data, tmp_path):
    run = run_of(replace(config, epochs=80, width=8, feature_size=16, embedding=16, lr=0.1, erase=0.0, ema=0.0), data,
                 tmp_path)
    run.fit(evaluate_every=80)
    assert run.history[-1]["test"]["levels"][-1]["accuracy"] >= 90
    assert run.history[-1]["tree_loss"] < run.history[0]["tree_loss"]


def test_learns_from_labels_at_mixed_levels(config, data, tmp_path):
    data.train.labels[:20] = torch.tensor([data.tree.parents[label] for label in data.train.labels[:20]])
    run = run_of(replace(config, leaf_share=0.5, epochs=2), data, tmp_path)
    run.fit()
    assert run.history[-1]["leaf_loss"] > 0


def test_bfloat16_runs_and_gives_float32_weights(config, data, tmp_path):
    model = run_of(replace(config, precision="bfloat16", epochs=1), data, tmp_path).fit()
    assert all(value.dtype in (torch.float32, torch.int64) for value in model.state_dict().values())


def test_rate_warms_up_and_ends_at_zero():
    config = Config(lr=0.1, warmup=0.1)
    rates = [learning_rate(config, step, 100) for step in range(100)]
    assert rates[0] == pytest.approx(0.01) and max(rates) == pytest.approx(0.1) and rates[-1] < 1e-4
    assert rates[9:] == sorted(rates[9:], reverse=True)


def test_divergence_is_an_error(config, data, tmp_path):
    with pytest.raises(InputError, match="no longer finite in epoch 1; lower --lr"):
        run_of(replace(config, lr=1e30), data, tmp_path).fit()


def test_too_few_pictures_for_a_batch(config, data, tmp_path):
    with pytest.raises(InputError, match="30 training pictures do not fill one batch of 64"):
        run_of(replace(config, batch=64), data, tmp_path).fit()


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04"])
def test_damaged_checkpoint_is_an_error(tmp_path, content):
    (tmp_path / "checkpoint.pt").write_bytes(content)
    with pytest.raises(InputError, match="not a checkpoint of this trainer"):
        read_checkpoint(tmp_path)


def test_checkpoints_of_format_1_are_read(config, data, tmp_path):
    run_of(config, data, tmp_path).fit(stop_after=1)
    content = torch.load(tmp_path / "checkpoint.pt")
    about = json.loads(content["about"])
    for new, old in (("data_dir", "fashion_dir"), ("test_share", "val_share")):
        about["config"][old] = about["config"].pop(new)
    for key in ("best_epoch", "scaler", "ranges"):
        del about[key]
    del content["best"]
    torch.save({**content, "format": 1, "about": json.dumps(about)}, tmp_path / "checkpoint.pt")
    assert parts(read_checkpoint(tmp_path))[0] == config
    run = run_of(config, data, tmp_path)
    run.resume()
    assert run.epoch == 1 and run.fit() is not None and run.epoch == 3


def test_plain_state_dict_is_not_a_checkpoint(tmp_path):
    torch.save({"features.0.weight": torch.zeros(1)}, tmp_path / "checkpoint.pt")
    with pytest.raises(InputError, match="a plain state_dict cannot be resumed"):
        read_checkpoint(tmp_path)


def test_runs_without_averages_resume_too(config, data, tmp_path):
    config = replace(config, ema=0.0, epochs=2)
    whole = run_of(config, data, tmp_path / "whole").fit().state_dict()
    run_of(config, data, tmp_path / "parts").fit(stop_after=1)
    second = run_of(config, data, tmp_path / "parts")
    second.resume()
    assert all(torch.equal(whole[key], value) for key, value in second.fit().state_dict().items())


def without_batch_norms(run):
    """The run with the running statistics of its batch norms left as they are, in training too."""
    for module in run.model.modules():
        if isinstance(module, (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d)):
            module.eval()
            module.train = lambda mode=True, module=module: module
    return run


@pytest.mark.parametrize("method", ["hrn", "fgn", "lmlp"])
def test_accumulated_parts_are_the_whole_batch(method, config, data, tmp_path):
    data.train.labels[::3] = torch.tensor([data.tree.parents[label] for label in data.train.labels[::3]])
    config = replace(config, method=method, epochs=2)
    whole, parts = (without_batch_norms(run_of(replace(config, accumulate=count), data, tmp_path / str(count)))
                    for count in (1, 3))
    first, second = whole.fit().state_dict(), parts.fit().state_dict()
    assert all(torch.allclose(first[key], second[key], rtol=1e-4, atol=1e-5) for key in first)
    for term in whole.loss.terms:
        assert parts.history[-1][term] == pytest.approx(whole.history[-1][term], abs=2e-5)


class Lazy:
    """Pictures that are given out when they are asked for, as those of files are."""

    def __init__(self, images):
        self.images = images

    def __getitem__(self, indices):
        return self.images[indices]


def test_pictures_made_ready_ahead_are_the_same(config, data, tmp_path):
    eager = run_of(config, data, tmp_path / "eager").fit().state_dict()
    data.train = Split(Lazy(data.train.images), data.train.labels)
    lazy = run_of(config, data, tmp_path / "lazy").fit().state_dict()
    assert all(torch.equal(eager[key], lazy[key]) for key in eager)


def test_the_epoch_best_on_validation_pictures_is_the_result(config, data, tmp_path, monkeypatch):
    data.val = data.test.subset(torch.arange(6))
    accuracies = iter([50.0, 75.0, 75.0, 60.0, 70.0, 80.0])

    def measured(model, split, data, config):
        accuracy = next(accuracies) if split is data.val else 99.0
        return {"levels": [{"level": "kind", "samples": 6, "accuracy": accuracy}]}

    monkeypatch.setattr("hrn_train.engine.measure", measured)
    config = replace(config, epochs=6, select="val", patience=3)
    run = run_of(config, data, tmp_path)
    result = run.fit(evaluate_every=10).state_dict()
    assert run.epoch == 5 and run.best_epoch == 2                # epochs 3, 4 and 5 were no better: the end
    assert ["test" in record for record in run.history] == [True, True, False, False, False]    # where it was the best
    assert all(torch.equal(result[key], run.best[key]) for key in result)
    assert not torch.equal(result["features.0.weight"], run.current_model().state_dict()["features.0.weight"])
    again = run_of(config, data, tmp_path)
    again.resume()
    assert all(torch.equal(result[key], value) for key, value in again.fit().state_dict().items()) and again.epoch == 5


@pytest.mark.parametrize("values, words", [
    ({"precision": "float16"}, "--precision float16 needs --device cuda"),
    ({"accumulate": 5}, "--batch 8 in 5 parts leaves less than two pictures to each"),
    ({"select": "val"}, "--select val: there are no such pictures"),
])
def test_what_cannot_be_trained_is_said_first(values, words, config, data, tmp_path):
    with pytest.raises(InputError, match=words):
        run_of(replace(config, **values), data, tmp_path)


def test_log_is_a_table_too(config, data, tmp_path):
    run_of(config, data, tmp_path).fit(evaluate_every=2)
    rows = list(csv.DictReader((tmp_path / "log.csv").open()))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert rows[0]["test.kind.accuracy"] == "" and 0 <= float(rows[1]["test.kind.accuracy"]) <= 100
    assert float(rows[2]["test.hierarchical.f1"]) > 0 and float(rows[0]["tree_loss"]) > 0


def test_tensorboard_is_written_where_it_is_installed(monkeypatch, config, data, tmp_path):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(InputError, match="pip install tensorboard"):
        TensorBoard(tmp_path)
    written = []

    class Writer:
        def __init__(self, directory, purge_step):
            self.step = purge_step

        def add_scalar(self, name, value, epoch):
            written.append((name, epoch))

        def flush(self):
            pass

    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", SimpleNamespace(SummaryWriter=Writer))
    run = run_of(replace(config, epochs=1), data, tmp_path)
    run.board = TensorBoard(tmp_path)
    run.fit()
    assert ("tree_loss", 1) in written and ("test/kind/accuracy", 1) in written


def preset_of(*words):
    return config_from(make_parser().parse_args(["fit", "-o", "x", *words]))


def test_the_published_regimes_are_presets(data):
    config = preset_of("--preset", "published")
    rates = [learning_rate(config, epoch * 10, 2000) for epoch in range(200)]
    assert rates[:2] == pytest.approx([0.002, 0.001 * (math.cos(math.pi / 200) + 1)]) and rates[100] == 0.001
    assert learning_rate(config, 19, 2000) == rates[1]           # the rate of a whole epoch
    groups = make_optimizer(run_model(config, data), config).param_groups
    assert [(group["factor"], group["weight_decay"], group["nesterov"]) for group in groups] \
        == [(0.1, 5e-4, False), (1.0, 5e-4, False)]
    assert config.batch == 8 and config.ema == 0 and config.leaf_share is None
    few = preset_of("--preset", "published-few", "--keep", "0.1")
    assert [learning_rate(few, epoch, 100) for epoch in (0, 59, 60, 99)] == pytest.approx([1e-4, 1e-4, 1e-5, 1e-5])
    assert few.leaf_share is None and few.trunk_lr == 1
    cars = preset_of("--preset", "published-few", "--data", "stanford-cars", "--data-dir", "x", "--lr", "0.5")
    assert (cars.batch, cars.lr, cars.epochs) == (32, 0.5, 100)


def run_model(config, data):
    return make_model(replace(config, block="basic", blocks=(1, 1), width=4, feature_size=4, embedding=4), data.recipe,
                      data.tree)


def test_patience_needs_pictures_to_judge_by(capsys):
    assert main(["fit", "-o", "x", "--patience", "3"]) == 64
    assert "add --select val" in capsys.readouterr().err
    assert preset_of("--select", "val").val_share == 0.1
