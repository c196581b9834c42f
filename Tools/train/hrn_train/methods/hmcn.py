"""HMCN-F: a global flow through the levels, a local head at each of them, and the mean of both answers.

    g_1 = BN(ReLU(Linear(v))),   g_k = BN(ReLU(Linear(g_(k-1) | v)))      global flow, v = average pool of trunk(x)
    l_k = BN(ReLU(Linear(g_k))), p_k = sigmoid(Linear(l_k))               local answer of level k
    q   = sigmoid(Linear(g_L))                                            global answer, all nodes
    y   = 1/2 (p_1 | ... | p_L) + 1/2 q

with dropout after every batch norm. The loss is the binary cross-entropy of both answers and a penalty on children
that score above their parent. J. Wehrmann, R. Cerri, R. C. Barros, "Hierarchical Multi-Label Classification
Networks", ICML 2018.
"""

from collections import namedtuple

import torch
from torch import nn
from torch.nn.functional import relu

from ..loss import TreeTargets, binary_cross_entropy
from .method import Loss, Method, Network, Result

BETA = 0.5
PENALTY = 0.1
DROPOUT = 0.6

#: logits of the local and of the global answer, all levels side by side, and the mean of their sigmoids
Output = namedtuple("Output", "local_logits global_logits scores")


class HMCN(Network):
    """`feature_size` is the width of all layers."""

    def __init__(self, trunk, level_sizes, feature_size, dropout=DROPOUT):
        super().__init__(trunk, level_sizes)
        inputs = trunk.out_channels
        for k, count in enumerate(self.level_sizes, start=1):
            self.add_module(f"global{k}", nn.Linear(inputs, feature_size))
            self.add_module(f"global_norm{k}", nn.BatchNorm1d(feature_size))
            self.add_module(f"local{k}", nn.Linear(feature_size, feature_size))
            self.add_module(f"local_norm{k}", nn.BatchNorm1d(feature_size))
            self.add_module(f"local_output{k}", nn.Linear(feature_size, count))
            inputs = feature_size + trunk.out_channels
        self.global_output = nn.Linear(feature_size, sum(self.level_sizes))
        self.dropout = nn.Dropout(dropout)
        self.results = tuple(Result("sigmoid", "sigmoid", k, decides=True) for k in range(len(self.level_sizes)))

    def heads(self, vector):
        local, flow = [], None
        for k in range(1, len(self.level_sizes) + 1):
            read = vector if flow is None else torch.cat([flow, vector], dim=1)
            flow = self._layer(f"global{k}", f"global_norm{k}", read)
            local.append(getattr(self, f"local_output{k}")(self._layer(f"local{k}", f"local_norm{k}", flow)))
        local, overall = torch.cat(local, dim=1), self.global_output(flow)
        return Output(local, overall, BETA * torch.sigmoid(local) + (1 - BETA) * torch.sigmoid(overall))

    def _layer(self, linear, norm, x):
        return self.dropout(getattr(self, norm)(relu(getattr(self, linear)(x))))

    def answers(self, output):
        return list(output.scores.split(self.level_sizes, dim=1))

    def graph(self, builder, features):
        vector, local, flow = builder.average(1, features), [], None
        for k in range(1, len(self.level_sizes) + 1):
            read = vector if flow is None else builder.concat(f"concat{k}", flow, vector)
            flow = self._layer_graph(builder, f"global{k}", f"global_norm{k}", read)
            head = self._layer_graph(builder, f"local{k}", f"local_norm{k}", flow)
            name = f"local_output{k}"
            local.append(builder.sigmoid(f"sigmoid{k}", builder.linear(name, head, getattr(self, name))))
        overall = builder.sigmoid("global_sigmoid", builder.linear("global_output", flow, self.global_output))
        joined = builder.concat("local", *local) if len(local) > 1 else local[0]
        scores = builder.add("scores", builder.scaled("local_share", joined, BETA),
                             builder.scaled("global_share", overall, 1 - BETA))
        return builder.levels("score", scores, self.level_sizes)

    def _layer_graph(self, builder, linear, norm, x):
        x = builder.relu(f"{linear}.relu", builder.linear(linear, x, getattr(self, linear)))
        return builder.batch_norm(norm, x, getattr(self, norm))


class TwoAnswerLoss(Loss):
    """Binary cross-entropy of the local and of the global answer at the nodes that the label decides, and
    PENALTY times the sum over edges of max(0, y(child) - y(parent))^2, mean over pictures."""

    terms = ("local_loss", "global_loss", "penalty_loss")

    def __init__(self, tree):
        super().__init__()
        self.targets = TreeTargets(tree)
        self.below = tree.offsets[1] if tree.depth > 1 else tree.size
        self.register_buffer("parents", torch.tensor(tree.parents[self.below:], dtype=torch.long), persistent=False)

    def summands(self, output, labels, whole):
        targets, known = self.targets(labels)
        excess = relu(output.scores[:, self.below:] - output.scores[:, self.parents])
        return (binary_cross_entropy(output.local_logits, targets, known, len(whole)),
                binary_cross_entropy(output.global_logits, targets, known, len(whole)),
                PENALTY * excess.square().sum() / len(whole))


METHOD = Method(
    about=lambda config: "HMCN-F (Wehrmann et al., ICML 2018): binary cross-entropy of the local and the global answer",
    network=lambda config, trunk, tree: HMCN(trunk, tree.level_sizes, config.feature_size,
                                             DROPOUT if config.dropout is None else config.dropout),
    loss=lambda config, tree: TwoAnswerLoss(tree))
