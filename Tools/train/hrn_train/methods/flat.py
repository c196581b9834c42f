"""The flat baseline: a plain classifier of the deepest level, trained on the pictures that are labelled there.

    z = Linear(average pool of trunk(x)),   softmax with cross-entropy

The coarser levels follow from its leaf probabilities, summed up the tree.
"""

from collections import namedtuple

import torch
from torch import nn

from ..loss import cross_entropy_of_level
from .method import Loss, Method, Network, Result

Output = namedtuple("Output", "leaf_logits")


class Flat(Network):
    def __init__(self, trunk, level_sizes):
        super().__init__(trunk, level_sizes)
        self.classifier = nn.Linear(trunk.out_channels, self.level_sizes[-1])
        self.results = (Result("softmax", "softmax", len(self.level_sizes) - 1, decides=True),)

    def heads(self, vector):
        return Output(self.classifier(vector))

    def answers(self, output):
        return [torch.softmax(output.leaf_logits, dim=1)]

    def evidence(self, output):
        return [output.leaf_logits]

    def graph(self, builder, features):
        logits = builder.linear("classifier", builder.average(1, features), self.classifier)
        return [builder.softmax("softmax", logits)]


class LeafLoss(Loss):
    terms = ("leaf_loss",)

    def __init__(self, tree, label_smoothing):
        super().__init__()
        self.first_leaf, self.label_smoothing = tree.offsets[-1], label_smoothing

    def summands(self, output, labels, whole):
        return (cross_entropy_of_level(output.leaf_logits, labels, self.first_leaf, self.label_smoothing, whole),)


METHOD = Method(
    about=lambda config: "flat: cross-entropy at the deepest level, on the pictures labelled there",
    network=lambda config, trunk, tree: Flat(trunk, tree.level_sizes),
    loss=lambda config, tree: LeafLoss(tree, config.label_smoothing),
    leaf_labels_only=True)
