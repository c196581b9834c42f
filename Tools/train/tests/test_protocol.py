import math

import torch

from hrn_train.data import fashion
from hrn_train.protocol import degrade, epoch_order, relabel

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
    found = degrade(images, labels, TREE, 0.25)
    assert torch.equal(found[[0, 2]], images[[0, 2]]) and found.dtype == torch.uint8
    # a quarter of 9 x 8 is 2 x 2: the corners show the four pixels that were kept
    corners = found[1][:, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert torch.equal(corners, images[1][:, [2, 2, 6, 6], [2, 6, 2, 6]])
    assert torch.equal(degrade(images, labels, TREE, 1.0), images)
