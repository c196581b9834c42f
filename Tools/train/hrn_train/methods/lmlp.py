"""HMC-LMLP: a perceptron per level, each fed the one above.

    y_1 = sigmoid(Linear(ReLU(Linear(v)))),   y_k = sigmoid(Linear(ReLU(Linear(v | stop(y_(k-1))))))

with v the average pool of trunk(x). The levels are trained together; `stop` keeps a level's loss from changing the
levels above, as training them one after the other would. Labels are chosen by y; a coherence pass lowers every score
to at most its parent's, c(n) = min(y(n), c(parent)), for rankings in which no label may come before its parent. (It
makes equals of labels that score above their parent, so that it cannot choose among them.) R. Cerri, R. C. Barros,
A. de Carvalho, "Hierarchical multi-label classification using local neural networks", JCSS 2014.
"""

from collections import namedtuple

import torch
from torch import nn
from torch.nn.functional import relu

from .. import hrn_pb2 as pb
from ..constraint import MinConstraint
from ..loss import TreeTargets, binary_cross_entropy
from .method import Loss, Method, Network, Result

#: all levels side by side
Output = namedtuple("Output", "logits")


class LMLP(Network):
    """`feature_size` is the width of the hidden layers."""

    def __init__(self, trunk, tree, feature_size):
        super().__init__(trunk, tree.level_sizes)
        self.parents, self.coherent = tree.parents, MinConstraint(tree)
        inputs = trunk.out_channels
        for k, count in enumerate(self.level_sizes, start=1):
            self.add_module(f"hidden{k}", nn.Linear(inputs, feature_size))
            self.add_module(f"output{k}", nn.Linear(feature_size, count))
            inputs = trunk.out_channels + count
        levels = range(len(self.level_sizes))
        self.results = (*(Result("sigmoid", "sigmoid", k, decides=True, ranks=False) for k in levels),
                        *(Result("coherent", "sigmoid", k, ranks=True) for k in levels))

    def heads(self, vector):
        logits, above = [], vector[:, :0]
        for k in range(1, len(self.level_sizes) + 1):
            hidden = relu(getattr(self, f"hidden{k}")(torch.cat([vector, above], dim=1)))
            logits.append(getattr(self, f"output{k}")(hidden))
            above = torch.sigmoid(logits[-1]).detach()
        return Output(torch.cat(logits, dim=1))

    def answers(self, output):
        scores = torch.sigmoid(output.logits)
        return [*scores.split(self.level_sizes, dim=1), *self.coherent(scores).split(self.level_sizes, dim=1)]

    def evidence(self, output):
        return [*output.logits.split(self.level_sizes, dim=1),
                *self.coherent(output.logits).split(self.level_sizes, dim=1)]

    def graph(self, builder, features):
        vector = builder.average(1, features)
        scores = []
        for k in range(1, len(self.level_sizes) + 1):
            read = builder.concat(f"concat{k}", vector, scores[-1]) if scores else vector
            hidden = builder.relu(f"relu{k}", builder.linear(f"hidden{k}", read, getattr(self, f"hidden{k}")))
            logits = builder.linear(f"output{k}", hidden, getattr(self, f"output{k}"))
            scores.append(builder.sigmoid(f"sigmoid{k}", logits))
        joined = builder.concat("scores", *scores) if len(scores) > 1 else scores[0]
        coherent = builder.tree_constraint("coherent", joined, pb.CONSTRAINT_MIN, self.parents)
        return scores + builder.levels("coherent", coherent, self.level_sizes)


class NodeLoss(Loss):
    """Binary cross-entropy of every node that a picture's label decides."""

    terms = ("node_loss",)

    def __init__(self, tree):
        super().__init__()
        self.targets = TreeTargets(tree)

    def summands(self, output, labels, whole):
        return (binary_cross_entropy(output.logits, *self.targets(labels), len(whole)),)


METHOD = Method(
    about=lambda config: "HMC-LMLP (Cerri et al., JCSS 2014): binary cross-entropy of every level",
    network=lambda config, trunk, tree: LMLP(trunk, tree, config.feature_size),
    loss=lambda config, tree: NodeLoss(tree))
