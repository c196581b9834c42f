"""The Hierarchical Residual Network: one trunk, and per level a feature block, an embedding and a classifier.

    F   = trunk(x)
    G_k = ReLU(BN(conv3x3(ReLU(BN(conv1x1(F))))))            granularity-specific block of level k
    e_k = Linear(ELU(BN(Linear(BN(average pool of G_k)))))
    u_k = e_1 + ... + e_k                                    hierarchical residual: finer levels inherit coarser ones
    s_k = sigmoid(Linear(ReLU(u_k)))                         scores of level k
    z   = Linear(ReLU(u_L))                                  logits of the softmax branch of the deepest level

Parameter names are those of the paper authors' own models, for any number of levels.
"""

from collections import namedtuple

import torch
from torch import nn
from torch.nn.functional import adaptive_avg_pool2d, relu

from .resnet import make_trunk

#: scores: sigmoid outputs of all levels side by side; logits: the same before the sigmoid; leaf_logits: softmax branch
Output = namedtuple("Output", "scores logits leaf_logits")


class ConvolutionUnit(nn.Sequential):
    """ReLU(BN(conv(x))), with the slow batch-norm momentum that the method gives its feature blocks."""

    def __init__(self, inputs, outputs, kernel, padding):
        super().__init__()
        self.add_module("conv", nn.Conv2d(inputs, outputs, kernel, padding=padding, bias=False))
        self.add_module("bn", nn.BatchNorm2d(outputs, momentum=0.01))
        self.add_module("relu", nn.ReLU(inplace=True))


class HRN(nn.Module):
    """`HRN(trunk spec, level sizes)(images [B, C, H, W])` gives an `Output` of float32 tensors."""

    def __init__(self, trunk, level_sizes, feature_size=1024, embedding=512):
        super().__init__()
        self.spec = trunk
        self.level_sizes = tuple(level_sizes)
        self.feature_size = feature_size
        self.embedding = embedding
        channels = trunk.out_channels
        self.features = make_trunk(trunk)
        depth = len(self.level_sizes)
        for k in range(1, depth + 1):
            self.add_module(f"conv_block{k}", nn.Sequential(
                ConvolutionUnit(channels, feature_size, 1, 0), ConvolutionUnit(feature_size, channels, 3, 1)))
            self.add_module(f"fc{k}", nn.Sequential(
                nn.BatchNorm1d(channels), nn.Linear(channels, feature_size), nn.BatchNorm1d(feature_size), nn.ELU(),
                nn.Linear(feature_size, embedding)))
        for k, count in enumerate(self.level_sizes, start=1):
            self.add_module(f"classifier_{k}", nn.Sequential(nn.Linear(embedding, count), nn.Sigmoid()))
        self.add_module(f"classifier_{depth}_1", nn.Sequential(nn.Linear(embedding, self.level_sizes[-1])))

    def level(self, k):
        """The modules of level k (1 = coarsest): feature block, embedding, classifier."""
        return tuple(getattr(self, name) for name in (f"conv_block{k}", f"fc{k}", f"classifier_{k}"))

    @property
    def leaf_classifier(self):
        return getattr(self, f"classifier_{len(self.level_sizes)}_1")

    def forward(self, images):
        features = self.features(images)
        pooled = [adaptive_avg_pool2d(self.level(k)[0](features), 1).flatten(1).float()
                  for k in range(1, len(self.level_sizes) + 1)]
        with torch.autocast(images.device.type, enabled=False):      # embeddings and heads are small: full precision
            total, logits = 0, []
            for k, vector in enumerate(pooled, start=1):
                _, embed, classifier = self.level(k)
                total = total + embed(vector)
                active = relu(total)
                logits.append(classifier[0](active))
            logits = torch.cat(logits, dim=1)
            return Output(torch.sigmoid(logits), logits, self.leaf_classifier(active))
