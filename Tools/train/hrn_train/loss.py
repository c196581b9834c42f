"""Losses over a label tree from labels at any level, and the combinatorial loss of HRN among them.

A picture has one label, a node at any level. What it says of the others: the label and its ancestors are on, the
nodes below it are unknown, all others are off (`TreeTargets`).

The combinatorial loss: a labelling is legal when it switches on a node together with all its ancestors, and never two
siblings: in a tree these are the empty labelling and, for every node n, "exactly n and its ancestors". With a
potential f per node,

    a(n) = sum of f over n and its ancestors,   Z = 1 + sum over n of exp(a(n)),
    p(n) = sum over d in {n and its descendants} of exp(a(d)) / Z,   loss(x, label) = -log p(label).

A sample labelled at an inner node therefore raises the mass of that node's whole subtree. The potentials of the
published method are the sigmoid scores themselves, so energies stay small and the loss has a floor above zero.
"""

import torch
import torch.nn.functional as F
from torch import nn

from .tree import paths


class TreeMarginals(nn.Module):
    """log p(n) of every node, in O(nodes) and without overflow for any finite potentials.

        B(n) = f(n) + r(n),   r(n) = log(1 + sum over children c of exp(B(c)))          bottom-up
        log p(c) = log p(parent) + B(c) - r(parent),   log p(top) = B(top) - log Z      top-down

    with log Z = r of an imagined root. Input `[batch, nodes]`, output of the same shape, float32 or wider.
    """

    def __init__(self, tree):
        super().__init__()
        bounds = list(tree.offsets) + [tree.size]
        self.levels = list(zip(bounds[:-1], bounds[1:]))
        for k, (start, end) in enumerate(self.levels):
            above = self.levels[k - 1][0] if k else -1      # parents counted from their own level's first node
            local = torch.tensor([parent - above for parent in tree.parents[start:end]])
            self.register_buffer(f"parent{k}", local, persistent=False)

    def forward(self, potentials):
        f = potentials if potentials.dtype == torch.float64 else potentials.float()
        energies, rests = [None] * len(self.levels), [None] * len(self.levels)
        rest = None                               # r of the current level's nodes; leaves of the last level: 0
        for k in reversed(range(len(self.levels))):
            start, end = self.levels[k]
            energies[k] = f[:, start:end] if rest is None else f[:, start:end] + rest
            count = self.levels[k - 1][1] - self.levels[k - 1][0] if k else 1
            rest = _log_one_plus_sum_exp(energies[k], self._parent(k), count)
            rests[k] = rest                       # r of the parents of level k
        log_p = []
        for k in range(len(self.levels)):
            step = energies[k] - rests[k][:, self._parent(k)]
            log_p.append(step if k == 0 else log_p[-1][:, self._parent(k)] + step)
        return torch.cat(log_p, dim=1)

    def _parent(self, k):
        return getattr(self, f"parent{k}")


def _log_one_plus_sum_exp(values, segment, count):
    """log(1 + sum of exp(values) per segment) for values `[batch, n]` and a segment number per column."""
    index = segment.expand(values.shape[0], -1)
    peak = values.new_zeros(values.shape[0], count)         # the 1 is exp(0), so 0 takes part in the maximum
    peak = peak.scatter_reduce(1, index, values.detach(), "amax", include_self=True)
    sums = torch.exp(-peak).scatter_add(1, index, torch.exp(values - peak.gather(1, index)))
    return peak + torch.log(sums)


class TreeTargets(nn.Module):
    """What labels `[batch]`, one global node index each, say of every node: (targets, known), both `[batch, nodes]`.

    Targets are 1 for the label and its ancestors, else 0. Known is false strictly below the label: a picture labelled
    "family F" says nothing about the species of F, and that it is none of another family.
    """

    def __init__(self, tree):
        super().__init__()
        self.register_buffer("paths", paths(tree), persistent=False)              # [nodes, levels], -1 below
        self.register_buffer("level", torch.tensor([tree.level_of(node) for node in range(tree.size)]),
                             persistent=False)
        self.register_buffer("node", torch.arange(tree.size), persistent=False)

    def forward(self, labels):
        on = self.paths[labels][:, self.level] == self.node                        # the label's node at n's level is n
        below = self.paths.t()[self.level[labels]] == labels[:, None]              # n's node at the label's level is it
        return on.float(), ~below | (self.node == labels[:, None])


def binary_cross_entropy(logits, targets, known, count):
    """Binary cross-entropy of sigmoid(logits) summed over the known nodes and over pictures, by the batch's `count`."""
    terms = F.binary_cross_entropy_with_logits(logits, targets.to(logits.dtype), reduction="none")
    return (terms * known).sum() / count


def cross_entropy_of_level(logits, labels, first, label_smoothing, whole):
    """Cross-entropy summed over the pictures labelled at this level, whose first node is `first`, by the number of
    such pictures in the batch; 0 where there are none.

    `labels` and the batch's `whole` hold global node indices; those outside the level's `logits.shape[1]` nodes do not
    count.
    """
    def at_level(nodes):
        return (nodes >= first) & (nodes < first + logits.shape[1])
    counted = at_level(labels)
    summed = F.cross_entropy(logits[counted], labels[counted] - first, label_smoothing=label_smoothing, reduction="sum")
    return summed / at_level(whole).sum().clamp(min=1)
