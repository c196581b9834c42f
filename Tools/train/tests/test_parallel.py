"""Runs that other processes take part in, or that are killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

import parallel_run
from hrn_train.checkpoint import read_checkpoint
from hrn_train.cli import main
from hrn_train.ranks import Ranks, _buckets, part_of

HERE = Path(__file__).parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{HERE}:{HERE.parent}", "OMP_NUM_THREADS": "1"}


def losses(directory):
    lines = [json.loads(line) for line in (directory / "log.jsonl").read_text().splitlines()]
    return [[value for key, value in line.items() if key.endswith("_loss")] for line in lines]


@pytest.mark.skipif(not torch.distributed.is_available(), reason="this PyTorch has no distributed part")
@pytest.mark.skipif(torch.__version__.startswith("1."), reason="the launcher of PyTorch 1.13 fails on Python 3.11")
def test_two_processes_train_as_one_does(tmp_path):
    parallel_run.train(tmp_path / "one")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2",
               str(HERE / "parallel_run.py"), str(tmp_path / "two")]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    one, two = (read_checkpoint(tmp_path / name) for name in ("one", "two"))
    assert losses(tmp_path / "two") == [pytest.approx(row, abs=2e-5) for row in losses(tmp_path / "one")]
    assert {key: True for key in one["model"]} == {
        key: torch.allclose(value, two["model"][key], rtol=1e-4, atol=1e-5) for key, value in one["model"].items()}
    assert [record["test"] for record in one["history"]] == [record["test"] for record in two["history"]]


@pytest.mark.parametrize("count", ["1", "2"])
def test_a_process_ends_with_its_status_and_all_that_it_said(count):
    program = "from hrn_train.ranks import end_process; print('said', end=''); end_process(66)"
    done = subprocess.run([sys.executable, "-c", program], env={**ENVIRONMENT, "WORLD_SIZE": count}, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (66, b"said", b"")


def test_a_killed_run_carries_on_to_the_same_end(folder, tmp_path):
    pictures, table = folder
    command = ["fit", "--data", str(pictures), "--tree", str(table), "--block", "basic", "--blocks", "1,1", "--width",
               "4", "--stem", "small", "--feature-size", "6", "--embedding", "5", "--resize", "12x12", "--crop", "8x8",
               "--batch", "8", "--epochs", "20", "--threads", "1", "--quiet", "--select", "test"]
    killed = tmp_path / "killed"
    process = subprocess.Popen([sys.executable, "-m", "hrn_train", *command, "-o", str(killed)], env=ENVIRONMENT)
    deadline = time.monotonic() + 120
    while not (killed / "log.jsonl").exists() or len((killed / "log.jsonl").read_text().splitlines()) < 2:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    (killed / ".checkpoint.pt.left").write_bytes(b"half a checkpoint")
    assert read_checkpoint(killed)["epoch"] < 20
    assert main(["fit", "--resume", str(killed), "--threads", "1", "--quiet"]) == 0
    assert main([*command, "-o", str(tmp_path / "whole")]) == 0
    first, second = (read_checkpoint(tmp_path / name) for name in ("killed", "whole"))
    for part in ("model", "momentum", "average", "best"):
        assert first[part].keys() == second[part].keys()
        assert all(torch.equal(value, second[part][key]) for key, value in first[part].items()), part
    assert [{**record, "seconds": 0} for record in first["history"]] \
        == [{**record, "seconds": 0} for record in second["history"]]
    assert first["best_epoch"] == second["best_epoch"]
    assert sorted(path.name for path in killed.iterdir()) == ["checkpoint.pt", "log.csv", "log.jsonl", "tree.tsv"]


def test_parts_are_equal_and_leave_nothing_out():
    for count, parts in ((8, 2), (7, 3), (128, 5)):
        numbers = [list(range(count))[part_of(count, number, parts)] for number in range(parts)]
        assert sum(numbers, []) == list(range(count))
        assert max(map(len, numbers)) - min(map(len, numbers)) <= 1


def test_buckets_hold_one_type_each():
    tensors = [torch.zeros(3), torch.zeros(2), torch.zeros(1, dtype=torch.float64), torch.zeros(4)]
    assert [[tensor.numel() for tensor in bucket] for bucket in _buckets(tensors)] == [[3, 2], [1], [4]]


def test_a_process_alone_adds_nothing_up():
    ranks, device = Ranks.of_environment("cpu")
    value = torch.ones(2)
    ranks.add_up([value])
    ranks.average([value])
    assert ranks.first and device == "cpu" and value.tolist() == [1, 1] and ranks.told(7, "cpu") == 7
