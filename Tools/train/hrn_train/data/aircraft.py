"""FGVC-Aircraft 2013b: 10,000 pictures of 100 variants in 70 families by 30 manufacturers, each with a box.

Training pictures are the official `trainval` list (6667), test pictures the `test` list (3333). Every picture ends
with a banner of 20 rows that names its photographer; it is cut off, as the data set's authors ask, so that nothing is
learned from it. Variants are matched by name, since the tree's order is not that of variants.txt.
"""

import torch

from . import Data, Split
from .files import Pictures, Source
from .trees import benchmark_tree

NAME = "fgvc-aircraft"
BANNER = 20
LAYOUT = ("expected is fgvc-aircraft-2013b as its archive unpacks: data/images_variant_trainval.txt, "
          "data/images_variant_test.txt, data/images_box.txt and data/images/*.jpg; "
          "see https://www.robots.ox.ac.uk/~vgg/data/fgvc-aircraft/")


def load(folder, recipe):
    """The pictures in the order of the official lists, with their boxes."""
    outer = Source(folder, LAYOUT)
    source = Source(outer.folder if (outer.folder / "images").is_dir() else outer.path("data"), LAYOUT)
    tree = benchmark_tree(NAME)
    _check_names(source, tree)
    pictures, boxes = source.path("images"), source.by_key("images_box.txt", 5)
    train, test = (_split(source, tree, recipe, pictures, boxes, f"images_variant_{part}.txt")
                   for part in ("trainval", "test"))
    return Data(NAME, tree, recipe, train, test)


def _check_names(source, tree):
    """The data set's lists of names, where they are there, hold the tree's names and no others."""
    for level, name in enumerate(("manufacturers.txt", "families.txt", "variants.txt")):
        if (source.folder / name).exists():
            for line, (label,) in source.rows(name, 1):
                if label not in tree.names[level]:
                    raise source.damaged(name, line, f"'{label}' is no {tree.level_names[level]} of the 2013b release")


def _split(source, tree, recipe, pictures, boxes, name):
    paths, labels, corners = [], [], []
    for line, (key, variant) in source.rows(name, 2):
        try:
            labels.append(tree.node(tree.depth - 1, variant))
        except KeyError:
            raise source.damaged(name, line, f"'{variant}' is no variant of the 2013b release") from None
        try:
            left, top, right, bottom = map(float, boxes[key])
        except (KeyError, ValueError):
            raise source.damaged(name, line, f"picture {key} has no box in images_box.txt") from None
        paths.append(pictures / f"{key}.jpg")
        corners.append((left - 1, top - 1, right, bottom))       # listed from 1, the last row and column included
    return Split(Pictures(source.all_there(paths), recipe, trim=BANNER, boxes=corners),
                 torch.tensor(labels, dtype=torch.long))
