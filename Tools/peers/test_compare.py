"""How engines are compared, without the engines: these tests need numpy and Pillow."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import command_line
import compare
import engines

OPTIONS = argparse.Namespace(rounds=2, runs=3, starts=0, isa=None, engines=[], network="made-up")


class Clock:
    """A subject that takes no time, until it ends."""

    info = {}

    def __init__(self, name, turns=1000):
        self.name, self.turns, self.counts = name, turns, []

    def run(self, count):
        self.turns -= 1
        if self.turns < 0:
            raise compare.EngineFailure("it ended")
        self.counts.append(count)
        return [1.0] * count

    def own_seconds(self):
        return 0


@pytest.fixture
def quiet(monkeypatch):
    monkeypatch.setattr(compare, "busy_seconds", lambda: 0)


def test_every_engine_has_as_many_turns(quiet):
    subjects = [Clock("one"), Clock("other")]
    latencies, disturbed = compare.in_turns(subjects, OPTIONS, 1)
    assert [len(latencies[name]) for name in ("one", "other")] == [6, 6]
    assert disturbed == {"one": 0, "other": 0}
    assert subjects[0].counts == subjects[1].counts == [2, 3, 3]


@pytest.mark.parametrize("turns", [0, 1, 2])
def test_an_engine_that_ends_leaves_the_others_their_turns(quiet, turns):
    latencies, _ = compare.in_turns([Clock("one"), Clock("mortal", turns), Clock("other")], OPTIONS, 1)
    assert len(latencies["one"]) == len(latencies["other"]) == 6
    assert len(latencies["mortal"]) == 3 * max(0, turns - 1)


def test_a_turn_in_which_others_took_the_core_is_put_off(monkeypatch):
    monkeypatch.setattr(compare.os, "cpu_count", lambda: 1)
    times = iter([0, 9, 9, 9] + [9] * 100)  # others take nine seconds of the first turn
    monkeypatch.setattr(compare, "busy_seconds", lambda: next(times))
    latencies, disturbed = compare.in_turns([Clock("one")], OPTIONS, 1)
    assert disturbed == {"one": 1} and len(latencies["one"]) == 6


def worker(tmp_path, *words):
    """A Peer whose process is a line of Python."""
    peer = compare.Peer.__new__(compare.Peer)
    peer.name, peer.errors = "engine", open(tmp_path / "errors", "w+")
    peer.process = subprocess.Popen([sys.executable, "-c", *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                    stderr=peer.errors, text=True)
    return peer


def test_an_engine_that_ends_says_why(tmp_path):
    peer = worker(tmp_path, "import sys; sys.exit('no kernels for this machine')")
    with pytest.raises(compare.EngineFailure, match="status 1: no kernels for this machine"):
        peer.read()
    with pytest.raises(compare.EngineFailure, match="status 1"):
        peer.run(2)
    peer.close()


def test_only_lines_that_are_meant_for_us_are_read(tmp_path):
    peer = worker(tmp_path, "input(); print('hello'); print('@{\"latencies_ms\": [1.5]}')")
    assert peer.run(1) == [1.5]
    peer.close()


@pytest.mark.parametrize("error", [ImportError("no such package"), KeyError("Erf"), AttributeError("write_erf")])
def test_an_engine_that_cannot_be_opened_is_left_out(monkeypatch, capsys, error):
    def fail(*_):
        raise error

    monkeypatch.setattr(compare, "Peer", fail)
    monkeypatch.setattr(compare.importlib.util, "find_spec", lambda name: name)
    models = argparse.Namespace(precision="int8")
    assert compare.opened("litert", OPTIONS, models, 1) is None
    assert "litert: " + type(error).__name__ in capsys.readouterr().out


def test_an_engine_that_is_not_installed_is_left_out(monkeypatch, capsys):
    monkeypatch.setattr(compare.importlib.util, "find_spec", lambda name: None)
    assert compare.opened("ncnn", OPTIONS, argparse.Namespace(precision="int8"), 1) is None
    assert "not installed" in capsys.readouterr().out
    assert compare.opened("litert", OPTIONS, argparse.Namespace(precision="bfloat16"), 1) is None


def test_no_engine_is_imported_to_compare():
    code = "import sys, compare; sys.exit(any(name in sys.modules for name in {!r}))"
    packages = [package for _, package, _ in engines.ENGINES.values()] + ["onnx", "flatbuffers"]
    assert subprocess.run([sys.executable, "-c", code.format(packages)], cwd=Path(compare.__file__).parent).returncode == 0


@pytest.mark.parametrize("flags, ceiling, tier", [
    ("sse2", None, "scalar"), ("avx2", None, "avx2"), ("avx2 avx512_vnni", None, "avx512vnni"),
    ("avx2 avx512_vnni", "avx2", "avx2"), ("avx2 avx512_vnni", "avxvnni", "avx2"), ("avx2", "avx512bf16", "avx2"),
    ("avx2 avx_vnni avx512_vnni avx512_bf16", "avxvnni", "avxvnni")])
def test_a_ceiling_is_what_this_machine_has_below_it(monkeypatch, flags, ceiling, tier):
    monkeypatch.setattr(compare, "cpu_flags", lambda: set(flags.split()))
    assert compare.best_tier(ceiling) == tier


def test_heads_in_another_order_are_compared_with_those_that_are_meant():
    random = np.random.default_rng(5)
    heads = [random.random((4, size), dtype=np.float32) for size in (3, 5, 3)]
    same = compare.agreement(heads, np.concatenate(heads, axis=1))
    assert same["difference"] == 0 and same["same_labels"] == 1 and same["worst_correlation"] == pytest.approx(1)
    swapped = compare.agreement(heads, np.concatenate([heads[2], heads[1], heads[0]], axis=1))
    assert swapped == same
    wrong = compare.agreement(heads, np.concatenate([heads[0], heads[1][:, ::-1], heads[2]], axis=1))
    assert wrong["difference"] > 0.1 and wrong["worst_correlation"] < 0.9
    assert compare.agreement(heads, heads[0])["difference"] is None


def test_a_worker_lays_pictures_out_outside_of_what_it_times(tmp_path, monkeypatch, capsys):
    pictures = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)
    np.save(tmp_path / "pictures.npy", pictures)
    seen = []

    def opens(model, threads, precision):
        def run(x):
            seen.append(x)
            return [x.sum(axis=(1, 2))]

        run.lay_out = lambda x: np.ascontiguousarray(x.transpose(0, 2, 3, 1))
        return run

    monkeypatch.setitem(engines.ENGINES, "fake", (opens, "json", ("int8",)))
    monkeypatch.setattr(engines.sys, "argv", [
        "engines.py", "fake", "int8", "model", "1", str(tmp_path / "pictures.npy"), str(tmp_path / "outputs")])
    monkeypatch.setattr(engines.sys, "stdin", ["run 2\n", "answer\n"])
    engines.main()
    assert all(x.shape == (1, 4, 5, 3) for x in seen) and len(seen) == 1 + engines.WARMUP + 2 + 2
    assert np.array_equal(np.fromfile(tmp_path / "outputs", np.float32), pictures.sum(axis=(2, 3)).ravel())
    messages = [json.loads(line[1:]) for line in capsys.readouterr().out.splitlines() if line.startswith("@")]
    assert [sorted(message) for message in messages] == [
        ["computes_in", "first_ms", "load_ms", "peak_resident_bytes", "start_ms"], ["latencies_ms"], []]
    assert len(messages[1]["latencies_ms"]) == 2


def test_memory_before_the_model_is_not_counted():
    code = ("import engines, numpy; numpy.ones(40 << 20, numpy.uint8).sum(); engines.forget_peak();"
            "held = engines.memory('VmRSS:'); print(engines.memory('VmHWM:') - held)")
    found = subprocess.run([sys.executable, "-c", code], cwd=Path(engines.__file__).parent, stdout=subprocess.PIPE)
    assert int(found.stdout) < 20 << 20


def test_the_command_line_knows_every_engine():
    assert command_line.ENGINES == tuple(engines.ENGINES)


@pytest.mark.parametrize("words", [
    ["--size", "0"], ["--threads", "-1"], ["--runs", "0"], ["--engines", "caffe"], ["--json", "/nowhere/x.json"],
    ["--precision", "float32", "--approximate"]])
def test_mistakes_need_no_package(words):
    done = subprocess.run([sys.executable, "-S", "-I", command_line.__file__, *words], capture_output=True, text=True)
    assert done.returncode == 64
    assert done.stderr.startswith("Tools/compare-peers: ") and done.stdout == ""
