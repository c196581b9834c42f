"""Coherent scores: no label scores above its parent. Both forms in O(nodes), level by level."""

import torch
from torch import nn


class _Constraint(nn.Module):
    """Input and output `[batch, nodes]`."""

    def __init__(self, tree):
        super().__init__()
        self.sizes = tree.level_sizes
        for k in range(1, tree.depth):
            start, above = tree.offsets[k], tree.offsets[k - 1]
            parents = tree.parents[start:start + tree.level_sizes[k]]
            self.register_buffer(f"parent{k}", torch.tensor([parent - above for parent in parents]), persistent=False)

    def _parent(self, k):
        return getattr(self, f"parent{k}")


class MaxConstraint(_Constraint):
    """m(n) = max of x over n and its descendants: parents are raised."""

    def forward(self, x):
        levels = list(x.split(self.sizes, dim=1))
        for k in reversed(range(1, len(levels))):
            index = self._parent(k).expand(len(x), -1)
            levels[k - 1] = levels[k - 1].scatter_reduce(1, index, levels[k], "amax", include_self=True)
        return torch.cat(levels, dim=1)


class MinConstraint(_Constraint):
    """c(n) = min of x over n and its ancestors: children are lowered."""

    def forward(self, x):
        levels = list(x.split(self.sizes, dim=1))
        for k in range(1, len(levels)):
            levels[k] = torch.minimum(levels[k], levels[k - 1][:, self._parent(k)])
        return torch.cat(levels, dim=1)
