"""Trains the tests' small network in a process of torchrun's, with batch norms as they stand.

    python -m torch.distributed.run --nproc_per_node 2 parallel_run.py DIRECTORY
"""

import sys
from dataclasses import replace

import torch

import conftest
from hrn_train.engine import Run
from hrn_train.progress import Reporter
from hrn_train.ranks import Ranks, end_process


def train(directory, ranks=Ranks(), device="cpu"):
    """Two epochs on labels of both levels; batch norms keep their statistics: those of parts are not the whole's."""
    data = conftest.noise()
    data.train.labels[::4] = torch.tensor([data.tree.parents[label] for label in data.train.labels[::4]])
    run = Run(replace(conftest.SMALL, epochs=2), data, directory, Reporter(quiet=True), device=device, ranks=ranks)
    for module in run.model.modules():
        if isinstance(module, (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d)):
            module.eval()
            module.train = lambda mode=True, module=module: module
    run.fit()


if __name__ == "__main__":
    ranks, device = Ranks.of_environment("cpu")
    train(sys.argv[1], ranks, device)
    ranks.leave()
    end_process(0)
