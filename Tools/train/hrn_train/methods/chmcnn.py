"""C-HMCNN(h): one perceptron for all nodes, made coherent by the maximum over each node's subtree.

    h = sigmoid(Linear(ReLU(Linear(ReLU(Linear(v))))))      v = average pool of trunk(x), dropout after each ReLU
    m(n) = max of h over n and its descendants               so no label scores above its parent

Training sees the constraint in the loss: a node that is off is judged by m, one that is on by the maximum over those
nodes of its subtree that are on. E. Giunchiglia, T. Lukasiewicz, "Coherent Hierarchical Multi-label Classification
Networks", NeurIPS 2020.
"""

from collections import namedtuple

import torch
from torch import nn
from torch.nn.functional import relu

from .. import hrn_pb2 as pb
from ..constraint import MaxConstraint
from ..loss import TreeTargets, binary_cross_entropy
from .method import Loss, Method, Network, Result

DROPOUT = 0.7

#: logits of h
Output = namedtuple("Output", "logits")


class CHMCNN(Network):
    """`feature_size` is the width of the two hidden layers."""

    def __init__(self, trunk, tree, feature_size, dropout=DROPOUT):
        super().__init__(trunk, tree.level_sizes)
        self.parents = tree.parents
        self.constraint = MaxConstraint(tree)
        self.hidden1 = nn.Linear(trunk.out_channels, feature_size)
        self.hidden2 = nn.Linear(feature_size, feature_size)
        self.output = nn.Linear(feature_size, tree.size)
        self.dropout = nn.Dropout(dropout)
        self.results = tuple(Result("sigmoid", "sigmoid", k, decides=True) for k in range(tree.depth))

    def heads(self, vector):
        hidden = self.dropout(relu(self.hidden1(vector)))
        return Output(self.output(self.dropout(relu(self.hidden2(hidden)))))

    def answers(self, output):
        return list(self.constraint(torch.sigmoid(output.logits)).split(self.level_sizes, dim=1))

    def evidence(self, output):
        return list(self.constraint(output.logits).split(self.level_sizes, dim=1))

    def graph(self, builder, features):
        x = builder.average(1, features)
        for name in ("hidden1", "hidden2"):
            x = builder.relu(f"{name}.relu", builder.linear(name, x, getattr(self, name)))
        h = builder.sigmoid("sigmoid", builder.linear("output", x, self.output))
        scores = builder.tree_constraint("coherent", h, pb.CONSTRAINT_MAX, self.parents)
        return builder.levels("score", scores, self.level_sizes)


class MaxConstraintLoss(Loss):
    """MCLoss: binary cross-entropy, at the nodes that the label decides, of

        y m(y h) + (1 - y) m(h),   m = the maximum over the subtree, y = 1 where the node is on.

    The maximum commutes with the sigmoid, so it is taken of the logits.
    """

    terms = ("node_loss",)

    def __init__(self, tree):
        super().__init__()
        self.constraint, self.targets = MaxConstraint(tree), TreeTargets(tree)

    def summands(self, output, labels, whole):
        targets, known = self.targets(labels)
        on = targets.bool()
        those_on = self.constraint(output.logits.masked_fill(~on, float("-inf")))
        judged = torch.where(on, those_on, self.constraint(output.logits))
        return (binary_cross_entropy(judged, targets, known, len(whole)),)


METHOD = Method(
    about=lambda config: "C-HMCNN(h) (Giunchiglia and Lukasiewicz, NeurIPS 2020): MCLoss",
    network=lambda config, trunk, tree: CHMCNN(trunk, tree, config.feature_size,
                                               DROPOUT if config.dropout is None else config.dropout),
    loss=lambda config, tree: MaxConstraintLoss(tree))
