"""Runs the experiments that have no result yet. A result is a JSON file, written whole once its run has ended, so that
an interruption loses no more than the runs under way."""

import json
import multiprocessing
import os
import platform
import shutil
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace

import torch

from ..config import Config
from ..data import Split, load
from ..engine import Run
from ..files import write_atomically
from ..options import words_of
from ..progress import Reporter
from ..protocol import relabel

HELD_OUT = 10_000                                 # of the training pictures: the last ones, in file order


def path_of(results, experiment):
    return results / experiment.group / f"{experiment.name}.json"


def result_of(results, experiment):
    """The stored result of an experiment; None where there is none, or one of another configuration."""
    try:
        found = json.loads(path_of(results, experiment).read_text())
    except (FileNotFoundError, ValueError):
        return None
    wanted = {"config": chosen(experiment.config), "held_out": experiment.held_out}
    return found if all(found.get(key) == value for key, value in wanted.items()) else None


def chosen(config):
    """What a configuration says other than the defaults: a new option leaves old results valid."""
    default = Config().to_dict()
    return {key: value for key, value in config.to_dict().items() if value != default[key]}


def missing(results, experiments):
    return [experiment for experiment in experiments if result_of(results, experiment) is None]


def run_all(results, experiments, workers=1, stream=None):
    """Runs, in order, the experiments without a result, several at a time where there are several workers."""
    todo = missing(results, experiments)
    started = time.monotonic()

    def done(number, experiment, record):
        leaf = record["figures"]["levels"][-1]["accuracy"]
        minutes = (time.monotonic() - started) / 60
        print(f"{number}/{len(todo)} {experiment.group}/{experiment.name}: {leaf:.2f} % in {record['seconds']:.0f} s; "
              f"{minutes:.1f} min, about {minutes / number * (len(todo) - number):.0f} min left", file=stream, flush=True)

    if workers == 1:
        for number, experiment in enumerate(todo, start=1):
            if result_of(results, experiment) is None:           # another process may have been there since
                done(number, experiment, run_one(results, experiment))
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        futures = {pool.submit(run_one, results, experiment): experiment for experiment in todo}
        for number, future in enumerate(as_completed(futures), start=1):
            done(number, futures[future], future.result())


def run_one(results, experiment):
    """Trains and measures one experiment, on one thread, and stores its result."""
    torch.set_num_threads(1)
    data = _data(experiment)
    directory = tempfile.mkdtemp(prefix="hrn-reproduce-")
    try:
        wall, processor = time.monotonic(), time.process_time()
        run = Run(experiment.config, data, directory, Reporter(quiet=True), words_of(experiment.config))
        run.fit()
        record = {"config": chosen(experiment.config), "held_out": experiment.held_out, "command": run.command,
                  "seconds": round(time.monotonic() - wall, 1),
                  "processor_seconds": round(time.process_time() - processor, 1),
                  "parameters": sum(parameter.numel() for parameter in run.model.parameters()),
                  "losses": {key: value for key, value in run.history[-1].items() if key.endswith("_loss")},
                  "figures": run.history[-1]["test"], "framework": f"PyTorch {torch.__version__}",
                  "machine": machine()}
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    path = path_of(results, experiment)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(record, indent=1) + "\n"
    write_atomically(path, lambda file: file.write(text.encode()))
    return record


def _data(experiment):
    """The experiment's pictures; for a held-out run the last training pictures stand in the place of the test's."""
    config = experiment.config
    if not experiment.held_out:
        return load(config)
    data = load(replace(config, keep=1.0))
    first = len(data.train) - HELD_OUT
    train, test = data.train.subset(torch.arange(first)), data.train.subset(torch.arange(first, len(data.train)))
    return replace(data, train=Split(train.images, relabel(train.labels, data.tree, config.keep)), test=test)


def machine():
    """One line about the processor."""
    name = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo") as file:
            lines = dict(line.split(":", 1) for line in file.read().split("\n\n")[0].splitlines() if ":" in line)
        fields = {key.strip(): value.strip() for key, value in lines.items()}
        name = f"{fields['model name']} (family {fields['cpu family']}, model {fields['model']})"
    except (OSError, KeyError):
        pass
    return f"{name}, {os.cpu_count()} cores, {platform.system()}"
