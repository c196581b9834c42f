"""The experiments: resumable, never repeated, and reported as they are."""

import argparse
import json
import re
from dataclasses import replace

import pytest
import torch

from hrn_train.cli import main
from hrn_train.config import Config
from hrn_train.data import Data, Split, fashion
from hrn_train.options import add_fit_options, config_from, words_of
from hrn_train.reproduce import report, runner
from hrn_train.reproduce.experiments import GROUPS, Experiment, config_of, matrix

TINY = {"blocks": (1,), "width": 2, "epoch_pictures": 16, "batch": 8}


@pytest.fixture(autouse=True)
def noise(monkeypatch):
    """Fashion-MNIST's tree and recipe with twenty pictures of noise."""
    generator = torch.Generator().manual_seed(1)
    labels = torch.arange(20) % 10 + fashion.TREE.offsets[-1]
    images = torch.randint(0, 256, (20, 1, 28, 28), dtype=torch.uint8, generator=generator)
    monkeypatch.setattr(fashion, "load", lambda directory: Data(
        "noise", fashion.TREE, fashion.RECIPE, Split(images, labels), Split(images.clone(), labels.clone())))
    monkeypatch.setattr(runner, "HELD_OUT", 4)


def experiments():
    return [Experiment("matrix", f"{method}-relabel50-seed{seed}", config_of(method, 50, seed, **TINY))
            for seed in (0, 1) for method in ("hrn", "flat")]


def test_what_is_done_is_not_done_again(tmp_path, capsys):
    runner.run_all(tmp_path, experiments()[:2])
    first = {path.name: path.read_bytes() for path in tmp_path.rglob("*.json")}
    assert len(first) == 2
    runner.run_all(tmp_path, experiments())
    again = {path.name: path.read_bytes() for path in tmp_path.rglob("*.json")}
    assert len(again) == 4 and all(again[name] == content for name, content in first.items())
    assert runner.missing(tmp_path, experiments()) == []


def test_an_interrupted_run_leaves_nothing_and_is_run_again(tmp_path, monkeypatch):
    def interrupted(self, *_):
        raise KeyboardInterrupt
    with monkeypatch.context() as patch:
        patch.setattr(runner.Run, "fit", interrupted)
        with pytest.raises(KeyboardInterrupt):
            runner.run_all(tmp_path, experiments())
    assert list(tmp_path.rglob("*.json")) == []
    assert len(runner.missing(tmp_path, experiments())) == 4


def test_results_of_other_configurations_and_damaged_ones_do_not_count(tmp_path):
    experiment = experiments()[0]
    runner.run_one(tmp_path, experiment)
    assert runner.result_of(tmp_path, experiment)
    assert runner.result_of(tmp_path, replace(experiment, config=replace(experiment.config, lr=0.3))) is None
    assert runner.result_of(tmp_path, replace(experiment, held_out=True)) is None
    runner.path_of(tmp_path, experiment).write_text("{")
    assert runner.result_of(tmp_path, experiment) is None


def test_runs_are_the_same_every_time(tmp_path):
    first, second = (runner.run_one(tmp_path / name, experiments()[0]) for name in "ab")
    assert first["figures"] == second["figures"] and first["losses"] == second["losses"]


def test_held_out_runs_see_no_test_picture(tmp_path):
    experiment = replace(experiments()[0], held_out=True)
    data = runner._data(experiment)
    everything = fashion.load(None)
    assert torch.equal(data.test.images, everything.train.images[16:])
    assert torch.equal(data.train.images, everything.train.images[:16])


def test_report_has_means_deviations_and_dashes(tmp_path):
    pytest.importorskip("matplotlib")
    results = tmp_path / "results"
    for experiment in matrix():
        if experiment.name.startswith("hrn-relabel90"):
            levels = [{"level": name, "samples": 9, "accuracy": 80.0 + experiment.config.seed}
                      for name in ("group", "kind", "class")]
            figures = {"levels": levels, "path_correct": 1.0, "consistent": 2.0, "average_precision": 3.0}
            record = {"config": runner.chosen(experiment.config), "held_out": False, "command": "fit", "seconds": 2,
                      "processor_seconds": 1, "parameters": 5, "figures": figures, "framework": "f", "machine": "m"}
            path = runner.path_of(results, experiment)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(record))
    (results / "reading.md").write_text("What it means.")
    report.write_report(results, tmp_path / "RESULTS.md")
    text = (tmp_path / "RESULTS.md").read_text()
    assert "| HRN | – | – | 81.00 ± 1.00 | – |" in text
    assert "What it means." in text and "page: 3 of" in text and not re.search(r"{\w+}", text), text
    assert "- m; f: 3 runs" in text
    assert (results / "class.svg").read_text().startswith("<?xml")


def test_groups_are_listed_and_unknown_ones_refused(tmp_path, capsys):
    assert main(["reproduce", "ablations", "--list", "--results", str(tmp_path)]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert listed == [f"ablations/{experiment.name}" for experiment in GROUPS["ablations"]()]
    assert main(["reproduce", "everything", "--results", str(tmp_path)]) == 64


def test_names_are_unique():
    names = [f"{experiment.group}/{experiment.name}" for group in GROUPS.values() for experiment in group()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("group", GROUPS)
def test_commands_say_what_was_run(group):
    """The `fit` command of an experiment has its configuration."""
    for experiment in GROUPS[group]():
        parser = argparse.ArgumentParser()
        add_fit_options(parser)
        words = words_of(experiment.config).split()[4:]
        assert config_from(parser.parse_args([*words, "-o", "run"])) == experiment.config


def test_default_configuration_has_a_short_command():
    assert words_of(Config()) == "python -m hrn_train fit"
