"""Runs the graph of a .hrn file with PyTorch, straight from the file's bytes: the check that an export says what the
model computes."""

import numpy as np
import torch
import torch.nn.functional as F

from . import hrn_pb2 as pb
from .errors import InputError


def run(graph, payload, image, observe=None):
    """All results of a source graph for an image `[1, C, H, W]`, in the order of `graph.outputs`.

    `observe(tensor index, value)` is called with the result of every node.
    """
    values = {graph.inputs[0]: image}
    for index, tensor in enumerate(graph.tensors):
        if tensor.HasField("weights"):
            region = tensor.weights
            blob = np.frombuffer(payload, "<f4", region.length // 4, region.offset)
            values[index] = torch.from_numpy(blob.copy()).view(*tensor.shape)
    for node in graph.nodes:
        kind = node.WhichOneof("operation")
        if kind not in _OPERATIONS:
            raise InputError(f"node '{node.name}' is a {kind}, which a source graph does not have")
        result = _OPERATIONS[kind](getattr(node, kind), [values[i] for i in node.inputs],
                                   [values[i] for i in node.parameters])
        expected = list(graph.tensors[node.outputs[0]].shape)
        if list(result.shape) != expected:
            raise InputError(f"node '{node.name}' gives shape {list(result.shape)}, the graph says {expected}")
        values[node.outputs[0]] = result
        if observe:
            observe(node.outputs[0], result)
    return [values[output.tensor] for output in graph.outputs]


def _convolution(op, inputs, parameters):
    top, left, bottom, right = op.padding
    padded = F.pad(inputs[0], (left, right, top, bottom))
    return F.conv2d(padded, *parameters, stride=tuple(op.stride), groups=op.groups if op.HasField("groups") else 1)


def _batch_norm(op, inputs, parameters):
    gamma, beta, mean, variance = parameters
    return F.batch_norm(inputs[0], mean, variance, gamma, beta, False, 0.0, op.epsilon)


def _activation(op, inputs, _):
    if op.kind == pb.ACTIVATION_ELU:
        return F.elu(inputs[0], op.alpha)
    return torch.sigmoid(inputs[0]) if op.kind == pb.ACTIVATION_SIGMOID else F.relu(inputs[0])


def _pool(op, inputs, _):
    if getattr(op, "global"):
        return inputs[0].amax((2, 3), True) if op.kind == pb.POOL_MAX else inputs[0].mean((2, 3), True)
    return F.max_pool2d(inputs[0], tuple(op.kernel), tuple(op.stride), tuple(op.padding[:2]))


def _tree_constraint(op, inputs, _):
    values = list(inputs[0].unbind(1))
    if op.kind == pb.CONSTRAINT_MAX:
        for node in reversed(range(len(values))):
            if op.parents[node]:
                parent = op.parents[node] - 1
                values[parent] = torch.maximum(values[parent], values[node])
    else:
        for node in range(len(values)):
            if op.parents[node]:
                values[node] = torch.minimum(values[node], values[op.parents[node] - 1])
    return torch.stack(values, dim=1)


_OPERATIONS = {
    "convolution": _convolution,
    "batch_norm": _batch_norm,
    "activation": _activation,
    "pool": _pool,
    "linear": lambda op, inputs, parameters: F.linear(inputs[0], *parameters),
    "add": lambda op, inputs, parameters: sum(inputs[1:], inputs[0]),
    "flatten": lambda op, inputs, parameters: inputs[0].flatten(1),
    "concat": lambda op, inputs, parameters: torch.cat(inputs, dim=1),
    "slice": lambda op, inputs, parameters: inputs[0][:, op.begin:op.begin + op.count],
    "tree_constraint": _tree_constraint,
    "softmax": lambda op, inputs, parameters: torch.softmax(inputs[0], dim=1),
}
