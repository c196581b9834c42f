"""Stanford Cars: 16,185 pictures of 196 models of 9 types, each with a box; 8144 for training, 8041 to test.

Three layouts are in use, and the first that is found is read: the official one with a devkit of two annotation
files, the official one with a single file of them, and folders named by class. The number of a class is its position
in the tree plus one.
"""

import re

import torch

from . import Data, Split
from ..errors import InputError
from .files import Pictures, Source
from .folder import SUFFIXES
from .matfile import read_mat
from .trees import benchmark_tree

NAME = "stanford-cars"
LAYOUT = ("expected is one of: devkit/cars_train_annos.mat, devkit/cars_test_annos_withlabels.mat (a download of its "
          "own), cars_train/*.jpg and cars_test/*.jpg; cars_annos.mat and car_ims/*.jpg; or train/<class>/*.jpg and "
          "test/<class>/*.jpg; see https://ai.stanford.edu/~jkrause/cars/car_dataset.html")
WITH_LABELS = ("devkit/cars_test_annos_withlabels.mat", "cars_test_annos_withlabels.mat")


def load(folder, recipe):
    """The pictures in the order of the annotations or, in folders, sorted by class and name."""
    source, tree = Source(folder, LAYOUT), benchmark_tree(NAME)
    if (source.folder / "cars_annos.mat").exists():
        rows = _annotations(source.path("cars_annos.mat"))
        parts = [[row for row in rows if bool(row.get("test")) == wanted] for wanted in (False, True)]
        train, test = (_annotated(source, tree, recipe, "", part, "relative_im_path") for part in parts)
    elif (source.folder / "train").is_dir() and not (source.folder / "devkit").exists():
        train, test = (_named(source, tree, recipe, part) for part in ("train", "test"))
    else:
        train = _annotated(source, tree, recipe, "cars_train",
                           _annotations(source.path("devkit/cars_train_annos.mat")), "fname")
        test = _annotated(source, tree, recipe, "cars_test", _annotations(source.path(*WITH_LABELS)), "fname")
    return Data(NAME, tree, recipe, train, test)


def _annotations(path):
    rows = read_mat(path).get("annotations")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise InputError(f"{path}: holds no structure array 'annotations'; {LAYOUT}")
    return rows


def _annotated(source, tree, recipe, folder, rows, key):
    paths, labels, corners = [], [], []
    for number, row in enumerate(rows, start=1):
        # cars_annos.mat says bbox_x1 ..., as the devkit does
        left, top, right, bottom = (row.get(f"bbox_{side}") for side in ("x1", "y1", "x2", "y2"))
        label, name = row.get("class"), row.get(key)
        numbers = all(isinstance(value, (int, float)) for value in (left, top, right, bottom, label))
        if not isinstance(name, str) or not numbers or not 1 <= label <= tree.level_sizes[-1]:
            raise InputError(f"{source.folder}: annotation {number} is {row}, expected {key}, a class of 1 to "
                             f"{tree.level_sizes[-1]} and a box; {source.layout}")
        paths.append(source.folder / folder / name)
        labels.append(tree.offsets[-1] + int(label) - 1)
        corners.append((float(left) - 1, float(top) - 1, float(right), float(bottom)))
    return Split(Pictures(source.all_there(paths), recipe, boxes=corners), torch.tensor(labels, dtype=torch.long))


def _named(source, tree, recipe, part):
    nodes = {_plain(name): tree.offsets[-1] + index for index, name in enumerate(tree.names[-1])}
    paths, labels = [], []
    for directory in sorted(entry for entry in source.path(part).iterdir() if entry.is_dir()):
        if _plain(directory.name) not in nodes:
            raise InputError(f"{directory}: no class of Stanford Cars is called '{directory.name}'; {source.layout}")
        found = sorted(file for file in directory.iterdir() if file.suffix.lower() in SUFFIXES)
        paths += found
        labels += [nodes[_plain(directory.name)]] * len(found)
    if not paths:
        raise InputError(f"{source.folder / part}: holds no pictures; {source.layout}")
    return Split(Pictures(paths, recipe), torch.tensor(labels, dtype=torch.long))


def _plain(name):
    """A class name without punctuation, in which copies of the data set differ ("Ram C/V", "Ram_C-V")."""
    return re.sub("[^a-z0-9]", "", name.lower())
