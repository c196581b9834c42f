"""The engines that are compared: how each opens a model and runs it, in a process of its own.

    engines.py ENGINE PRECISION MODEL THREADS INPUT OUTPUTS

INPUT holds pictures. A worker opens the model, runs it once on the first and writes a line about that. Then it does
what lines on standard input say: `run N` times as many runs, after a few that warm up; `answer` writes the outputs for
all pictures, one after another. Lines for the caller begin with @.
"""

import importlib
import json
import sys
import time

import numpy as np


def open_onnxruntime(model, threads, precision):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda x: session.run(None, {name: x})


def open_openvino(model, threads, precision):
    import openvino

    core = openvino.Core()
    settings = {
        "PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads,
        # What OpenVINO computes in where it is not told is bfloat16, on CPUs that have it.
        "INFERENCE_PRECISION_HINT": "bf16" if precision == "bfloat16" else "f32",
    }
    compiled = core.compile_model(core.read_model(model), "CPU", settings)
    # A CPU without bfloat16 is given float32, whatever it was asked for.
    computed = str(compiled.get_property("INFERENCE_PRECISION_HINT"))
    request = compiled.create_infer_request()
    outputs = [request.get_output_tensor(index) for index in range(len(compiled.outputs))]

    def run(x):
        request.set_input_tensor(openvino.Tensor(x))
        request.infer()
        return [output.data.copy() for output in outputs]

    run.computes_in = "float32" if precision == "bfloat16" and "float32" in computed else precision
    return run


def open_ncnn(model, threads, precision):
    import ncnn

    net = ncnn.Net()
    net.opt.num_threads = threads
    net.opt.use_vulkan_compute = False
    net.opt.openmp_blocktime = 20
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
    net.opt.use_bf16_storage = precision == "bfloat16"
    if net.load_param(model + ".param") != 0 or net.load_model(model + ".bin") != 0:
        raise OSError(f"{model}.param and .bin cannot be read")
    names = list(net.output_names())

    def run(x):
        with net.create_extractor() as extractor:
            extractor.input("input", ncnn.Mat(x[0]))
            return [extractor.extract(name)[1].numpy().copy() for name in names]

    run.computes_in = "float32, stored as bfloat16" if precision == "bfloat16" else precision
    return run


def open_litert(model, threads, precision):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=model, num_threads=threads)
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]["index"]
    results = [detail["index"] for detail in interpreter.get_output_details()]

    def run(x):
        interpreter.set_tensor(source, x)
        interpreter.invoke()
        return [interpreter.get_tensor(result) for result in results]

    # Whoever uses LiteRT has pictures with their channels last.
    run.lay_out = lambda x: np.ascontiguousarray(x.transpose(0, 2, 3, 1))
    return run


#: how an engine opens a model, the package it is in, and what it computes in
ENGINES = {
    "onnxruntime": (open_onnxruntime, "onnxruntime", ("float32", "int8")),
    "openvino": (open_openvino, "openvino", ("float32", "bfloat16", "int8")),
    "ncnn": (open_ncnn, "ncnn", ("float32", "bfloat16", "int8")),
    "litert": (open_litert, "ai_edge_litert", ("float32", "int8")),
}


#: runs before those that are timed, in every turn
WARMUP = 3


def memory(key):
    """A number of bytes in the system's account of this process."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(key)) * 1024


def say(message):
    print("@" + json.dumps(message), flush=True)


def timed(run, x):
    start = time.perf_counter()
    run(x)
    return (time.perf_counter() - start) * 1e3


def forget_peak():
    """Has the system's account of the most memory begin anew: what a package took to be imported is not the engine's."""
    try:
        with open("/proc/self/clear_refs", "w") as account:
            account.write("5")
    except OSError:
        pass  # A system without it counts that too, against the engine.


def main():
    engine, precision, model, threads, source, results = sys.argv[1:]
    pictures = np.load(source)
    opens, package, _ = ENGINES[engine]
    importlib.import_module(package)
    # What Python and its packages took until here, a program in C++ would not.
    forget_peak()
    held, start = memory("VmRSS:"), time.perf_counter()
    run = opens(model, int(threads), precision)
    load = (time.perf_counter() - start) * 1e3
    lay_out = getattr(run, "lay_out", lambda x: x)
    x = lay_out(pictures[:1])
    first = timed(run, x)
    say({"computes_in": getattr(run, "computes_in", precision), "load_ms": load, "first_ms": first,
         "start_ms": load + first, "peak_resident_bytes": memory("VmHWM:") - held})
    for line in sys.stdin:
        word, *count = line.split()
        if word == "run":
            for _ in range(WARMUP):
                run(x)
            say({"latencies_ms": [timed(run, x) for _ in range(int(count[0]))]})
        else:
            outputs = [output for picture in pictures for output in run(lay_out(picture[None]))]
            np.concatenate([np.asarray(output, np.float32).ravel() for output in outputs]).tofile(results)
            say({})


if __name__ == "__main__":
    main()
