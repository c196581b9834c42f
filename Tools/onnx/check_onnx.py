"""ONNX's node tests and light models through hrn-compile and hrn-run, and back; see Tools/check-onnx.

A node test has a model of one node, inputs and expected outputs. hrn-compile takes models with one float input and a
batch of one, so a test is brought into that form without changing what is computed:

- value:   the first float input stays one, all others are bound as initializers; a batch is run picture by picture;
- folded:  all inputs are bound as initializers, and the result, as floats, is added to an input of zeros.

Exports go the other way: trained networks, written by hrn-compile export-onnx, through ONNX's checker and interpreter.

claimed.txt names the tests, in either form, that have to pass. A test that is refused is listed with the refusal.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).resolve().parent
CLAIMED = HERE / "claimed.txt"
MODELS = HERE.parents[1] / "Models"
LIGHT = Path(onnx.__file__).parent / "backend/test/data/light"
#: computed in float32 throughout
RTOL, ATOL = 1e-5, 1e-6
#: tests whose expected numbers are written with four digits
ROUNDED = {"test_averagepool_2d_ceil_last_window_starts_on_pad": 1e-3}
#: relative; ONNX's own for these models
LIGHT_RTOL = {"densenet121": 2e-3}
REALS = {TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16}
#: what tests may expect: results of 16 bits are rounded, and ours are not
RESULTS = {TensorProto.FLOAT, TensorProto.DOUBLE}
NUMBERS = REALS | {TensorProto.INT8, TensorProto.INT16, TensorProto.INT32, TensorProto.INT64, TensorProto.UINT8,
                   TensorProto.UINT16, TensorProto.UINT32, TensorProto.UINT64, TensorProto.BOOL}


class NotInForm(Exception):
    """The test cannot be brought into the form, and why."""


class Refused(Exception):
    """hrn-compile takes no such model, and why."""


def element_type(value):
    return value.type.tensor_type.elem_type if value.type.HasField("tensor_type") else 0


def initializer(value, array):
    tensor = numpy_helper.from_array(np.asarray(array), value.name)
    if element_type(value) not in NUMBERS:
        raise NotInForm(f"input '{value.name}' is not a tensor of numbers")
    return tensor


def model_of(graph, model):
    return helper.make_model(graph, ir_version=min(model.ir_version, 14), opset_imports=model.opset_import)


def as_value(case, inputs, outputs):
    """(model, pictures, expected per picture) with the first float input open."""
    graph = case.model.graph
    if not graph.input or len(inputs) != len(graph.input):
        raise NotInForm("it has no inputs, or optional ones")
    opened = next((i for i, value in enumerate(graph.input) if element_type(value) in REALS), None)
    if opened is None:
        raise NotInForm("it has no float input")
    if any(element_type(value) not in RESULTS for value in graph.output):
        raise NotInForm("its results are not float or double")
    image = np.asarray(inputs[opened])
    results = [np.asarray(array, np.float32) for array in outputs]
    if image.size == 0 or any(array.size == 0 for array in results):
        raise NotInForm("it has an empty input or output")
    bound = [initializer(value, array) for i, (value, array) in enumerate(zip(graph.input, inputs)) if i != opened]
    batch, shape = 1, list(image.shape)
    if image.ndim in (2, 4) and shape[0] > 1:
        batch = shape[0]
        if any(array.ndim == 0 or array.shape[0] != batch for array in results):
            raise NotInForm(f"its batch of {batch} does not stay the first axis")
        shape[0] = 1
    pictures = image.reshape(batch, *shape) if batch > 1 else image[None]
    source = graph.input[opened]
    kept = helper.make_tensor_value_info(source.name, element_type(source), shape)
    wanted = [helper.make_tensor_value_info(o.name, element_type(o), None) for o in graph.output]
    made = helper.make_graph(graph.node, "test", [kept], wanted, list(graph.initializer) + bound)
    expected = [[array[i:i + 1] if batch > 1 else array for array in results] for i in range(batch)]
    return model_of(made, case.model), [np.asarray(p, np.float32) for p in pictures], expected


def as_folded(case, inputs, outputs):
    """(model, pictures, expected per picture) with all inputs bound."""
    graph = case.model.graph
    if len(inputs) != len(graph.input) or len(graph.output) != 1:
        raise NotInForm("it has optional inputs, or several outputs")
    if element_type(graph.output[0]) not in NUMBERS:
        raise NotInForm("its result is not a tensor of numbers")
    result = np.asarray(outputs[0]).astype(np.float32)
    if result.size == 0:
        raise NotInForm("it has an empty output")
    bound = [initializer(value, array) for value, array in zip(graph.input, inputs)]
    name, size = graph.output[0].name, result.size
    shape = numpy_helper.from_array(np.array([1, size]), "folded_shape")
    nodes = list(graph.node) + [
        helper.make_node("Cast", [name], ["folded_cast"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["folded_cast", "folded_shape"], ["folded_row"]),
        helper.make_node("Add", ["folded_zeros", "folded_row"], ["folded_result"])]
    made = helper.make_graph(
        nodes, "test", [helper.make_tensor_value_info("folded_zeros", TensorProto.FLOAT, [1, size])],
        [helper.make_tensor_value_info("folded_result", TensorProto.FLOAT, [1, size])],
        list(graph.initializer) + bound + [shape])
    return model_of(made, case.model), [np.zeros((1, size), np.float32)], [[result]]


class Runner:
    """hrn-compile and hrn-run on models of this process."""

    def __init__(self, bin, folder):
        self.compile, self.run = Path(bin) / "hrn-compile", Path(bin) / "hrn-run"
        self.folder = Path(folder)

    def outputs(self, content, pictures):
        """What the model answers to each picture: a list of arrays per picture, in the order of its outputs."""
        source = self.folder / "test.onnx"
        source.write_bytes(content)
        return self.answers(source, pictures)

    def answers(self, source, pictures):
        """The same for a model in a file."""
        target, tensor = self.folder / "test.hrn", self.folder / "test.bin"
        done = subprocess.run([self.compile, source, "-o", target, "--force", "--quiet"], capture_output=True, text=True)
        if done.returncode == 65:
            raise Refused(reason(done.stderr))
        if done.returncode != 0:
            raise AssertionError(f"hrn-compile ends with {done.returncode}: {done.stderr.strip()}")
        answers = []
        for picture in pictures:
            tensor.write_bytes(np.ascontiguousarray(picture, "<f4").tobytes())
            done = subprocess.run([self.run, target, "--tensor", tensor, "--outputs", "--json"], capture_output=True,
                                  text=True)
            if done.returncode != 0:
                raise AssertionError(f"hrn-run ends with {done.returncode}: {done.stderr.strip()}")
            answers.append(list(json.loads(done.stdout)["outputs"].values()))
        return answers


def reason(words):
    """The first thing that hrn-compile says, without the name of the file."""
    lines = [line.strip() for line in words.replace("hrn-compile: ", "").splitlines() if line.strip()]
    first = lines[0].split(".onnx: ", 1)[-1]
    return lines[1] if "cannot be compiled" in first and len(lines) > 1 else first


def check(runner, model, pictures, expected, rtol, atol, logarithm=False):
    """Raises AssertionError where an answer is not what is expected."""
    for found, wanted in zip(runner.outputs(model.SerializeToString(), pictures), expected, strict=True):
        assert len(found) == len(wanted), f"{len(found)} outputs, expected {len(wanted)}"
        for one, other in zip(found, wanted):
            other = np.exp(other) if logarithm else other
            np.testing.assert_allclose(np.array(one, np.float32), other.reshape(-1), rtol=rtol, atol=atol)


def node_tests():
    from onnx.backend.test.case.node import collect_testcases
    for case in collect_testcases(None):
        for inputs, outputs in case.data_sets:
            yield case, inputs, outputs


def run_node_tests(runner, report):
    for case, inputs, outputs in node_tests():
        for form, adapt in (("value", as_value), ("folded", as_folded)):
            name = f"{case.name} {form}"
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    model, pictures, expected = adapt(case, inputs, outputs)
            except NotInForm as error:
                report.skip(name, str(error))
                continue
            except (TypeError, ValueError, KeyError, AttributeError, NotImplementedError) as error:
                report.skip(name, f"it is not made of tensors ({type(error).__name__})")
                continue
            operators = [node.op_type for node in case.model.graph.node]
            report.run(name, lambda: check(runner, model, pictures, expected, ROUNDED.get(case.name, RTOL), ATOL,
                                           logarithm=form == "value" and operators == ["LogSoftmax"]))


def written_out(model):
    """The model with the weights that it fills with one number in the file, which hrn-compile wants of so many."""
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    filled = [node for node in model.graph.node if node.op_type == "ConstantOfShape" and node.input[0] in constants]
    for node in filled:
        value = next((numpy_helper.to_array(a.t) for a in node.attribute if a.name == "value"), np.zeros(1, np.float32))
        array = np.full(constants[node.input[0]], value.item(), value.dtype)
        model.graph.initializer.append(numpy_helper.from_array(array, node.output[0]))
        model.graph.node.remove(node)
    return model


def run_light_models(runner, report):
    for path in sorted(LIGHT.glob("light_*.onnx")):
        name = path.stem.removeprefix("light_")
        model = onnx.load(path)
        bound = {tensor.name for tensor in model.graph.initializer}
        source = next(value for value in model.graph.input if value.name not in bound)
        shape = [dim.dim_value for dim in source.type.tensor_type.shape.dim]
        image = (np.arange(np.prod(shape)).reshape(shape) / np.prod(shape)).astype(np.float32)
        answer = onnx.load_tensor(str(path).replace(".onnx", "_output_0.pb"))
        expected = [[numpy_helper.to_array(answer)]]
        rtol = LIGHT_RTOL.get(name, 1e-3)
        report.run(f"light_{name}", lambda: check(runner, written_out(model), [image], expected, rtol, 1e-7))


def run_exports(runner, report):
    """The trained networks of this repository as ONNX, by its checker and its interpreter, against hrn-run."""
    from onnx.reference import ReferenceEvaluator

    for path in sorted(MODELS.glob("*/*.hrn")):
        def test():
            exported = runner.folder / "exported.onnx"
            done = subprocess.run([runner.compile, "export-onnx", path, "-o", exported, "--force", "--quiet"],
                                  capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            model = onnx.load(exported)
            onnx.checker.check_model(model, full_check=True)
            shape = [axis.dim_value for axis in model.graph.input[0].type.tensor_type.shape.dim]
            image = np.random.default_rng(1).uniform(-1, 1, shape).astype(np.float32)
            expected = ReferenceEvaluator(model).run(None, {model.graph.input[0].name: image})
            found = runner.answers(path, [image])
            for one, other in zip(found[0], expected, strict=True):
                np.testing.assert_allclose(np.array(one, np.float32), other.reshape(-1), rtol=1e-4, atol=1e-5)

        report.run(f"export_{path.stem}", test)


class Report:
    def __init__(self, claimed, verbose):
        self.claimed, self.verbose = claimed, verbose
        self.passed, self.failed, self.reasons = [], [], {}

    def run(self, name, test):
        try:
            test()
        except Refused as error:
            self.skip(name, str(error))
        except AssertionError as error:
            self.failed.append(name)
            print(f"FAILED       {name}: {' '.join(str(error).split())[:400]}")
        else:
            self.passed.append(name)

    def skip(self, name, why):
        self.reasons[name] = why
        if name in self.claimed:
            self.failed.append(name)
            print(f"FAILED       {name}: is claimed, but {why}")
        elif self.verbose:
            print(f"not claimed  {name}: {why}")

    def summary(self):
        new = sorted(set(self.passed) - self.claimed)
        for name in new:
            print(f"passes, but is not in claimed.txt: {name}")
        gone = sorted(self.claimed - set(self.passed) - set(self.failed))
        for name in gone:
            print(f"in claimed.txt, but there is no such test: {name}")
        kinds = Counter(name.rsplit(" ", 1)[-1] if " " in name else part(name) for name in self.passed)
        print(f"\n{len(self.passed)} passed ("
              + ", ".join(f"{count} as {kind}" for kind, count in sorted(kinds.items()))
              + f"), {len(self.failed)} failed, {len(self.reasons)} not claimed")
        return not self.failed and not gone


PARTS = {"nodes": run_node_tests, "light": run_light_models, "exports": run_exports}


def part(name):
    """Of the tests that one of this name is in."""
    return {"light": "light", "export": "exports"}.get(name.split("_")[0], "nodes")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True, help="folder of hrn-compile and hrn-run")
    parser.add_argument("--list", action="store_true", help="say why each test that is not claimed is not")
    parser.add_argument("--update", action="store_true", help="write claimed.txt anew")
    parser.add_argument("--only", choices=list(PARTS), help="one part of the tests")
    arguments = parser.parse_args()
    known = set(CLAIMED.read_text().split("\n")) - {""} if CLAIMED.exists() else set()
    claimed = {name for name in known if arguments.only in (None, part(name))}
    report = Report(set() if arguments.update else claimed, arguments.list)
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(arguments.bin, folder)
        for name, run in PARTS.items():
            if arguments.only in (None, name):
                run(runner, report)
    if arguments.update and not report.failed:
        CLAIMED.write_text("".join(f"{name}\n" for name in sorted(known - claimed | set(report.passed))))
        report.claimed = set(report.passed)
    return 0 if report.summary() else 1


if __name__ == "__main__":
    sys.exit(main())
