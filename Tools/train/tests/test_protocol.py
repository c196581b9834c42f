import math

import numpy as np
import pytest
import torch
from PIL import Image

from hrn_train.data import Split, fashion
from hrn_train.data.files import Pictures
from hrn_train.protocol import degraded, epoch_order, relabel
from hrn_train.recipe import Recipe
from hrn_train.tree import LabelTree

TREE = fashion.TREE


def leaf_labels(per_class):
    return torch.arange(10).repeat(per_class) + TREE.offsets[-1]


def test_first_pictures_of_each_class_keep_their_label():
    labels = leaf_labels(7)
    moved = relabel(labels, TREE, 0.3)
    for leaf in range(TREE.offsets[-1], TREE.size):
        of_class = moved[labels == leaf].tolist()
        kept = math.ceil(7 * 0.3)
        assert of_class == [leaf] * kept + [TREE.parents[leaf]] * (7 - kept)


def test_rounding_errors_do_not_keep_a_picture_more():
    """10 * 0.7 is 7.000000000000001 in floating point for some factors; the share is meant exactly."""
    for share, kept in ((0.7, 7), (0.1, 1), (0.3, 3), (1.0, 10), (0.0, 0)):
        assert int((relabel(leaf_labels(10), TREE, share) >= TREE.offsets[-1]).sum()) == 10 * kept


def test_labels_of_other_levels_stay():
    labels = torch.tensor([0, 3, TREE.offsets[-1]])
    assert relabel(labels, TREE, 0.0)[:2].tolist() == [0, 3]


def test_balanced_batches_have_their_share_of_leaf_labels():
    labels = relabel(leaf_labels(40), TREE, 0.1)
    order = epoch_order(labels, TREE, 16, 0.5, torch.Generator().manual_seed(1))
    assert len(order) == 400
    for batch in order.view(-1, 16):
        assert int((labels[batch] >= TREE.offsets[-1]).sum()) == 8


def test_plain_order_is_a_permutation_decided_by_the_seed():
    labels = leaf_labels(5)
    first, second, other = (epoch_order(labels, TREE, 8, None, torch.Generator().manual_seed(s)) for s in (1, 1, 2))
    assert sorted(first.tolist()) == list(range(50))
    assert torch.equal(first, second) and not torch.equal(first, other)


def test_share_with_only_one_kind_of_label_falls_back_to_a_permutation():
    order = epoch_order(leaf_labels(4), TREE, 8, 0.5, torch.Generator().manual_seed(1))
    assert sorted(order.tolist()) == list(range(40))


def test_only_pictures_without_a_leaf_label_lose_resolution():
    images = torch.randint(0, 256, (3, 2, 9, 8), generator=torch.Generator().manual_seed(1)).to(torch.uint8)
    labels = torch.tensor([TREE.offsets[-1], 0, TREE.size - 1])
    found = degraded(Split(images, labels), TREE, 0.25)
    assert torch.equal(found[[0, 2]], images[[0, 2]]) and found.dtype == torch.uint8
    # a quarter of 9 x 8 is 2 x 2: the corners show the four pixels that were kept
    corners = found[1][:, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert torch.equal(corners, images[1][:, [2, 2, 6, 6], [2, 6, 2, 6]])


def test_picture_files_lose_resolution_before_they_are_resized(tmp_path):
    noise = torch.randint(0, 256, (9, 13, 3), generator=torch.Generator().manual_seed(2)).to(torch.uint8)
    picture = Image.fromarray(noise.numpy())
    picture.save(tmp_path / "a.png")
    labels = torch.tensor([TREE.offsets[-1], TREE.offsets[-1] - 1])
    recipe = Recipe(resize=(20, 30))
    split = Split(Pictures([tmp_path / "a.png"] * 2, recipe), labels)
    sharp, blurred = degraded(split, TREE, 0.25)[torch.arange(2)]
    small = picture.resize((3, 2), Image.NEAREST).resize((30, 20), Image.BILINEAR)
    assert blurred.permute(1, 2, 0).tolist() == np.asarray(small).tolist()
    assert torch.equal(sharp, split.images[torch.tensor([0])][0]) and not torch.equal(sharp, blurred)


@pytest.mark.parametrize("name, classes, kept", [
    ("CUB", [30] * 194 + [29] * 6, {0.7: 4200, 0.5: 3000, 0.3: 1800, 0.1: 600, 1.0: 5994}),
    ("Aircraft", [67] * 67 + [66] * 33, {0.7: 4700, 0.5: 3367, 0.3: 2067, 0.1: 700, 1.0: 6667})])
def test_kept_labels_are_as_many_as_published(name, classes, kept):
    """Classes as large as those of the training lists; the published counts follow from ceil(n p) in each."""
    sizes = {"CUB": (13, 200), "Aircraft": (30, 100)}[name]
    tree = LabelTree(("above", "leaf"), tuple(tuple(f"{n}" for n in range(size)) for size in sizes),
                     (-1,) * sizes[0] + tuple(n % sizes[0] for n in range(sizes[1])))
    labels = torch.repeat_interleave(torch.arange(sizes[1]) + sizes[0], torch.tensor(classes))
    for share, count in kept.items():
        assert int((relabel(labels, tree, share) >= sizes[0]).sum()) == count
