"""ResNet trunks of any width: the layers of a ResNet up to, and without, the average pool and the classifier.

K. He et al., "Deep Residual Learning for Image Recognition", arXiv 1512.03385; the stride of a bottleneck sits on its
3x3 convolution. Attribute names are the customary ones, so that a plain ResNet's weights load after renaming
conv1 -> 0, bn1 -> 1, layer1..4 -> 4..7.
"""

from dataclasses import dataclass

from torch import nn
from torch.nn.functional import relu

#: name -> (block kind, blocks per stage)
TRUNKS = {
    "resnet18": ("basic", (2, 2, 2, 2)),
    "resnet34": ("basic", (3, 4, 6, 3)),
    "resnet50": ("bottleneck", (3, 4, 6, 3)),
    "resnet101": ("bottleneck", (3, 4, 23, 3)),
    "resnet152": ("bottleneck", (3, 8, 36, 3)),
}


@dataclass(frozen=True)
class TrunkSpec:
    """What a trunk is made of. Stage i has `width * 2**i` channels (times 4 behind a bottleneck)."""

    block: str = "bottleneck"                     # basic | bottleneck
    blocks: tuple = (3, 4, 6, 3)
    width: int = 64
    stem: str = "large"                           # large: 7x7 stride 2, pool | small: 3x3 stride 1, pool
    channels: int = 3

    @property
    def out_channels(self):
        return self.width * 2 ** (len(self.blocks) - 1) * BLOCKS[self.block].expansion


class BasicBlock(nn.Module):
    """y = ReLU(x' + BN(conv3x3(ReLU(BN(conv3x3(x)))))), x' = x or its projection."""

    expansion = 1

    def __init__(self, inputs, width, stride, downsample):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = downsample

    def forward(self, x):
        y = relu(self.bn1(self.conv1(x)), inplace=True)
        y = self.bn2(self.conv2(y))
        y += x if self.downsample is None else self.downsample(x)
        return relu(y, inplace=True)


class Bottleneck(nn.Module):
    """y = ReLU(x' + BN(conv1x1(ReLU(BN(conv3x3(ReLU(BN(conv1x1(x))))))))), four times as wide as its middle."""

    expansion = 4

    def __init__(self, inputs, width, stride, downsample):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, width * self.expansion, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(width * self.expansion)
        self.downsample = downsample

    def forward(self, x):
        y = relu(self.bn1(self.conv1(x)), inplace=True)
        y = relu(self.bn2(self.conv2(y)), inplace=True)
        y = self.bn3(self.conv3(y))
        y += x if self.downsample is None else self.downsample(x)
        return relu(y, inplace=True)


BLOCKS = {"basic": BasicBlock, "bottleneck": Bottleneck}


def make_trunk(spec):
    """The trunk as a Sequential: stem convolution, batch norm, ReLU, max-pool, then the stages."""
    if spec.stem == "large":
        stem = nn.Conv2d(spec.channels, spec.width, 7, 2, 3, bias=False)
    else:
        stem = nn.Conv2d(spec.channels, spec.width, 3, 1, 1, bias=False)
    layers = [stem, nn.BatchNorm2d(spec.width), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)]
    block = BLOCKS[spec.block]
    inputs = spec.width
    for stage, count in enumerate(spec.blocks):
        width, stride = spec.width * 2 ** stage, 1 if stage == 0 else 2
        blocks = []
        for _ in range(count):
            downsample = None
            if stride != 1 or inputs != width * block.expansion:
                downsample = nn.Sequential(nn.Conv2d(inputs, width * block.expansion, 1, stride, bias=False),
                                           nn.BatchNorm2d(width * block.expansion))
            blocks.append(block(inputs, width, stride, downsample))
            inputs, stride = width * block.expansion, 1
        layers.append(nn.Sequential(*blocks))
    trunk = nn.Sequential(*layers)
    _initialize(trunk)
    return trunk


def _initialize(trunk):
    """He initialisation; the last scale of each block starts at zero, so that every block starts as identity."""
    for module in trunk.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, BasicBlock):
            nn.init.zeros_(module.bn2.weight)
        elif isinstance(module, Bottleneck):
            nn.init.zeros_(module.bn3.weight)
