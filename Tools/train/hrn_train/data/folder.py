"""One's own pictures: a folder of directories, each named by a node of the label tree.

    birds/Mallard/0001.jpg          labelled at the deepest level
    birds/Ducks/0007.jpg            known to be a duck, species unknown
    birds/train/..., birds/val/...  optional: a split already made; otherwise a share of each class is set aside
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
from PIL import Image, UnidentifiedImageError

from ..errors import BAD_INPUT, MISSING_INPUT, InputError
from ..recipe import Recipe
from ..tree import read_tree
from . import Data, Split

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
CACHE_BYTES = 2 << 30
THREADS = 4


class Pictures:
    """Picture files, decoded and resized by a recipe when indexed; kept in memory where they fit into 2 GiB."""

    def __init__(self, paths, recipe, cache_bytes=CACHE_BYTES):
        self.paths, self.recipe = list(paths), recipe
        self.fits = len(self.paths) * recipe.channels * recipe.resize[0] * recipe.resize[1] <= cache_bytes
        self.kept = {}

    def __len__(self):
        return len(self.paths)

    def subset(self, indices):
        return Pictures([self.paths[index] for index in indices.tolist()], self.recipe)

    def __getitem__(self, indices):
        indices = indices.tolist()
        with ThreadPoolExecutor(THREADS) as pool:
            loaded = list(pool.map(self._load, indices))
        if self.fits:
            self.kept.update(zip(indices, loaded))
        return torch.stack(loaded)

    def _load(self, index):
        if index in self.kept:
            return self.kept[index]
        path = self.paths[index]
        try:
            return self.recipe.load(path)
        except UnidentifiedImageError:
            raise InputError(f"{path}: not a picture that Pillow reads; remove or convert it") from None
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise InputError(f"{path}: cannot decode: {error}; remove or convert it") from None


def load(config):
    """The pictures in the folder `config.data`, labelled by the tree of `config.tree`."""
    folder = Path(config.data)
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; --data takes 'fashion-mnist' or a folder of class directories",
                         MISSING_INPUT)
    tree = read_tree(config.tree)
    recipe = Recipe(config.channels, tuple(config.resize), tuple(config.crop) if config.crop else None,
                    config.pad, config.pad_value, config.exif, tuple(config.mean), tuple(config.std))
    if (folder / "train").is_dir() and (folder / "val").is_dir():
        splits = [list_pictures(folder / "train", tree), list_pictures(folder / "val", tree)]
    else:
        splits = _divided(list_pictures(folder, tree), config.val_share, config.seed)
    train, test = (Split(Pictures(paths, recipe), torch.tensor(labels)) for paths, labels in splits)
    return Data(folder.name, tree, recipe, train, test)


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
    """Sets the share of each class aside for evaluation, at least one picture where a class has two or more."""
    paths, labels = pictures
    generator = torch.Generator().manual_seed(seed)
    aside = set()
    for label in sorted(set(labels)):
        members = [index for index, value in enumerate(labels) if value == label]
        count = max(1, round(len(members) * share)) if len(members) > 1 and share > 0 else 0
        aside.update(members[index] for index in torch.randperm(len(members), generator=generator)[:count].tolist())
    return [([paths[i] for i in range(len(paths)) if (i in aside) == wanted],
             [labels[i] for i in range(len(paths)) if (i in aside) == wanted]) for wanted in (False, True)]
