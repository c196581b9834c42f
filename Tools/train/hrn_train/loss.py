"""The combinatorial loss of HRN: probabilities of the legal labellings of a tree, and their negative logarithm.

A labelling is legal when it switches on a node together with all its ancestors, and never two siblings: in a tree
these are the empty labelling and, for every node n, "exactly n and its ancestors". With a potential f per node,

    a(n) = sum of f over n and its ancestors,   Z = 1 + sum over n of exp(a(n)),
    p(n) = sum over d in {n and its descendants} of exp(a(d)) / Z,   loss(x, label) = -log p(label).

A sample labelled at an inner node therefore raises the mass of that node's whole subtree. The potentials of the
published method are the sigmoid scores themselves, so energies stay small and the loss has a floor above zero.
"""

import torch
import torch.nn.functional as F
from torch import nn


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


class HierarchicalLoss(nn.Module):
    """Tree loss on all samples plus cross-entropy of the softmax branch on those labelled at the deepest level.

    `labels` holds one global node index per sample, at any level. `potential` is `sigmoid` (the published method: the
    scores are the potentials) or `logit` (the scores' logits are). A batch without a leaf label has no second term.
    """

    def __init__(self, tree, potential="sigmoid", label_smoothing=0.0):
        super().__init__()
        if potential not in ("sigmoid", "logit"):
            raise ValueError(f"potential is '{potential}', expected 'sigmoid' or 'logit'")
        self.marginals = TreeMarginals(tree)
        self.potential = potential
        self.label_smoothing = label_smoothing
        self.first_leaf = tree.offsets[-1]

    def forward(self, output, labels):
        potentials = output.scores if self.potential == "sigmoid" else output.logits
        log_p = self.marginals(potentials)
        tree_loss = -log_p.gather(1, labels[:, None]).mean()
        at_leaf = labels >= self.first_leaf
        if not bool(at_leaf.any()):
            return tree_loss, tree_loss.new_zeros(())
        targets = labels[at_leaf] - self.first_leaf
        leaf_loss = F.cross_entropy(output.leaf_logits[at_leaf], targets, label_smoothing=self.label_smoothing)
        return tree_loss, leaf_loss
