"""A network as the graph of a .hrn file: the module tree walked explicitly, in evaluation form, nothing fused.

Nodes carry the names of the modules they stand for and constants those of the parameters, so that a graph can be read
beside its model. Batch norms stay nodes of their own: folding them is the compiler's work.
"""

import torch
from torch import nn

from . import hrn_pb2 as pb
from .errors import InputError
from .hrnfile import Payload
from .resnet import BasicBlock


class GraphBuilder:
    """Appends constants and nodes to a Graph message, and the constants' bytes to a payload."""

    def __init__(self):
        self.graph = pb.Graph()
        self.payload = Payload()

    def tensor(self, name, shape):
        tensor = self.graph.tensors.add(name=name, element_type=pb.ELEMENT_FLOAT32, shape=shape)
        tensor.layout.kind = pb.LAYOUT_PLAIN
        return len(self.graph.tensors) - 1

    def constant(self, name, value):
        """Adds a constant; refuses one that holds NaN or infinity."""
        if value is None:
            raise InputError(f"'{name}' is missing from the model; evaluation needs it, export a trained model")
        if not bool(torch.isfinite(value).all()):
            broken = int((~torch.isfinite(value)).sum())
            raise InputError(f"'{name}' holds {broken} values that are not finite; the training diverged, "
                             "train again with a lower --lr")
        index = self.tensor(name, value.shape)
        blob = value.detach().cpu().float().contiguous().numpy().astype("<f4").tobytes()
        self.payload.append(blob, self.graph.tensors[index].weights)
        return index

    def node(self, name, operation, inputs, shape, parameters=(), **fields):
        """Adds a node with one output and returns that output's tensor index."""
        output = self.tensor(name, shape)
        node = self.graph.nodes.add(name=name, inputs=inputs, outputs=[output])
        node.parameters.extend(parameters)
        message = getattr(node, operation)
        message.SetInParent()
        for key, value in fields.items():
            field = getattr(message, key)
            if isinstance(value, (list, tuple)):
                field.extend(value)
            else:
                setattr(message, key, value)
        return output

    def shape(self, tensor):
        return list(self.graph.tensors[tensor].shape)

    def activation(self, name, x, kind, alpha=None):
        fields = {"kind": kind} if alpha is None else {"kind": kind, "alpha": alpha}
        return self.node(name, "activation", [x], self.shape(x), **fields)

    def relu(self, name, x):
        return self.activation(name, x, pb.ACTIVATION_RELU)

    def add(self, name, *inputs):
        return self.node(name, "add", inputs, self.shape(inputs[0]))

    def convolution(self, name, x, module):
        weight = self.constant(name + ".weight", module.weight)
        height, width = (
            (size + 2 * pad - kernel) // stride + 1 for size, pad, kernel, stride in
            zip(self.shape(x)[2:], module.padding, module.kernel_size, module.stride))
        top, left = module.padding
        fields = {"groups": module.groups} if module.groups > 1 else {}
        return self.node(name, "convolution", [x], [1, module.out_channels, height, width], [weight],
                         stride=module.stride, padding=[top, left, top, left], **fields)

    def batch_norm(self, name, x, module):
        parameters = [self.constant(f"{name}.{key}", getattr(module, key))
                      for key in ("weight", "bias", "running_mean", "running_var")]
        return self.node(name, "batch_norm", [x], self.shape(x), parameters, epsilon=module.eps)

    def linear(self, name, x, module):
        parameters = [self.constant(f"{name}.{key}", getattr(module, key)) for key in ("weight", "bias")]
        return self.node(name, "linear", [x], [1, module.out_features], parameters)

    def max_pool(self, name, x, module):
        kernel, stride, pad = module.kernel_size, module.stride, module.padding
        height, width = ((size + 2 * pad - kernel) // stride + 1 for size in self.shape(x)[2:])
        return self.node(name, "pool", [x], [1, self.shape(x)[1], height, width], kind=pb.POOL_MAX,
                         kernel=[kernel] * 2, stride=[stride] * 2, padding=[pad] * 4)


def build(model, height, width):
    """The graph of an HRN for images of this size: (GraphBuilder, names to tensor indices of its results).

    Results are `score{k}` (sigmoid scores of level k, 1 = coarsest) and `softmax` (the deepest level's other branch).
    """
    builder = GraphBuilder()
    image = builder.tensor("image", [1, model.spec.channels, height, width])
    builder.graph.inputs.append(image)
    features = _trunk(builder, image, model.features)
    total, results = None, {}
    for k in range(1, len(model.level_sizes) + 1):
        block, embed, classifier = model.level(k)
        embedding = _embedding(builder, k, _feature_block(builder, k, features, block), embed)
        total = embedding if total is None else builder.add(f"sum{k}", total, embedding)
        active = builder.relu(f"relu{k}", total)
        logits = builder.linear(f"classifier_{k}.0", active, classifier[0])
        results[f"score{k}"] = builder.activation(f"classifier_{k}.1", logits, pb.ACTIVATION_SIGMOID)
    leaf = f"classifier_{len(model.level_sizes)}_1.0"
    logits = builder.linear(leaf, active, model.leaf_classifier[0])
    results["softmax"] = builder.node("softmax", "softmax", [logits], builder.shape(logits))
    return builder, results


def _trunk(builder, x, trunk):
    for index, module in enumerate(trunk):
        name = f"features.{index}"
        if isinstance(module, nn.Conv2d):
            x = builder.convolution(name, x, module)
        elif isinstance(module, nn.BatchNorm2d):
            x = builder.batch_norm(name, x, module)
        elif isinstance(module, nn.ReLU):
            x = builder.relu(name, x)
        elif isinstance(module, nn.MaxPool2d):
            x = builder.max_pool(name, x, module)
        else:
            for number, block in enumerate(module):
                x = _residual_block(builder, f"{name}.{number}", x, block)
    return x


def _residual_block(builder, name, x, block):
    y, count = x, 2 if isinstance(block, BasicBlock) else 3
    for i in range(1, count + 1):
        y = builder.convolution(f"{name}.conv{i}", y, getattr(block, f"conv{i}"))
        y = builder.batch_norm(f"{name}.bn{i}", y, getattr(block, f"bn{i}"))
        if i < count:
            y = builder.relu(f"{name}.relu{i}", y)
    if block.downsample is not None:
        x = builder.convolution(f"{name}.downsample.0", x, block.downsample[0])
        x = builder.batch_norm(f"{name}.downsample.1", x, block.downsample[1])
    return builder.relu(f"{name}.relu{count}", builder.add(f"{name}.add", y, x))


def _feature_block(builder, k, x, block):
    for index, unit in enumerate(block):
        name = f"conv_block{k}.{index}"
        x = builder.convolution(f"{name}.conv", x, unit.conv)
        x = builder.relu(f"{name}.relu", builder.batch_norm(f"{name}.bn", x, unit.bn))
    channels = builder.shape(x)[1]
    x = builder.node(f"pool{k}", "pool", [x], [1, channels, 1, 1], kind=pb.POOL_AVERAGE, **{"global": True})
    return builder.node(f"flatten{k}", "flatten", [x], [1, channels])


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
