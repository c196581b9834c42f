"""Labels at mixed levels: moving leaf labels to their parents, and balancing the batches afterwards."""

import math

import torch
from torch.nn.functional import interpolate


def relabel(labels, tree, keep):
    """Moves part of the deepest labels to their parents: the method's protocol for partly labelled data.

    Of each deepest class, in the order given, the first ceil(n * keep) pictures keep their label, the others get the
    parent's. Labels at other levels stay.
    """
    labels = labels.clone()
    if tree.depth < 2:
        return labels
    for node in range(tree.offsets[-1], tree.size):
        members = (labels == node).nonzero()[:, 0]
        kept = math.ceil(round(len(members) * keep, 9))
        labels[members[kept:]] = tree.parents[node]
    return labels


def degraded(split, tree, factor):
    """The split's pictures, those without a deepest-level label at a lower resolution, as if seen from further away.

    Each of these is shrunk by `factor` (nearest neighbour, sizes rounded down) before it is resized as the recipe
    says. Pictures that are in memory have their final size already, and are enlarged to it again (bilinear).
    """
    coarse = split.labels < tree.offsets[-1]
    if not torch.is_tensor(split.images):
        return split.images.shrunk([factor if low else 1 for low in coarse.tolist()])
    if not bool(coarse.any()):
        return split.images
    height, width = split.images.shape[2:]
    small = interpolate(split.images[coarse].float(), (max(1, int(height * factor)), max(1, int(width * factor))),
                        mode="nearest-exact")
    images = split.images.clone()
    images[coarse] = interpolate(small, (height, width), mode="bilinear").round().to(torch.uint8)
    return images


def epoch_order(labels, tree, batch, leaf_share, generator, count=None):
    """The order in which an epoch visits `count` pictures (None: as many as there are).

    Without `leaf_share` a permutation, repeated as often as the count asks for. With it, every batch has that share of
    deepest-level labels: both kinds are visited in permutations of their own.
    """
    everything, total = torch.arange(len(labels)), count or len(labels)
    if leaf_share is None:
        return _repeated(everything, total, generator)
    at_leaf = labels >= tree.offsets[-1]
    leaf, other = at_leaf.nonzero()[:, 0], (~at_leaf).nonzero()[:, 0]
    batches, share = total // batch, round(batch * leaf_share)
    if len(leaf) == 0 or len(other) == 0 or share in (0, batch):
        return _repeated(everything, total, generator)
    leaf = _repeated(leaf, batches * share, generator).view(batches, share)
    other = _repeated(other, batches * (batch - share), generator).view(batches, batch - share)
    return torch.cat([leaf, other], dim=1).flatten()


def _repeated(indices, count, generator):
    rounds = -(-count // len(indices)) if count else 0
    parts = [indices[torch.randperm(len(indices), generator=generator)] for _ in range(rounds)]
    return torch.cat(parts)[:count]
