import json
from dataclasses import replace

import pytest
import torch

from hrn_train.checkpoint import read_checkpoint
from hrn_train.config import Config
from hrn_train.engine import Run, learning_rate
from hrn_train.errors import InputError
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
