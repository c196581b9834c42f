"""Fine-grained features for coarse labels, kept from doing harm: one embedding shared out to the levels.

    h = ELU(BN(Linear(BN(global max pool of trunk(x)))))            cut into L slices h_1 | ... | h_L
    p_k = softmax(Linear(h_k | stop(h_(k+1)) | ... | stop(h_L)))    stop: no gradient

A coarse level reads the finer levels' slices and does not change them. D. Chang, K. Pang, Y. Zheng, Z. Ma, Y. Song,
J. Guo, "Your 'Flamingo' is My 'Bird': Fine-Grained, or Not", CVPR 2021.
"""

from collections import namedtuple

import torch
from torch import nn
from torch.nn.functional import adaptive_max_pool2d

from .. import hrn_pb2 as pb
from ..errors import USAGE, InputError
from ..loss import cross_entropy_of_level
from ..tree import paths
from .method import Loss, Method, Network, Result

#: logits of every level, coarse first
Output = namedtuple("Output", "logits")


class FGN(Network):
    """`feature_size` is the width of the embedding; the levels' slices are as equal as it allows."""

    def __init__(self, trunk, level_sizes, feature_size):
        super().__init__(trunk, level_sizes)
        depth, channels = len(self.level_sizes), trunk.out_channels
        if feature_size < depth:
            raise InputError(f"--feature-size {feature_size} cannot be shared out to {depth} levels; choose at least "
                             f"{depth}", USAGE)
        self.begins = [feature_size * k // depth for k in range(depth)]
        self.norm = nn.BatchNorm1d(channels)
        self.embed = nn.Linear(channels, feature_size)
        self.embed_norm = nn.BatchNorm1d(feature_size)
        self.elu = nn.ELU()
        for k, (begin, count) in enumerate(zip(self.begins, self.level_sizes), start=1):
            self.add_module(f"classifier{k}", nn.Linear(feature_size - begin, count))
        self.results = tuple(Result("softmax", "softmax", k, decides=True) for k in range(depth))

    def pool(self, feature_map):
        return adaptive_max_pool2d(feature_map, 1)

    def heads(self, vector):
        embedding = self.elu(self.embed_norm(self.embed(self.norm(vector))))
        ends = [*self.begins[1:], embedding.shape[1]]
        logits = []
        for k, (begin, end) in enumerate(zip(self.begins, ends), start=1):
            read = torch.cat([embedding[:, begin:end], embedding[:, end:].detach()], dim=1)
            logits.append(getattr(self, f"classifier{k}")(read))
        return Output(logits)

    def folded(self):
        return [(self.norm, self.embed)]

    def answers(self, output):
        return [torch.softmax(logits, dim=1) for logits in output.logits]

    def evidence(self, output):
        return output.logits

    def graph(self, builder, features):
        x = builder.batch_norm("norm", builder.maximum(1, features), self.norm)
        x = builder.batch_norm("embed_norm", builder.linear("embed", x, self.embed), self.embed_norm)
        x = builder.activation("elu", x, pb.ACTIVATION_ELU, alpha=self.elu.alpha)
        width, results = builder.shape(x)[1], []
        for k, begin in enumerate(self.begins, start=1):
            read = builder.slice(f"slice{k}", x, begin, width - begin) if begin else x
            logits = builder.linear(f"classifier{k}", read, getattr(self, f"classifier{k}"))
            results.append(builder.softmax(f"softmax{k}", logits))
        return results


class LevelLoss(Loss):
    """Cross-entropy of every level, over the pictures whose label lies there or below; the sum of all levels."""

    terms = ("level_loss",)

    def __init__(self, tree, label_smoothing):
        super().__init__()
        self.offsets, self.label_smoothing = tree.offsets, label_smoothing
        self.register_buffer("paths", paths(tree), persistent=False)

    def summands(self, output, labels, whole):
        nodes, all_nodes = self.paths[labels], self.paths[whole]
        return (sum(cross_entropy_of_level(logits, nodes[:, k], self.offsets[k], self.label_smoothing, all_nodes[:, k])
                    for k, logits in enumerate(output.logits)),)


METHOD = Method(
    about=lambda config: "FGN (Chang et al., CVPR 2021): cross-entropy of every level",
    network=lambda config, trunk, tree: FGN(trunk, tree.level_sizes, config.feature_size),
    loss=lambda config, tree: LevelLoss(tree, config.label_smoothing))
