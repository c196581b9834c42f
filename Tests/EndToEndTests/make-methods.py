"""Writes a tiny network of every method as our trainer saves it and as it exports it, for ImportedMethodTests.

    Tools/train/setup && .venv/bin/python Tests/EndToEndTests/make-methods.py        write Resources/ anew

NAME.pt is the checkpoint of a run, NAME.hrn the graph of the same network; both hold the same seeded numbers.
"""

import sys
from pathlib import Path

import torch

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "Tools/train"))

from hrn_train import checkpoint, export, hrnfile, methods, recipe, tree  # noqa: E402
from hrn_train import hrn_pb2 as pb  # noqa: E402
from hrn_train.config import Config  # noqa: E402
from hrn_train.graph import build  # noqa: E402

SIDE = 16
TREE = tree.LabelTree(("group", "class"), (("a", "b"), ("v", "w", "x", "y", "z")), (-1, -1, 0, 1, 1, 1, 0))
RECIPE = recipe.Recipe(channels=1, resize=(SIDE + 4, SIDE + 2), crop=(SIDE - 2, SIDE - 2), pad=1, pad_value=7,
                       mean=(0.5,), std=(0.25,))
VARIANTS = {
    "lmlp": {"method": "lmlp"}, "hmcn": {"method": "hmcn"}, "fgn": {"method": "fgn"}, "chmcnn": {"method": "chmcnn"},
    "flat": {"method": "flat"}, "hrn-logit": {"potential": "logit"}, "hrn-no-gsb": {"gsb": False},
    "hrn-no-residual": {"residual": False}, "hrn-no-relu": {"relu": False}, "hrn-tree": {"loss": "tree"},
    "hrn-ce": {"loss": "ce"},
}


def seed(model, number):
    generator = torch.Generator().manual_seed(number)
    for name, value in model.state_dict().items():
        if name.endswith("num_batches_tracked"):
            value.fill_(3)
        elif name.endswith("running_var"):
            value.copy_(torch.rand(value.shape, generator=generator) + 0.5)
        else:
            value.copy_(torch.randn(value.shape, generator=generator) / max(value[0].numel(), 4) ** 0.5)
    return model.eval()


def write(name, number, options):
    config = Config(block="basic", blocks=(1,), width=4, stem="small", feature_size=6, embedding=5, channels=1, **options)
    model = seed(methods.method_of(config).network(config, config.trunk(1), TREE), number)
    state = {**checkpoint.SINCE_2, "config": config.to_dict(), "tree": TREE.to_dict(), "recipe": RECIPE.to_dict(), "command": "fit",
             "framework": torch.__version__, "epoch": 1, "history": [], "model": model.state_dict(), "average": {},
             "momentum": {}}
    checkpoint.write_checkpoint(HERE / "Resources" / f"{name}.pt", state)
    builder, tensors = build(model, *RECIPE.size)
    graph = builder.graph
    graph.format_version = hrnfile.needed_version(graph)
    graph.name, graph.stage, graph.precision = name, pb.STAGE_SOURCE, pb.PRECISION_FLOAT32
    for result, tensor in zip(model.results, tensors):
        graph.outputs.add(name=f"{TREE.level_names[result.level]}.{result.name}", tensor=tensor,
                          kind=export.KINDS[result.kind], level=result.level, decides=result.decides)
    export._add_tree(graph, TREE, config.potential)
    export._add_recipe(graph, RECIPE)
    hrnfile.write(HERE / "Resources" / f"{name}.hrn", graph, builder.payload.content)


def main():
    (HERE / "Resources").mkdir(exist_ok=True)
    for number, (name, options) in enumerate(VARIANTS.items()):
        write(name, number, options)


if __name__ == "__main__":
    main()
