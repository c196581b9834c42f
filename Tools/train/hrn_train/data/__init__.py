"""Data sets: pictures with one label each, a node of the label tree at any level."""

from dataclasses import dataclass

import torch

from ..recipe import Recipe
from ..tree import LabelTree

FASHION = "fashion-mnist"


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
    """A training and a test split with the tree their labels belong to and the recipe of their pictures."""

    name: str
    tree: LabelTree
    recipe: Recipe
    train: Split
    test: Split

    def with_levels(self, levels):
        """The same pictures with a tree of these levels only; labels move up to the nearest level kept."""
        tree = self.tree.truncated(levels)
        moved = moved_labels(self.tree, tree)
        splits = []
        for split in (self.train, self.test):
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


def load(config):
    """The data that a run's configuration names, after choice of levels and relabelling of the training split."""
    from . import fashion, folder
    from ..protocol import relabel

    if config.data == FASHION:
        data = fashion.load(config.fashion_dir or fashion.DIRECTORY)
    else:
        data = folder.load(config)
    if config.levels is not None and tuple(config.levels) != tuple(range(data.tree.depth)):
        data = data.with_levels(config.levels)
    if config.keep < 1:
        data.train.labels = relabel(data.train.labels, data.tree, config.keep)
    return data
