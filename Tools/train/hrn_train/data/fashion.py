"""Fashion-MNIST: 60,000 + 10,000 grey pictures of clothing, 28 x 28, MIT licence (Zalando SE).

On Debian the package dataset-fashion-mnist installs it. Four gzip-compressed IDX files; the label tree has 2, 6 and
10 nodes, as in the literature on hierarchical classification.
"""

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np
import torch

from ..errors import MISSING_INPUT, InputError
from ..recipe import Recipe
from ..tree import LabelTree
from . import Data, Split

DIRECTORY = "/usr/share/datasets/fashion-mnist"

TREE = LabelTree(
    level_names=("group", "kind", "class"),
    names=(("clothes", "goods"),
           ("tops", "bottoms", "dresses", "outers", "accessories", "shoes"),
           ("T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Boot")),
    parents=(-1, -1, 0, 0, 0, 0, 1, 1, 2, 3, 2, 4, 5, 7, 2, 7, 6, 7))

#: 28 x 28 with two black pixels on each side; mean and std are those of the training pictures
RECIPE = Recipe(channels=1, resize=(28, 28), pad=2, pad_value=0, mean=(0.2860,), std=(0.3530,))


def read_idx(path):
    """The array in a gzip-compressed IDX file of unsigned bytes."""
    try:
        with gzip.open(path, "rb") as file:
            content = file.read()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; install the Debian package dataset-fashion-mnist, or name the "
                         "directory of the four IDX files with --data-dir", MISSING_INPUT) from None
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: not a readable gzip file: {error}") from None
    if len(content) < 4 or content[:3] != b"\0\0\x08" or len(content) < 4 + 4 * content[3]:
        raise InputError(f"{path}: starts with {content[:4].hex()}, expected an IDX header of unsigned bytes")
    shape = struct.unpack(f">{content[3]}I", content[4:4 + 4 * content[3]])
    values = np.frombuffer(content, np.uint8, offset=4 + 4 * content[3])
    if values.size != int(np.prod(shape)):
        raise InputError(f"{path}: holds {values.size} values, its header says {'x'.join(map(str, shape))}")
    return values.reshape(shape)


def _read_split(directory, prefix):
    images = read_idx(Path(directory) / f"{prefix}-images-idx3-ubyte.gz")
    classes = read_idx(Path(directory) / f"{prefix}-labels-idx1-ubyte.gz")
    if images.shape[1:] != (28, 28) or classes.shape != images.shape[:1] or classes.max() > 9:
        raise InputError(f"{directory}: {prefix} has images {images.shape} and labels {classes.shape} up to "
                         f"{classes.max()}, expected n x 28 x 28 and n labels of 0 to 9")
    labels = torch.from_numpy(classes.astype(np.int64)) + TREE.offsets[-1]
    return Split(torch.from_numpy(images.copy())[:, None], labels)


def load(directory=DIRECTORY):
    """Fashion-MNIST with its three-level tree."""
    return Data("fashion-mnist", TREE, RECIPE, _read_split(directory, "train"), _read_split(directory, "t10k"))
