"""One's own pictures: a folder of directories, each named by a node of the label tree.

    birds/Mallard/0001.jpg          labelled at the deepest level
    birds/Ducks/0007.jpg            known to be a duck, species unknown
    birds/train/, birds/test/       optional: a split already made; otherwise a share of each class is set aside
    birds/val/                      optional: pictures to select the best epoch by; without test/, those to test with
"""

from pathlib import Path

import torch

from ..errors import BAD_INPUT, MISSING_INPUT, InputError
from ..tree import read_tree
from . import Data, Split, share_of_each
from .files import Pictures

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")


def load(config, recipe):
    """The pictures in the folder `config.data`, labelled by the tree of `config.tree`."""
    folder = Path(config.data)
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; --data takes the name of a data set or a folder of class "
                         "directories", MISSING_INPUT)
    tree = read_tree(config.tree)
    parts = [part for part in ("train", "test", "val") if (folder / part).is_dir()]
    if "train" in parts and len(parts) > 1:
        splits = [list_pictures(folder / part, tree) for part in parts]
    else:
        splits = _divided(list_pictures(folder, tree), config.test_share, config.seed)
    splits = [Split(Pictures(paths, recipe), torch.tensor(labels, dtype=torch.long)) for paths, labels in splits]
    return Data(folder.name, tree, recipe, *splits)


def list_pictures(folder, tree):
    """(paths, labels) of all pictures below the class directories of `folder`, sorted by class and name.

    Where levels share a name, a directory of that name means the deepest node called so.
    """
    nodes = {tree.name(node): node for node in range(tree.size)}            # deeper nodes come later, and win
    paths, labels = [], []
    for directory in sorted(entry for entry in folder.iterdir() if entry.is_dir() and entry.name[0] != "."):
        if directory.name not in nodes:
            raise InputError(f"{directory}: no label of the tree is called '{directory.name}'; the tree's last level "
                             f"has {', '.join(tree.names[-1][:4])}...; rename the directory or extend the tree")
        found = sorted(file for file in directory.iterdir() if file.suffix.lower() in SUFFIXES)
        paths += found
        labels += [nodes[directory.name]] * len(found)
    if not paths:
        raise InputError(f"{folder}: no pictures found; expected directories named by labels that hold "
                         f"{' '.join(SUFFIXES)} files", BAD_INPUT)
    return paths, labels


def _divided(pictures, share, seed):
    """Sets the share of each class aside to test with, at least one picture where a class has two or more."""
    paths, labels = pictures
    aside = set(share_of_each(torch.tensor(labels), share, seed).tolist())
    return [([paths[i] for i in range(len(paths)) if (i in aside) == wanted],
             [labels[i] for i in range(len(paths)) if (i in aside) == wanted]) for wanted in (False, True)]
