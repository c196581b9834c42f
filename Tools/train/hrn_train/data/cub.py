"""Caltech-UCSD Birds-200-2011: 11,788 pictures of 200 species in 38 families and 13 orders, each with a box.

The official layout and split (5994 training and 5794 test pictures); the species' official number is its position in
the tree plus one. Oddities of the tree: trees/README.md. Where a share of each species keeps its label, these are the
first in the order of images.txt; the method's authors go by the order of lists of their own.
"""

import torch

from . import Data, Split
from .files import Pictures, Source
from .trees import benchmark_tree

NAME = "cub-200-2011"
LAYOUT = ("expected is CUB_200_2011 as its archive unpacks: images.txt, image_class_labels.txt, train_test_split.txt, "
          "bounding_boxes.txt and images/<class>/*.jpg; see https://www.vision.caltech.edu/datasets/cub_200_2011/")


def load(folder, recipe):
    """The pictures in the order of images.txt, with their boxes."""
    source, tree = Source(folder, LAYOUT), benchmark_tree(NAME)
    pictures = source.path("images")
    classes, training = source.by_key("image_class_labels.txt", 2), source.by_key("train_test_split.txt", 2)
    boxes = source.by_key("bounding_boxes.txt", 5)
    kept = {"1": ([], [], []), "0": ([], [], [])}                # is training -> paths, labels, boxes
    for line, (key, name) in source.rows("images.txt", 2):
        try:
            number, (left, top, width, height) = int(classes[key][0]), map(float, boxes[key])
            paths, labels, corners = kept[training[key][0]]
        except (KeyError, ValueError):
            raise source.damaged("images.txt", line, f"picture {key} lacks a class, a box or a place in the split") \
                from None
        species = name.split("/")[0].partition(".")[2].replace("_", " ")
        if not 1 <= number <= tree.level_sizes[-1] or species != tree.names[-1][number - 1]:
            raise source.damaged("images.txt", line, f"'{name}' is of class {number}, which is not called '{species}'")
        paths.append(pictures / name)
        labels.append(tree.offsets[-1] + number - 1)
        corners.append((left, top, left + width, top + height))
    source.all_there(kept["1"][0] + kept["0"][0])
    train, test = (Split(Pictures(paths, recipe, boxes=corners), torch.tensor(labels, dtype=torch.long))
                   for paths, labels, corners in kept.values())
    return Data(NAME, tree, recipe, train, test)
