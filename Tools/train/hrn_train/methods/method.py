"""What a method is: a network on the shared trunk, the loss it is trained with, and what its scores mean."""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.functional import adaptive_avg_pool2d

from ..quantize import rounded_in_trunk
from ..resnet import make_trunk


@dataclass(frozen=True)
class Result:
    """One result of a network: a score for every label of a level.

    `kind` is `sigmoid` (of each label by itself) or `softmax` (sums to 1). Of the results of a level at most one
    `decides`: its arg-max is the level's label. A level that nothing decides is decided by the deciding softmax of the
    deepest level, summed up the tree. `ranks`: takes part in the average precision, by default where it decides.
    """

    name: str
    kind: str
    level: int                                    # 0 = coarsest
    decides: bool = False
    ranks: bool = None

    def __post_init__(self):
        if self.ranks is None:
            object.__setattr__(self, "ranks", self.decides)


class Network(nn.Module):
    """A trunk, the vectors that are pooled from its features, and the heads that read them.

    `network(images [B, C, H, W])` gives an output of the method's own making, float32; `answers(output)` its scores as
    tensors `[B, labels of the level]`, one per entry of `results`, and `evidence(output)` what these are squashed
    from; `graph(builder, features)` appends the same computation to an exported graph and returns the results' tensors.
    """

    results: tuple

    def __init__(self, trunk, level_sizes):
        super().__init__()
        self.spec = trunk
        self.level_sizes = tuple(level_sizes)
        self.features = make_trunk(trunk)

    def maps(self, features):
        """The maps `[B, C, h, w]` that the heads read pooled; here the trunk's features."""
        return [features]

    def pool(self, feature_map):
        """`[B, C, 1, 1]`: what the heads read of a map; here the average of every channel."""
        return adaptive_avg_pool2d(feature_map, 1)

    def heads(self, *vectors):
        """The output from vectors `[B, C]`."""
        raise NotImplementedError

    def forward(self, images):
        vectors = [self.pool(feature_map).flatten(1).float() for feature_map in self.maps(self.features(images))]
        with torch.autocast(images.device.type, enabled=False):      # the heads are small: full precision
            return self.heads(*vectors)

    def rounded(self):
        """(names, module, activation) of the activations that `quantize.Quantizer` rounds: the names that the activation
        of the module's output has in an exported graph."""
        return rounded_in_trunk(self.features)

    def folded(self):
        """(batch norm, linear) of every norm that is folded into the linear behind it."""
        return ()

    def answers(self, output):
        raise NotImplementedError

    def evidence(self, output):
        """The logits behind the answers; here, where there are none, the answers themselves."""
        return self.answers(output)

    def graph(self, builder, features):
        raise NotImplementedError


class Loss(nn.Module):
    """`loss(output, labels)` gives as many summands as `terms` has names; `labels` holds a global node index per
    picture, at any level.

    The pictures may be a part of a batch whose labels are `whole`: then sums over them are divided by what the whole
    batch counts, so that the losses of the parts add up to the batch's.
    """

    terms: tuple

    def forward(self, output, labels, whole=None):
        return self.summands(output, labels, labels if whole is None else whole)

    def summands(self, output, labels, whole):
        raise NotImplementedError


@dataclass(frozen=True)
class Method:
    """One method: how to make its network and its loss from a run's configuration.

    """

    about: object                                 # configuration -> a line for a file's provenance
    network: object                               # configuration, trunk, tree -> Network
    loss: object                                  # configuration, tree -> Loss
    leaf_labels_only: bool = False                # trained on pictures with a deepest-level label only
