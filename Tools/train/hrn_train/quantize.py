"""Quantization-aware training: the network is trained as its int8 form will compute it.

While it trains, what the compiler stores in eight bits is rounded on the way forward, and gradients pass through as if
it were not:

    activations    uint8, one range per tensor:    x' = step (clamp(round(x / step) + zero, 0, 255) - zero)
    weights        int8, one scale per output:     w' = s clamp(round(w / s), -127, 127),   s = max |w| / 127

with step = (high - low) / 255 over a range that holds zero and follows the smallest and largest values of the batches.
Batch norms use their running statistics and keep them, as they do once they are folded into the weights: a scale per output
does not change how weights are rounded, and where a norm lies ahead of a linear its scales are taken into account.

Rounded are the trunk's activations, those inside HRN's feature blocks and embeddings, and the pooled vectors; what
decides between labels stays in float, as it does in the compiled model. The ranges travel in the exported file, which
then needs no calibration pictures; tensors that training does not round get the range that they have on training
pictures.
"""

from types import MethodType

import torch
import torch.nn.functional as F
from torch import nn

from .resnet import BasicBlock

FOLLOW = 0.05                                     # how far a range follows each batch


class Rounded:
    """The range of one activation, and the rounding to it."""

    def __init__(self):
        self.low = self.high = None

    @torch.no_grad()
    def follow(self, x):
        low, high = x.amin().clamp(max=0), x.amax().clamp(min=0)
        if self.low is None:
            self.low, self.high = low, high
        else:
            self.low, self.high = (torch.lerp(old, new, FOLLOW) for old, new in ((self.low, low), (self.high, high)))

    def __call__(self, x):
        step = ((self.high - self.low) / 255).clamp(min=torch.finfo(torch.float32).tiny)
        zero = (-self.low / step).round().clamp(0, 255).to(torch.int32)
        return torch.fake_quantize_per_tensor_affine(x, step, zero, 0, 255)


def rounded_weight(weight, columns=None):
    """Weights `[O, ...]` as the compiler rounds them; `columns` are factors per input that it folds in first."""
    if columns is not None:
        weight = weight * columns
    scale = weight.detach().abs().flatten(1).amax(1).clamp(min=torch.finfo(torch.float32).tiny) / 127
    zero = torch.zeros(len(scale), dtype=torch.int32, device=weight.device)
    weight = torch.fake_quantize_per_channel_affine(weight, scale, zero, 0, -127, 127)
    return weight if columns is None else weight / columns


class Quantizer:
    """Makes a model round: `Quantizer(model)` changes how this instance computes, but none of its parameters.

    `ranges()` are (low, high) by the names that the tensors have in an exported graph. In evaluation mode ranges stay
    as they are.
    """

    def __init__(self, model):
        self.model, self.points = model, {}
        for names, module, activation in model.rounded():
            self._round_output(names, module, activation)
        for module in model.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                self._round_weight(module)
            elif isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
                module.eval().train = MethodType(lambda norm, mode=True: norm, module)
        for norm, linear in model.folded():
            self._round_weight(linear, norm)
        heads = model.heads
        model.heads = lambda *vectors: heads(*(self._rounded((f"pool{k}", f"flatten{k}"), vector)
                                               for k, vector in enumerate(vectors, start=1)))

    def ranges(self):
        return {name: [float(point.low), float(point.high)] for name, point in self.points.items()
                if point.low is not None}

    def load(self, ranges):
        device = next(self.model.parameters()).device
        for name, bounds in ranges.items():
            point = self.points.setdefault(name, Rounded())
            point.low, point.high = torch.tensor(bounds, device=device)

    def _rounded(self, names, x):
        point = self.points.setdefault(names[0], Rounded())
        self.points.update(dict.fromkeys(names[1:], point))
        if self.model.training or point.low is None:
            point.follow(x.detach())
        return point(x)

    def _round_output(self, names, module, activation):
        module.register_forward_hook(lambda module, inputs, output: self._rounded(names, activation(output)))

    def _round_weight(self, module, norm=None):
        if isinstance(module, nn.Conv2d):
            module.forward = lambda x: module._conv_forward(x, rounded_weight(module.weight), module.bias)
        else:
            module.forward = lambda x: F.linear(x, rounded_weight(module.weight, _columns(norm)), module.bias)


@torch.no_grad()
def round_weights(model):
    """Gives a model the weights that its rounded form computes with: what the compiler then rounds is rounded already,
    and the float model differs from the int8 one by the rounding of activations alone."""
    norms = {linear: norm for norm, linear in model.folded()}
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            module.weight.copy_(rounded_weight(module.weight, _columns(norms.get(module))))


def _columns(norm):
    """The factors per input that folding a batch norm into the linear behind it gives; None without one."""
    return None if norm is None else (norm.weight / (norm.running_var + norm.eps).sqrt()).detach()


def unchanged(x):
    return x


def rounded_in_trunk(trunk):
    """(names, module, activation) of what is rounded in a trunk: the activation of the module's output, which for the
    batch norms of a block comes ahead of the block's own ReLU and leaves that nothing to do."""
    for index, module in enumerate(trunk):
        if isinstance(module, nn.ReLU):
            yield (f"features.{index}", f"features.{index + 1}"), module, unchanged   # the pool's values are among them
        elif isinstance(module, nn.Sequential):
            for number, block in enumerate(module):
                yield from _rounded_in_block(f"features.{index}.{number}", block)


def _rounded_in_block(name, block):
    count = 2 if isinstance(block, BasicBlock) else 3
    for i in range(1, count):
        yield (f"{name}.relu{i}",), getattr(block, f"bn{i}"), F.relu
    if block.downsample is not None:
        yield (f"{name}.downsample.1",), block.downsample, unchanged
    yield (f"{name}.relu{count}",), block, unchanged
