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

    def average(self, k, x):
        """The mean of every channel's map, as a vector; `k` numbers the nodes."""
        return self._global_pool(k, x, pb.POOL_AVERAGE)

    def maximum(self, k, x):
        """The largest value of every channel's map, as a vector."""
        return self._global_pool(k, x, pb.POOL_MAX)

    def _global_pool(self, k, x, kind):
        channels = self.shape(x)[1]
        x = self.node(f"pool{k}", "pool", [x], [1, channels, 1, 1], kind=kind, **{"global": True})
        return self.node(f"flatten{k}", "flatten", [x], [1, channels])

    def softmax(self, name, x):
        return self.node(name, "softmax", [x], self.shape(x))

    def sigmoid(self, name, x):
        return self.activation(name, x, pb.ACTIVATION_SIGMOID)

    def concat(self, name, *inputs):
        """The inputs' columns side by side."""
        return self.node(name, "concat", inputs, [1, sum(self.shape(x)[1] for x in inputs)])

    def slice(self, name, x, begin, count):
        return self.node(name, "slice", [x], [1, count], begin=begin, count=count)

    def levels(self, name, x, sizes):
        """The slices of a vector over all nodes, one per level: `name1` and so on."""
        begins = [sum(sizes[:k]) for k in range(len(sizes))]
        return [self.slice(f"{name}{k}", x, begin, count)
                for k, (begin, count) in enumerate(zip(begins, sizes), start=1)]

    def scaled(self, name, x, factor):
        """`factor x`, as the batch norm that computes it."""
        ones = torch.ones(self.shape(x)[1])
        values = {"weight": ones * factor, "bias": ones * 0, "running_mean": ones * 0, "running_var": ones}
        parameters = [self.constant(f"{name}.{key}", value) for key, value in values.items()]
        return self.node(name, "batch_norm", [x], self.shape(x), parameters, epsilon=0.0)

    def tree_constraint(self, name, x, kind, parents):
        """The maximum over each node's subtree, or the minimum over its path; `parents[n]` is a node or -1."""
        return self.node(name, "tree_constraint", [x], self.shape(x), kind=kind, parents=[p + 1 for p in parents])


def build(model, height, width):
    """The graph of a network for images of this size: (GraphBuilder, tensor indices of `model.results`)."""
    builder = GraphBuilder()
    image = builder.tensor("image", [1, model.spec.channels, height, width])
    builder.graph.inputs.append(image)
    return builder, model.graph(builder, _trunk(builder, image, model.features))


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
