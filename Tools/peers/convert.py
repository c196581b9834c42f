"""From our network as ONNX to what each engine runs: its own format, and its own way to int8.

    onnxruntime   as it is; int8 by quantize_static: QDQ, u8 activations, s8 weights per channel, min-max
    openvino      as it is; int8 by NNCF's post-training quantization, preset performance
                  both with weights of 7 bits where 8-bit products are added in 16, which is what their makers advise
    ncnn          .param and .bin, batch norms folded; int8 with the scales that ncnn2int8 would write
    litert        .tflite, batch norms folded; int8 per channel

ncnn and LiteRT have no importer of ONNX that comes as a package without a framework, so their files are written here,
from the network with its batch norms folded.
"""

import logging
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper


logging.disable(logging.WARNING)


def convert(engine, precision, files, pictures, is_narrow):
    """The model that an engine runs in a precision; made where it is not there yet.

    `files` names what there is: `onnx` as trained, `folded`, and `stem` to begin names with. `pictures` are normalised.
    `is_narrow` says that it is for a CPU without 8-bit dot products.
    """
    int8 = precision == "int8"
    is_narrow = is_narrow and int8 and engine in ("onnxruntime", "openvino")
    target = f"{files['stem']}.{engine}.{'int8' if int8 else 'float32'}{'.narrow' if is_narrow else ''}"
    if engine in ("onnxruntime", "openvino") and not int8:
        return files["onnx"]
    ending, write = {
        "onnxruntime": (".onnx", quantize_onnxruntime), "openvino": (".xml", quantize_openvino),
        "ncnn": ("", write_ncnn), "litert": (".tflite", write_litert)}[engine]
    mark = Path(target + ".done")
    if not mark.exists():
        write(files, target + ending, pictures, int8, is_narrow)
        mark.touch()
    return target + ending


def quantize_onnxruntime(files, path, pictures, int8, is_narrow):
    from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    source = onnx.load(files["onnx"], load_external_data=False).graph.input[0].name

    class Reader(CalibrationDataReader):
        def __init__(self):
            self.rest = iter(pictures)

        def get_next(self):
            picture = next(self.rest, None)
            return None if picture is None else {source: picture[None]}

    prepared = f"{files['stem']}.prepared.onnx"
    quant_pre_process(files["onnx"], prepared, skip_symbolic_shape=True)
    quantize_static(
        prepared, path, Reader(), quant_format=QuantFormat.QDQ, per_channel=True, activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8, calibrate_method=CalibrationMethod.MinMax, reduce_range=is_narrow)


def quantize_openvino(files, path, pictures, int8, is_narrow):
    import nncf
    import openvino

    model = openvino.convert_model(files["onnx"])
    narrow = nncf.AdvancedQuantizationParameters(overflow_fix=nncf.OverflowFix.ENABLE)
    quantized = nncf.quantize(
        model, nncf.Dataset([picture[None] for picture in pictures]), preset=nncf.QuantizationPreset.PERFORMANCE,
        subset_size=len(pictures), advanced_parameters=narrow if is_narrow else None)
    openvino.save_model(quantized, path, compress_to_fp16=False)


def write_ncnn(files, path, pictures, int8, is_narrow):
    import ncnn_files

    network = Network(files["folded"])
    ncnn_files.write(network, path, ranges(files, pictures) if int8 else None)


def write_litert(files, path, pictures, int8, is_narrow):
    import litert

    network = Network(files["folded"])
    litert.write(network, path, ranges(files, pictures) if int8 else None)


class Network:
    """A folded network, in the few operators that it is made of."""

    def __init__(self, path):
        graph = onnx.load(path).graph
        self.weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        self.input = graph.input[0].name
        self.shape = [axis.dim_value for axis in graph.input[0].type.tensor_type.shape.dim]
        self.outputs = [output.name for output in graph.output]
        self.nodes = [Node(node) for node in graph.node]
        self.fuse_relu()

    def readers(self, value):
        return [node for node in self.nodes if value in node.inputs]

    def fuse_relu(self):
        """Lets convolutions, linears and sums apply the ReLU that alone reads them."""
        writers = {node.output: node for node in self.nodes}
        for node in list(self.nodes):
            writer = writers.get(node.inputs[0])
            if node.kind != "Relu" or writer is None or writer.kind not in ("Conv", "Gemm", "Add"):
                continue
            if len(self.readers(writer.output)) == 1 and writer.output not in self.outputs:
                writer.relu = True
                writer.output = node.output
                self.nodes.remove(node)


class Node:
    def __init__(self, node):
        self.kind, self.name, self.output = node.op_type, node.name, node.output[0]
        self.inputs = list(node.input)
        self.attributes = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
        self.relu = False


def ranges(files, pictures):
    """The smallest and the largest element of every value of the folded network, over the pictures."""
    import onnxruntime

    model = onnx.load(files["folded"])
    written = [output for node in model.graph.node for output in node.output]
    del model.graph.output[:]
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in written)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    source = session.get_inputs()[0].name
    found = {source: (float(pictures.min()), float(pictures.max()))}
    for picture in pictures:
        for name, value in zip(written, session.run(written, {source: picture[None]})):
            low, high = found.get(name, (np.inf, -np.inf))
            found[name] = (min(low, float(value.min())), max(high, float(value.max())))
    return found
