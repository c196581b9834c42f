"""Writes a folded network as a .tflite file: channels last, int8 per channel with float32 at its ends."""

from pathlib import Path

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

OPERATORS = schema.BuiltinOperator
OPTIONS = schema.BuiltinOptions
TYPES = schema.TensorType
#: the operator versions from which on int8 is allowed
INT8_VERSIONS = {
    OPERATORS.CONV_2D: 5, OPERATORS.FULLY_CONNECTED: 4, OPERATORS.ELU: 1, OPERATORS.QUANTIZE: 1}
#: the scale and zero point that the runtime demands of scores
SCORES = (1 / 256, -128)


def write(network, path, ranges):
    """`ranges`, where given, makes it int8."""
    writer = Writer(network, ranges)
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(writer.model().Pack(builder), b"TFL3")
    Path(path).write_bytes(builder.Output())


class Writer:
    def __init__(self, network, ranges):
        self.network, self.ranges = network, ranges
        self.buffers, self.codes = [schema.BufferT()], []
        self.graph = schema.SubGraphT()
        self.graph.name = "main"
        self.graph.tensors, self.graph.operators = [], []
        self.graph.inputs, self.graph.outputs = [], []
        #: by value: its tensor, its shape, and how its numbers are stored
        self.tensors, self.shapes, self.scales = {}, {}, {}

    @property
    def is_int8(self):
        return self.ranges is not None

    def model(self):
        self.begin()
        for node in self.network.nodes:
            getattr(self, "write_" + node.kind.lower())(node)
        for output in self.network.outputs:
            self.end(output)
        model = schema.ModelT()
        model.version, model.description = 3, "written for a comparison"
        model.buffers, model.operatorCodes, model.subgraphs = self.buffers, self.codes, [self.graph]
        return model

    # tensors

    def tensor(self, name, shape, kind, data=None, scales=None, axis=0):
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.type, tensor.buffer = name, [int(extent) for extent in shape], kind, 0
        if scales is not None:
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale = [float(value) for value in np.atleast_1d(scales[0])]
            tensor.quantization.zeroPoint = [int(value) for value in np.atleast_1d(scales[1])]
            tensor.quantization.quantizedDimension = axis
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
            tensor.buffer = len(self.buffers)
            self.buffers.append(buffer)
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def activation(self, value, shape, scales=None):
        if self.is_int8 and scales is None:
            low, high = min(self.ranges[value][0], 0), max(self.ranges[value][1], 0)
            scale = max((high - low) / 255, 1e-8)
            scales = scale, int(np.clip(round(-128 - low / scale), -128, 127))
        self.shapes[value], self.scales[value] = shape, scales if self.is_int8 else None
        kind = TYPES.INT8 if self.is_int8 else TYPES.FLOAT32
        self.tensors[value] = self.tensor(value, shape, kind, scales=self.scales[value])
        return self.tensors[value]

    def operator(self, code, inputs, outputs, kind=None, options=None):
        codes = [known.builtinCode for known in self.codes]
        if code not in codes:
            known = schema.OperatorCodeT()
            known.builtinCode, known.deprecatedBuiltinCode = code, min(code, 127)
            known.version = INT8_VERSIONS.get(code, 2) if self.is_int8 else 1
            self.codes.append(known)
            codes.append(code)
        operator = schema.OperatorT()
        operator.opcodeIndex, operator.inputs, operator.outputs = codes.index(code), inputs, outputs
        if options is not None:
            operator.builtinOptionsType, operator.builtinOptions = kind, options
        self.graph.operators.append(operator)

    def simple(self, node, code, shape=None, kind=None, options=None, scales=None):
        source = node.inputs[0]
        output = self.activation(node.output, shape or self.shapes[source], scales)
        self.operator(code, [self.tensors[source]], [output], kind, options)

    def begin(self):
        _, channels, height, width = self.network.shape
        shape = [1, height, width, channels]
        source = self.tensor("in", shape, TYPES.FLOAT32)
        self.graph.inputs = [source]
        if self.is_int8:
            self.operator(OPERATORS.QUANTIZE, [source], [self.activation(self.network.input, shape)],
                          OPTIONS.QuantizeOptions, schema.QuantizeOptionsT())
        else:
            self.tensors[self.network.input], self.shapes[self.network.input] = source, shape

    def end(self, output):
        result = self.tensors[output]
        if self.is_int8:
            result = self.tensor(output + "_float", self.shapes[output], TYPES.FLOAT32)
            self.operator(OPERATORS.DEQUANTIZE, [self.tensors[output]], [result],
                          OPTIONS.DequantizeOptions, schema.DequantizeOptionsT())
        self.graph.outputs.append(result)

    def pad(self, value, amount):
        """The value with zeros around; before a maximum too, since what is read there is never negative."""
        key = f"{value}_pad{amount}"
        if key not in self.tensors:
            _, height, width, channels = self.shapes[value]
            amounts = np.array([[0, 0], [amount, amount], [amount, amount], [0, 0]], np.int32)
            constant = self.tensor(key + "_amounts", [4, 2], TYPES.INT32, amounts)
            shape = [1, height + 2 * amount, width + 2 * amount, channels]
            output = self.activation(key, shape, self.scales.get(value))
            self.operator(
                OPERATORS.PAD, [self.tensors[value], constant], [output], OPTIONS.PadOptions, schema.PadOptionsT())
        return key

    # operators

    @staticmethod
    def fused(node):
        kinds = schema.ActivationFunctionType
        return kinds.RELU if node.relu else kinds.NONE

    def weighted(self, node, source, weights, shape, code, kind, options):
        bias = self.network.weights[node.inputs[2]]
        output = self.activation(node.output, shape)
        count = weights.shape[0]
        if self.is_int8:
            scales = np.maximum(np.abs(weights.reshape(count, -1)).max(1), 1e-9) / 127
            column = scales.reshape([-1] + [1] * (weights.ndim - 1))
            quantized = np.clip(np.rint(weights / column), -127, 127).astype(np.int8)
            sums = scales * self.scales[source][0]
            zeros = np.zeros(count)
            parameters = [
                self.tensor(node.name + "_w", weights.shape, TYPES.INT8, quantized, (scales, zeros)),
                self.tensor(node.name + "_b", [count], TYPES.INT32, np.rint(bias / sums).astype(np.int32), (sums, zeros))]
        else:
            parameters = [
                self.tensor(node.name + "_w", weights.shape, TYPES.FLOAT32, weights.astype(np.float32)),
                self.tensor(node.name + "_b", [count], TYPES.FLOAT32, bias.astype(np.float32))]
        self.operator(code, [self.tensors[source], *parameters], [output], kind, options)

    def write_conv(self, node):
        attributes, weights = node.attributes, self.network.weights[node.inputs[1]]
        (pad, *others), (stride, _), kernel = attributes["pads"], attributes["strides"], weights.shape[2]
        if attributes["group"] != 1 or any(other != pad for other in others):
            raise ValueError(f"{node.name}: only plain convolutions are written for LiteRT")
        source = node.inputs[0]
        is_same = stride == 1 or pad == 0
        if not is_same:
            source = self.pad(source, pad)
        side = (self.shapes[source][1] + (2 * pad if is_same else 0) - kernel) // stride + 1
        options = schema.Conv2DOptionsT()
        options.padding = schema.Padding.SAME if is_same else schema.Padding.VALID
        options.strideW = options.strideH = stride
        options.dilationWFactor = options.dilationHFactor = 1
        options.fusedActivationFunction = self.fused(node)
        self.weighted(node, source, weights.transpose(0, 2, 3, 1), [1, side, side, weights.shape[0]],
                      OPERATORS.CONV_2D, OPTIONS.Conv2DOptions, options)

    def write_gemm(self, node):
        weights = self.network.weights[node.inputs[1]]
        options = schema.FullyConnectedOptionsT()
        options.fusedActivationFunction = self.fused(node)
        self.weighted(node, node.inputs[0], weights, [1, weights.shape[0]],
                      OPERATORS.FULLY_CONNECTED, OPTIONS.FullyConnectedOptions, options)

    def write_maxpool(self, node):
        kernel, stride, pad = (node.attributes[name][0] for name in ("kernel_shape", "strides", "pads"))
        source = self.pad(node.inputs[0], pad)
        side = (self.shapes[source][1] - kernel) // stride + 1
        output = self.activation(node.output, [1, side, side, self.shapes[source][3]], self.scales.get(source))
        options = schema.Pool2DOptionsT()
        options.padding = schema.Padding.VALID
        options.strideW = options.strideH = stride
        options.filterWidth = options.filterHeight = kernel
        self.operator(
            OPERATORS.MAX_POOL_2D, [self.tensors[source]], [output], OPTIONS.Pool2DOptions, options)

    def write_globalaveragepool(self, node):
        source = node.inputs[0]
        axes = self.tensor(node.name + "_axes", [2], TYPES.INT32, np.array([1, 2], np.int32))
        output = self.activation(node.output, [1, self.shapes[source][3]])
        options = schema.ReducerOptionsT()
        options.keepDims = False
        self.operator(OPERATORS.MEAN, [self.tensors[source], axes], [output], OPTIONS.ReducerOptions, options)

    def write_flatten(self, node):
        """The mean over the map has no map any more: there is nothing to do."""
        source = node.inputs[0]
        for known in (self.tensors, self.shapes, self.scales):
            known[node.output] = known.get(source)

    def write_add(self, node):
        first, second = node.inputs
        output = self.activation(node.output, self.shapes[first])
        options = schema.AddOptionsT()
        options.fusedActivationFunction = self.fused(node)
        self.operator(
            OPERATORS.ADD, [self.tensors[first], self.tensors[second]], [output], OPTIONS.AddOptions, options)

    def write_relu(self, node):
        self.simple(node, OPERATORS.RELU)

    def write_elu(self, node):
        self.simple(node, OPERATORS.ELU)

    def write_sigmoid(self, node):
        self.simple(node, OPERATORS.LOGISTIC, scales=SCORES)

    def write_softmax(self, node):
        options = schema.SoftmaxOptionsT()
        options.beta = 1.0
        self.simple(node, OPERATORS.SOFTMAX, None, OPTIONS.SoftmaxOptions, options, SCORES)
