"""Data sets: pictures with one label each, a node of the label tree at any level."""

from dataclasses import dataclass
from importlib import import_module

import torch

from ..recipe import Recipe
from ..tree import LabelTree

FASHION = "fashion-mnist"
#: the method's benchmarks: names, and the modules that read them
BENCHMARKS = {"cub-200-2011": "cub", "fgvc-aircraft": "aircraft", "stanford-cars": "cars"}
#: how the method's authors prepare the pictures of the benchmarks
BENCHMARK_RECIPE = {"resize": (550, 550), "crop": (448, 448), "exif": False, "shift": 59}


@dataclass
class Split:
    """Pictures after decoding and resizing, and one global node index per picture.

    `images[indices]` gives uint8 `[B, C, H, W]`; a tensor does, and so does any object that reads pictures on demand.
    """

    images: object
    labels: torch.Tensor

    def __len__(self):
        return len(self.labels)

    def subset(self, indices):
        """The split of these pictures; reads none of them."""
        images = self.images[indices] if torch.is_tensor(self.images) else self.images.subset(indices)
        return Split(images, self.labels[indices])


@dataclass
class Data:
    """A training and a test split with the tree their labels belong to and the recipe of their pictures, and perhaps
    a validation split, which is for choosing between epochs and nothing else."""

    name: str
    tree: LabelTree
    recipe: Recipe
    train: Split
    test: Split
    val: Split = None

    def with_levels(self, levels):
        """The same pictures with a tree of these levels only; labels move up to the nearest level kept."""
        tree = self.tree.truncated(levels)
        moved = moved_labels(self.tree, tree)
        splits = []
        for split in (self.train, self.test, *([self.val] if self.val else [])):
            split = Split(split.images, moved[split.labels])
            known = (split.labels >= 0).nonzero()[:, 0]         # a label above the coarsest kept level says nothing
            splits.append(split if len(known) == len(split) else split.subset(known))
        return Data(self.name, tree, self.recipe, *splits)


def moved_labels(tree, smaller):
    """For each node of `tree` the node of `smaller` (its truncation) that is its nearest kept ancestor, or -1."""
    target = torch.full((tree.size,), -1)
    for node in range(tree.size):
        for ancestor in tree.path(node):
            level = tree.level_names[tree.level_of(ancestor)]
            if level in smaller.level_names:
                target[node] = smaller.node(smaller.level_names.index(level), tree.name(ancestor))
    return target


def share_of_each(labels, share, seed):
    """Indices, in order, of a share of the pictures of each label: at least one of a label that has two or more."""
    generator = torch.Generator().manual_seed(seed)
    chosen = []
    for label in sorted(set(labels.tolist())) if share > 0 else ():
        members = (labels == label).nonzero()[:, 0]
        count = max(1, round(len(members) * share)) if len(members) > 1 else 0
        chosen.append(members[torch.randperm(len(members), generator=generator)[:count]])
    return torch.cat(chosen).sort().values if chosen else torch.zeros(0, dtype=torch.long)


def load(config):
    """The data that a run's configuration names.

    The training split goes through choice of levels, relabelling, setting the validation pictures aside (so that
    they have no label that training would not have had) and loss of resolution, in this order.
    """
    from ..protocol import degraded, relabel

    data = _read(config)
    if config.levels is not None and tuple(config.levels) != tuple(range(data.tree.depth)):
        data = data.with_levels(config.levels)
    if config.keep < 1:
        data.train.labels = relabel(data.train.labels, data.tree, config.keep)
    if config.val_share > 0 and data.val is None:
        aside = share_of_each(data.train.labels, config.val_share, config.seed)
        rest = torch.ones(len(data.train), dtype=torch.bool)
        rest[aside] = False
        data.train, data.val = data.train.subset(rest.nonzero()[:, 0]), data.train.subset(aside)
    if config.degrade < 1:
        data.train.images = degraded(data.train, data.tree, config.degrade)
    return data


def _read(config):
    from . import fashion, folder

    if config.data == FASHION:
        return fashion.load(config.data_dir or fashion.DIRECTORY)
    recipe = Recipe(config.channels, tuple(config.resize), tuple(config.crop) if config.crop else None,
                    config.pad, config.pad_value, config.exif, tuple(config.mean), tuple(config.std))
    if config.data in BENCHMARKS:
        return import_module(f".{BENCHMARKS[config.data]}", __name__).load(config.data_dir, recipe)
    return folder.load(config, recipe)
