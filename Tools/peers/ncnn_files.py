"""Writes a folded network as ncnn's .param and .bin."""

import struct
from pathlib import Path

import numpy as np

INT8 = 0x000D4B38  # marks weights of a .bin as int8


def write(network, path, ranges):
    """`ranges`, where given, makes it int8: weights per output channel, activations per tensor, both symmetric."""
    writer = Writer(network, ranges)
    layers = writer.layers()
    blobs = len({blob for layer in layers for blob in layer[3]})
    lines = ["7767517", f"{len(layers)} {blobs}"]
    for kind, name, inputs, outputs, arguments in layers:
        lines.append(" ".join([kind, name, str(len(inputs)), str(len(outputs)), *inputs, *outputs, *arguments]))
    Path(path + ".param").write_text("\n".join(lines) + "\n")
    Path(path + ".bin").write_bytes(b"".join(writer.weights))


class Writer:
    def __init__(self, network, ranges):
        self.network, self.ranges, self.weights = network, ranges, []
        #: by value: the names that its readers, one each, know it by
        self.names = {}
        self.result = []

    def layers(self):
        self.layer("Input", "input", [], "input", [])
        self.share(self.network.input, "input")
        for node in self.network.nodes:
            getattr(self, "write_" + node.kind.lower())(node)
        return self.result

    def layer(self, kind, name, inputs, output, arguments):
        self.result.append((kind, name.replace("/", "_"), inputs, [output], arguments))

    def share(self, value, blob):
        """ncnn's blobs have one reader: what more read is split. A result of the network is read by whoever asks."""
        count = len(self.network.readers(value)) + self.network.outputs.count(value)
        self.names[value] = [blob]
        if count > 1:
            self.names[value] = [f"{blob}_{index}" for index in range(count)]
            self.result.append(("Split", "split_" + blob, [blob], list(self.names[value]), []))

    def read(self, value):
        return self.names[value].pop(0)

    def simple(self, kind, node, arguments=(), value=None):
        inputs = [self.read(value or node.inputs[0])]
        self.layer(kind, node.name, inputs, node.output, list(arguments))
        self.share(node.output, node.output)

    def scale(self, value):
        low, high = self.ranges[value]
        return 127 / max(abs(low), abs(high), 1e-6)

    def weighted(self, kind, node, arguments):
        weights, bias = self.network.weights[node.inputs[1]], self.network.weights[node.inputs[2]]
        rows = weights.reshape(weights.shape[0], -1)
        arguments = [f"0={weights.shape[0]}", *arguments]
        if self.ranges is None:
            self.weights += [struct.pack("<I", 0), rows.astype("<f4").tobytes(), bias.astype("<f4").tobytes()]
        else:
            readers = self.network.readers(node.output)
            # Into another convolution goes int8, anywhere else float.
            requantizes = kind == "Convolution" and len(readers) == 1 and readers[0].kind == "Conv"
            arguments.append(f"8={101 if requantizes else 1}")
            scales = 127 / np.maximum(np.abs(rows).max(1), 1e-9)
            quantized = np.clip(np.rint(rows * scales[:, None]), -127, 127).astype(np.int8).tobytes()
            self.weights += [
                struct.pack("<I", INT8), quantized, b"\0" * (-len(quantized) % 4), bias.astype("<f4").tobytes(),
                scales.astype("<f4").tobytes(), struct.pack("<f", self.scale(node.inputs[0]))]
            if requantizes:
                self.weights.append(struct.pack("<f", self.scale(node.output)))
        self.layer(kind, node.name, [self.read(node.inputs[0])], node.output, arguments + ["9=1"] * node.relu)
        self.share(node.output, node.output)

    def write_conv(self, node):
        weights, attributes = self.network.weights[node.inputs[1]], node.attributes
        if attributes["group"] != 1 or len(set(attributes["pads"])) > 1:
            raise ValueError(f"{node.name}: only plain convolutions are written for ncnn")
        self.weighted("Convolution", node, [
            f"1={weights.shape[3]}", f"3={attributes['strides'][0]}", f"4={attributes['pads'][0]}", "5=1",
            f"6={weights.size}"])

    def write_gemm(self, node):
        self.weighted("InnerProduct", node, ["1=1", f"2={self.network.weights[node.inputs[1]].size}"])

    def write_maxpool(self, node):
        a = node.attributes
        self.simple("Pooling", node, [
            "0=0", f"1={a['kernel_shape'][0]}", f"2={a['strides'][0]}", f"3={a['pads'][0]}", "5=1"])

    def write_globalaveragepool(self, node):
        self.simple("Pooling", node, ["0=1", "4=1"])

    def write_flatten(self, node):
        self.simple("Flatten", node)

    def write_add(self, node):
        inputs = [self.read(value) for value in node.inputs]
        output = node.output + "_sum" if node.relu else node.output
        self.layer("BinaryOp", node.name, inputs, output, ["0=0"])
        if node.relu:
            self.layer("ReLU", node.name + "_relu", [output], node.output, [])
        self.share(node.output, node.output)

    def write_relu(self, node):
        self.simple("ReLU", node)

    def write_elu(self, node):
        self.simple("ELU", node, [f"0={node.attributes.get('alpha', 1.0)}"])

    def write_sigmoid(self, node):
        self.simple("Sigmoid", node)

    def write_softmax(self, node):
        self.simple("Softmax", node, ["0=0", "1=1"])
