"""The Hierarchical Residual Network: one trunk, and per level a feature block, an embedding and a classifier.

    F   = trunk(x)
    G_k = ReLU(BN(conv3x3(ReLU(BN(conv1x1(F))))))            granularity-specific block of level k
    e_k = Linear(ELU(BN(Linear(BN(average pool of G_k)))))
    u_k = e_1 + ... + e_k                                    hierarchical residual: finer levels inherit coarser ones
    s_k = sigmoid(Linear(ReLU(u_k)))                         scores of level k
    z   = Linear(ReLU(u_L))                                  logits of the softmax branch of the deepest level

Parameter names are those of the paper authors' own models, for any number of levels. The ablations leave a part out:
without `gsb` G_k = F, without `residual` u_k = e_k, without `relu` u_k itself is classified. J. Chen, P. Wang, J. Liu,
Y. Qian, "Label Relation Graphs Enhanced Hierarchical Residual Network for Hierarchical Multi-Granularity
Classification", CVPR 2022, arXiv 2201.03194.
"""

from collections import namedtuple

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.functional import relu

from .. import hrn_pb2 as pb
from ..loss import TreeMarginals, TreeTargets, binary_cross_entropy, cross_entropy_of_level
from ..quantize import unchanged
from .method import Loss, Method, Network, Result

#: scores: sigmoid outputs of all levels side by side; logits: the same before the sigmoid; leaf_logits: softmax branch.
#: None where a loss does without that branch.
Output = namedtuple("Output", "scores logits leaf_logits")

#: what is summed: the combinatorial loss of the tree, or binary cross-entropy of every known node in its place;
#: cross-entropy of the softmax branch
LOSSES = ("tree+ce", "tree", "ce", "bce+ce")


class ConvolutionUnit(nn.Sequential):
    """ReLU(BN(conv(x))), with the slow batch-norm momentum that the method gives its feature blocks."""

    def __init__(self, inputs, outputs, kernel, padding):
        super().__init__()
        self.add_module("conv", nn.Conv2d(inputs, outputs, kernel, padding=padding, bias=False))
        self.add_module("bn", nn.BatchNorm2d(outputs, momentum=0.01))
        self.add_module("relu", nn.ReLU(inplace=True))


class HRN(Network):
    """`HRN(trunk spec, level sizes)(images [B, C, H, W])` gives an `Output` of float32 tensors."""

    def __init__(self, trunk, level_sizes, feature_size=1024, embedding=512, gsb=True, residual=True, relu=True,
                 loss="tree+ce"):
        super().__init__(trunk, level_sizes)
        self.feature_size, self.embedding = feature_size, embedding
        self.gsb, self.residual, self.relu = gsb, residual, relu
        self.levels_scored, self.leaf_branch = loss != "ce", loss != "tree"
        channels = trunk.out_channels
        depth = len(self.level_sizes)
        for k in range(1, depth + 1):
            if gsb:
                self.add_module(f"conv_block{k}", nn.Sequential(
                    ConvolutionUnit(channels, feature_size, 1, 0), ConvolutionUnit(feature_size, channels, 3, 1)))
            self.add_module(f"fc{k}", nn.Sequential(
                nn.BatchNorm1d(channels), nn.Linear(channels, feature_size), nn.BatchNorm1d(feature_size), nn.ELU(),
                nn.Linear(feature_size, embedding)))
        if self.levels_scored:
            for k, count in enumerate(self.level_sizes, start=1):
                self.add_module(f"classifier_{k}", nn.Sequential(nn.Linear(embedding, count), nn.Sigmoid()))
        if self.leaf_branch:
            self.add_module(f"classifier_{depth}_1", nn.Sequential(nn.Linear(embedding, self.level_sizes[-1])))

    @property
    def results(self):
        last = len(self.level_sizes) - 1
        softmax = [Result("softmax", "softmax", last, decides=True)] if self.leaf_branch else []
        if not self.levels_scored:
            return tuple(softmax)
        levels = [Result("sigmoid", "sigmoid", k, decides=k < last or not softmax) for k in range(last + 1)]
        return (*levels[:-1], *softmax, levels[-1])

    def level(self, k):
        """The modules of level k (1 = coarsest): feature block, embedding, classifier; None where left out."""
        return tuple(getattr(self, name, None) for name in (f"conv_block{k}", f"fc{k}", f"classifier_{k}"))

    @property
    def leaf_classifier(self):
        return getattr(self, f"classifier_{len(self.level_sizes)}_1")

    def maps(self, features):
        blocks = [self.level(k)[0] for k in range(1, len(self.level_sizes) + 1)]
        return [features if block is None else block(features) for block in blocks]

    def heads(self, *vectors):
        total, logits = 0, []
        for k, vector in enumerate(vectors, start=1):
            _, embed, classifier = self.level(k)
            total = embed(vector) + (total if self.residual else 0)
            active = relu(total) if self.relu else total
            if self.levels_scored:
                logits.append(classifier[0](active))
        logits = torch.cat(logits, dim=1) if logits else None
        return Output(None if logits is None else torch.sigmoid(logits), logits,
                      self.leaf_classifier(active) if self.leaf_branch else None)

    def rounded(self):
        yield from super().rounded()
        for k in range(1, len(self.level_sizes) + 1):
            block, embed, _ = self.level(k)
            if block is not None:
                yield (f"conv_block{k}.0.relu",), block[0], unchanged
            yield (f"fc{k}.3",), embed[3], unchanged

    def folded(self):
        return [(self.level(k)[1][0], self.level(k)[1][1]) for k in range(1, len(self.level_sizes) + 1)]

    def answers(self, output):
        scores = output.scores.split(self.level_sizes, dim=1) if self.levels_scored else None
        return [torch.softmax(output.leaf_logits, dim=1) if result.kind == "softmax" else scores[result.level]
                for result in self.results]

    def evidence(self, output):
        logits = output.logits.split(self.level_sizes, dim=1) if self.levels_scored else None
        return [output.leaf_logits if result.kind == "softmax" else logits[result.level] for result in self.results]

    def graph(self, builder, features):
        total, scores = None, []
        for k in range(1, len(self.level_sizes) + 1):
            block, embed, classifier = self.level(k)
            x = features if block is None else _feature_block(builder, k, features, block)
            embedding = _embedding(builder, k, builder.average(k, x), embed)
            sums = total is not None and self.residual
            total = builder.add(f"sum{k}", total, embedding) if sums else embedding
            active = builder.relu(f"relu{k}", total) if self.relu else total
            if self.levels_scored:
                logits = builder.linear(f"classifier_{k}.0", active, classifier[0])
                scores.append(builder.sigmoid(f"classifier_{k}.1", logits))
        if self.leaf_branch:
            leaf = f"classifier_{len(self.level_sizes)}_1.0"
            softmax = builder.softmax("softmax", builder.linear(leaf, active, self.leaf_classifier[0]))
        return [softmax if result.kind == "softmax" else scores[result.level] for result in self.results]


def _feature_block(builder, k, x, block):
    for index, unit in enumerate(block):
        name = f"conv_block{k}.{index}"
        x = builder.convolution(f"{name}.conv", x, unit.conv)
        x = builder.relu(f"{name}.relu", builder.batch_norm(f"{name}.bn", x, unit.bn))
    return x


def _embedding(builder, k, x, embed):
    for index, module in enumerate(embed):
        name = f"fc{k}.{index}"
        if isinstance(module, nn.BatchNorm1d):
            x = builder.batch_norm(name, x, module)
        elif isinstance(module, nn.Linear):
            x = builder.linear(name, x, module)
        else:
            x = builder.activation(name, x, pb.ACTIVATION_ELU, alpha=module.alpha)
    return x


class HierarchicalLoss(Loss):
    """Tree loss on all samples plus cross-entropy of the softmax branch on those labelled at the deepest level.

    `labels` holds one global node index per sample, at any level. `potential` is `sigmoid` (the published method: the
    scores are the potentials) or `logit` (the scores' logits are). A batch without a leaf label has no second term.
    `terms` of LOSSES leaves one of the two out, or puts the binary cross-entropy of all nodes that the label decides
    in the place of the first.
    """

    def __init__(self, tree, potential="sigmoid", label_smoothing=0.0, loss="tree+ce"):
        super().__init__()
        if potential not in ("sigmoid", "logit"):
            raise ValueError(f"potential is '{potential}', expected 'sigmoid' or 'logit'")
        first, _, second = loss.partition("+")
        self.terms = {"tree": ("tree_loss",), "ce": ("leaf_loss",)}.get(loss, (f"{first}_loss", "leaf_loss"))
        self.marginals = TreeMarginals(tree)
        self.targets = TreeTargets(tree)
        self.potential = potential
        self.label_smoothing = label_smoothing
        self.first_leaf = tree.offsets[-1]

    def summands(self, output, labels, whole):
        return tuple(getattr(self, "_" + term)(output, labels, whole) for term in self.terms)

    def _tree_loss(self, output, labels, whole):
        log_p = self.marginals(output.scores if self.potential == "sigmoid" else output.logits)
        return -log_p.gather(1, labels[:, None]).sum() / len(whole)

    def _bce_loss(self, output, labels, whole):
        return binary_cross_entropy(output.logits, *self.targets(labels), len(whole))

    def _leaf_loss(self, output, labels, whole):
        return cross_entropy_of_level(output.leaf_logits, labels, self.first_leaf, self.label_smoothing, whole)


def _about(config):
    tree_loss = {"tree+ce": "tree loss on {} potentials, cross-entropy at the deepest level",
                 "tree": "tree loss on {} potentials", "ce": "cross-entropy at the deepest level",
                 "bce+ce": "binary cross-entropy of all labels, cross-entropy at the deepest level"}
    without = [words for words, kept in (("feature blocks", config.gsb), ("residual sums", config.residual),
                                         ("ReLU", config.relu)) if not kept]
    words = f"HRN (arXiv 2201.03194): {tree_loss[config.loss].format(config.potential)}"
    return words + (f"; without {', '.join(without)}" if without else "")


METHOD = Method(
    about=_about,
    network=lambda config, trunk, tree: HRN(trunk, tree.level_sizes, config.feature_size, config.embedding, config.gsb,
                                            config.residual, config.relu, config.loss),
    loss=lambda config, tree: HierarchicalLoss(tree, config.potential, config.label_smoothing, config.loss))
