"""Exports a trained network as a float .hrn file that carries all it takes to use it: graph, label tree,
preprocessing, provenance, and golden pictures with the answers PyTorch gives."""

import io

import PIL
import torch

from . import __version__, hrnfile, interpret, pictures
from . import hrn_pb2 as pb
from .config import Config
from .errors import InputError
from .graph import build
from .methods import method_of
from .recipe import SCALE

#: largest difference from the expected outputs that a float32 engine with another order of sums may show
TOLERANCE = 1e-4
#: training pictures that say the ranges of what quantization-aware training does not round
OBSERVED = 256
KINDS = {"sigmoid": pb.SCORE_SIGMOID, "softmax": pb.SCORE_SOFTMAX}


def export(path, model, state, data, name, goldens=8):
    """Writes the .hrn file of a trained model and checks it by running it.

    `state` is the run's checkpoint contents (configuration, command, epochs, figures); `data` gives tree, recipe and
    golden pictures.
    """
    model.eval()
    height, width = data.recipe.size
    builder, tensors = build(model, height, width)
    graph = builder.graph
    graph.name = name
    graph.stage, graph.precision = pb.STAGE_SOURCE, pb.PRECISION_FLOAT32
    for result, tensor in zip(model.results, tensors):
        graph.outputs.add(name=f"{data.tree.level_names[result.level]}.{result.name}", tensor=tensor,
                          kind=KINDS[result.kind], level=result.level, decides=result.decides)
    config = Config.from_dict(state["config"])
    _add_tree(graph, data.tree, config.potential)
    _add_recipe(graph, data.recipe)
    _add_provenance(graph, config, state, data)
    if state.get("ranges"):
        _add_ranges(graph, builder.payload, state["ranges"], data)
    for index in pictures.choose(data.test, goldens):
        _add_golden(builder, model, data, index)
    graph.format_version = hrnfile.needed_version(graph)
    _check(graph, builder.payload, data.recipe)
    hrnfile.write(path, graph, builder.payload.content)


def _add_tree(graph, tree, potential):
    graph.tree.potential = pb.POTENTIAL_SIGMOID if potential == "sigmoid" else pb.POTENTIAL_LOGIT
    for k, label in enumerate(tree.level_names):
        start, end = tree.offsets[k], tree.offsets[k] + tree.level_sizes[k]
        parents = [parent - tree.offsets[k - 1] for parent in tree.parents[start:end]] if k else []
        graph.tree.levels.add(name=label, labels=tree.names[k], parents=parents)


def resize_filter(pillow=PIL.__version__):
    """The order of axes that this Pillow resizes in: from version 13 on the vertical one may come first."""
    if int(pillow.split(".")[0]) >= 13:
        return pb.RESIZE_BILINEAR_ANTIALIAS
    return pb.RESIZE_BILINEAR_ANTIALIAS_HORIZONTAL_FIRST


def _add_recipe(graph, recipe):
    message = graph.recipe
    message.channels = recipe.channels
    message.color_order = pb.COLOR_RGB
    message.exif = pb.EXIF_APPLY if recipe.exif else pb.EXIF_IGNORE
    message.resize.filter, message.resize.mode = resize_filter(), pb.RESIZE_SQUASH
    message.resize.height, message.resize.width = recipe.resize
    if recipe.crop:
        message.crop.height, message.crop.width = recipe.crop
    if recipe.pad:
        pad = message.pad
        pad.left = pad.top = pad.right = pad.bottom = recipe.pad
        pad.value.extend([recipe.pad_value] * recipe.channels)
    message.scale = SCALE
    message.mean.extend(recipe.mean)
    message.std.extend(recipe.std)


def _add_provenance(graph, config, state, data):
    provenance = graph.provenance
    provenance.tool, provenance.tool_version = "hrn_train", __version__
    provenance.source_format = "pytorch"
    training = provenance.training
    training.method = method_of(config).about(config)
    training.command = state["command"]
    training.framework = f"PyTorch {state['framework']}"
    training.data = f"{data.name}: {len(data.train)} training and {len(data.test)} test pictures"
    training.seed, training.epochs = config.seed, state["best_epoch"] or state["epoch"]
    if state["best_epoch"]:
        by = {"val": "validation", "test": "test"}[config.select]
        training.method += f"; epoch {training.epochs} of {state['epoch']}, the best on the {by} pictures"
    tested = [record["test"] for record in state["history"] if "test" in record and record["epoch"] == training.epochs]
    for level in tested[-1]["levels"] if tested else []:
        if level["accuracy"] is not None:
            training.accuracy.add(level=level["level"], percent=level["accuracy"], images=level["samples"])


@torch.no_grad()
def _add_ranges(graph, payload, trained, data):
    """The ranges that training rounded to; for all other activations what they are on training pictures."""
    seen, content = {}, bytes(payload.content)

    def observe(tensor, value):
        low, high = seen.get(tensor, (0.0, 0.0))
        seen[tensor] = min(low, float(value.min())), max(high, float(value.max()))

    for index in range(min(OBSERVED, len(data.train))):
        pixels = data.recipe.window(data.train.images[torch.tensor([index])])
        interpret.run(graph, content, data.recipe.normalize(pixels), observe)
    for tensor, bounds in seen.items():
        low, high = trained.get(graph.tensors[tensor].name, bounds)
        graph.tensors[tensor].range.low = low
        graph.tensors[tensor].range.high = high if high > low else 1.0           # nothing but zeros was seen


@torch.no_grad()
def _add_golden(builder, model, data, index):
    """Expected outputs are PyTorch's float32 answers to the pixels that decoding the stored JPEG gives."""
    blob = pictures.jpeg(data.test, data.recipe, index)
    golden = builder.graph.goldens.add(name=f"{pictures.label(data.test, data.tree, index)}-{index:05d}")
    builder.payload.append(blob, golden.jpeg)
    for number, values in enumerate(model.answers(model(_image(blob, data.recipe)))):
        answer = golden.outputs.add(output=number, tolerance=TOLERANCE)
        builder.payload.append(values.numpy().astype("<f4").tobytes(), answer.expected)


def _image(blob, recipe):
    return recipe.normalize(recipe.window(recipe.load(io.BytesIO(blob))[None]))


@torch.no_grad()
def _check(graph, payload, recipe):
    """Runs the graph on its goldens; what it computes must be what the model computed."""
    content = bytes(payload.content)
    for golden in graph.goldens:
        jpeg = content[golden.jpeg.offset:golden.jpeg.offset + golden.jpeg.length]
        found = interpret.run(graph, content, _image(jpeg, recipe))
        for answer in golden.outputs:
            blob = content[answer.expected.offset:answer.expected.offset + answer.expected.length]
            expected = torch.frombuffer(bytearray(blob), dtype=torch.float32)
            difference = float((found[answer.output].flatten() - expected).abs().max())
            if not difference <= TOLERANCE:
                raise InputError(f"golden '{golden.name}': the exported graph differs from the model by {difference} "
                                 f"in output '{graph.outputs[answer.output].name}', more than {TOLERANCE}; "
                                 "this is a defect of the exporter")
