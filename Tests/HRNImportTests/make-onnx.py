"""Writes small ONNX models as both of PyTorch's exporters write them, for HRNImportTests.

    Tools/train/setup && .venv/bin/pip install onnx==1.23.2 onnxscript
    .venv/bin/python Tests/HRNImportTests/make-onnx.py              write Resources/*.onnx anew

Beside NAME.onnx lies NAME.values: an input and PyTorch's outputs for it, float32, little-endian, one after the other.
hrn-*.onnx hold the network of make-checkpoints.py with its weights; the others hold layers that networks for pictures
have. Written with PyTorch 2.13 and onnx 1.23.
"""

import importlib.util
import io
import logging
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn import functional as F

HERE = Path(__file__).resolve().parent
FOLDER = HERE / "Resources"
SEED = 20260
#: of the exporter of traced graphs; 0 stands for the exporter of torch.export's graphs, at its own opset
OPSETS = (9, 11, 13, 17, 0)


def checkpoints():
    """The script that makes the checkpoints: its network is the one of hrn-*.onnx."""
    spec = importlib.util.spec_from_file_location("make_checkpoints", HERE / "make-checkpoints.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class JoinedForward(nn.Module):
    """An HRN that answers as our trainer's does: the scores of all levels, their logits, and those of the softmax."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, images):
        return tuple(self.net(images))


class AuthorsForward(nn.Module):
    """An HRN that answers as the authors' does: s_1, ..., z, s_L, each level with a sigmoid of its own."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, images):
        features, total, answers = self.net.features(images), 0, []
        for k in range(1, len(self.net.level_sizes) + 1):
            block, embed, classifier = self.net.level(k)
            vector = F.adaptive_avg_pool2d(block(features), 1)
            total = embed(vector.view(vector.size(0), -1)) + total
            answers.append(classifier(torch.relu(total)))
        answers.insert(len(answers) - 1, self.net.leaf_classifier(torch.relu(total)))
        return tuple(answers)


class Layers(nn.Module):
    """Layers that mobile networks have, and others that ask for care."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.depthwise = nn.Conv2d(8, 8, 5, padding=2, groups=8)
        self.dilated = nn.Conv2d(8, 8, 3, padding=2, dilation=2, groups=2)
        self.mean = nn.AvgPool2d(3, stride=2, padding=1)                       # counts its padding
        self.tight = nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False)
        self.ceil = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.fc = nn.Linear(32 * 9, 10)
        self.scale = nn.Parameter(torch.randn(8, 1, 1))
        self.shift = nn.Parameter(torch.randn(8, 1, 1))

    def forward(self, x):
        x = F.hardswish(self.norm(self.stem(x)))
        x = x * self.scale + self.shift
        x = F.relu6(self.depthwise(x))
        x = F.leaky_relu(self.dilated(F.pad(x, (1, 0, 0, 1))), 0.1)
        x = torch.cat([self.mean(x), self.tight(x), self.tight(x.tanh())], 1)
        a, b = x.split([8, 16], dim=1)
        x = torch.cat([b, F.hardsigmoid(a), x[:, 3:11]], 1)
        x = self.ceil(x).flatten(1)
        return F.softmax(self.fc(x), dim=1), F.elu(x[:, 5:60] / 3 - 1)


class Handmade(nn.Module):
    """Layers written out: Hard Swish of its parts, means, a norm of constants, channels last."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 6, 3)
        self.fc = nn.Linear(6 * 6 * 6, 7)
        self.matrix = nn.Parameter(torch.randn(6, 5))
        self.gamma, self.beta = nn.Parameter(torch.rand(6) + 0.5), nn.Parameter(torch.randn(6))

    def forward(self, x):
        x = self.conv(2 * (x - 0.5))
        x = x * F.relu6(x + 3) / 6
        y = x.permute(0, 2, 3, 1)
        y = (y * self.gamma + self.beta).clamp(-0.5, 0.75)
        vector = y.mean((1, 2)) @ self.matrix - 0.25
        return self.fc(y.reshape(1, -1)).sigmoid(), vector, F.log_softmax(x.mean([2, 3]), 1), x.amax((2, 3))


class TwoLayers(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(5, 4), nn.Linear(4, 3)

    def forward(self, x):
        return (self.b(F.relu(self.a(x))),)


def export(name, net, image, opset):
    """Writes what an exporter makes of a network, and what PyTorch answers."""
    net.eval()
    buffer = io.BytesIO()
    if opset:
        torch.onnx.export(net, (image,), buffer, dynamo=False, opset_version=opset, input_names=["image"],
                          dynamic_axes={"image": {0: "n"}} if name.startswith("hrn") else None)
        content = buffer.getvalue()
    else:
        program = torch.onnx.export(net, (image,), dynamo=True, input_names=["image"], verbose=False)
        content = program.model_proto.SerializeToString()
    with torch.no_grad():
        answers = net(image)
    write(f"{name}-{f'opset{opset}' if opset else 'dynamo'}", stripped(content), [image, *answers])


def stripped(content):
    """Without what exporters say to people: stack traces and the like, which hold paths of this machine."""
    model = onnx.load_from_string(content)
    model.doc_string = ""
    del model.metadata_props[:]
    del model.graph.metadata_props[:]
    del model.graph.value_info[:]
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    return model.SerializeToString()


def write(name, content, values):
    (FOLDER / f"{name}.onnx").write_bytes(content)
    arrays = [np.asarray(value.detach() if isinstance(value, torch.Tensor) else value, "<f4") for value in values]
    (FOLDER / f"{name}.values").write_bytes(b"".join(array.tobytes() for array in arrays))


def typed():
    """A line per form in which ONNX stores a constant: y = x * a_1 + a_2 + ..., of a vector of 3."""
    floats = np.array([0.5, -1.25, 3.0])
    whole = np.array([2, 0, 7])
    constants = []
    for kind in ("FLOAT", "DOUBLE", "FLOAT16", "BFLOAT16"):
        number = getattr(TensorProto, kind)
        stored = floats.astype(helper.tensor_dtype_to_np_dtype(number))
        constants.append(numpy_helper.from_array(stored, f"raw_{kind}"))
        constants.append(helper.make_tensor(f"typed_{kind}", number, [3], floats))
    for kind in ("INT8", "UINT8", "INT16", "UINT16", "INT32", "UINT32", "INT64", "UINT64", "BOOL"):
        number = getattr(TensorProto, kind)
        stored = whole.astype(helper.tensor_dtype_to_np_dtype(number))
        constants.append(numpy_helper.from_array(stored, f"raw_{kind}"))
        constants.append(helper.make_tensor(f"typed_{kind}", number, [3], stored))
    nodes, previous = [], "x"
    for index, constant in enumerate(constants):
        nodes.append(helper.make_node("Cast", [constant.name], [f"c{index}"], to=TensorProto.FLOAT))
        nodes.append(helper.make_node("Add", [previous, f"c{index}"], [f"s{index}"]))
        previous = f"s{index}"
    graph = helper.make_graph(
        nodes, "typed", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3])],
        [helper.make_tensor_value_info(previous, TensorProto.FLOAT, [1, 3])], constants)
    model = helper.make_model(graph, ir_version=9, opset_imports=[helper.make_opsetid("", 17)])
    x = np.array([[1, 2, 3]])
    total = x + 8 * floats + sum((whole != 0) if c.data_type == TensorProto.BOOL else whole for c in constants[8:])
    write("typed", model.SerializeToString(), [x, total])


def main():
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    FOLDER.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    source = checkpoints()
    image = torch.rand(1, 1, source.SIDE, source.SIDE)
    for opset in (10, 17, 0):
        export("hrn", AuthorsForward(source.network()), image, opset)
    export("hrn-joined", JoinedForward(source.network()), image, 17)
    layers, picture = source.seeded(Layers()), torch.rand(1, 3, 19, 21)
    for opset in OPSETS:
        export("layers", layers, picture, opset)
    handmade, picture = source.seeded(Handmade()), torch.rand(1, 2, 8, 8)
    for opset in OPSETS:
        export("handmade", handmade, picture, opset)
    export("small", source.seeded(TwoLayers()), torch.rand(1, 5), 17)
    typed()


if __name__ == "__main__":
    sys.exit(main())
