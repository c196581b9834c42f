"""Writes small checkpoints in every way that PyTorch and safetensors have of saving them, for HRNImportTests.

    Tools/train/setup && .venv/bin/pip install safetensors
    .venv/bin/python Tests/HRNImportTests/make-checkpoints.py        write Resources/ anew

One tiny HRN with seeded weights is saved as hrn-*.pt and hrn.safetensors: all hold the same numbers. hrn-answers
.safetensors holds pictures and what PyTorch answers to them. layouts.pt holds tensors that lie in memory in unusual
ways, layouts.safetensors the same numbers as plain float32. Written with PyTorch 2.13 and safetensors 0.8. The legacy
files differ from one run to the next: PyTorch names storages in them by their addresses.
"""

import argparse
import io
import json
import sys
import types
import warnings
from collections import Counter, OrderedDict
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

HERE = Path(__file__).resolve().parent
FOLDER = HERE / "Resources"
sys.path.insert(0, str(HERE.parents[1] / "Tools/train"))

from hrn_train import checkpoint, methods, recipe, resnet, tree  # noqa: E402
from hrn_train.config import Config  # noqa: E402

SEED = 20201
LEVELS = (2, 5)
SIDE = 16


# -------------------------------------------------------------------------------------------------------- the network


def seeded(module):
    """The module with every number drawn anew: none of them is the same, none is 0 or 1, variances are positive."""
    generator = torch.Generator().manual_seed(SEED)
    for name, value in module.state_dict().items():
        if name.endswith("num_batches_tracked"):
            value.fill_(12)
        elif name.endswith("running_var"):
            value.copy_(torch.rand(value.shape, generator=generator) + 0.5)
        else:
            value.copy_(torch.randn(value.shape, generator=generator) / max(value[0].numel(), 4) ** 0.5)
    return module.eval()


def network():
    trunk = resnet.TrunkSpec("basic", (1, 1), 4, "small", 1)
    return seeded(methods.hrn.HRN(trunk, LEVELS, feature_size=8, embedding=6))


def author_class(module, name, base):
    """A class as an author's own file would define it: pickle writes nothing of it but its name."""
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        sys.modules.setdefault(".".join(parts[:end]), types.ModuleType(module))
    kind = type(name, (base,), {"__module__": module, "__qualname__": name})
    setattr(sys.modules[module], name, kind)
    return kind


def as_authors_module(net, module):
    """The network as an instance of the authors' classes: HIFD2 of modules that are trunk, blocks and heads."""
    outer = author_class(module, "HIFD2", nn.Module)()
    unit = author_class(module, "BasicConv", nn.Module)
    block = author_class("torchvision.models.resnet", "BasicBlock", nn.Module)

    def converted(part):
        kind = type(part).__name__
        if kind not in ("ConvolutionUnit", "BasicBlock"):
            for name, child in part.named_children():
                part._modules[name] = converted(child)
            return part
        made = (unit if kind == "ConvolutionUnit" else block)()
        for name, child in part.named_children():
            made.add_module(name, child)
        if kind == "ConvolutionUnit":
            made.out_channels = part.conv.out_channels
        else:
            made.stride = part.conv1.stride[0]
        return made

    for name, child in network().named_children():
        outer.add_module(name, converted(child))
    outer.num_ftrs = 8
    outer.eval()
    state = net.state_dict()
    assert list(outer.state_dict()) == list(state)
    outer.load_state_dict(state)
    return outer


# ---------------------------------------------------------------------------------------------------- ways of saving


def training_state(net):
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    for parameter in net.parameters():
        parameter.grad = torch.ones_like(parameter)
    buffers = {name: value.clone() for name, value in net.state_dict().items()}
    optimizer.step()
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [30, 60])
    return {"epoch": 7, "arch": "hrn", "best_acc": 0.5, "state_dict": buffers, "optimizer": optimizer.state_dict(),
            "scheduler": scheduler.state_dict(), "milestones": Counter({30: 1}), "size": torch.Size([1, 2]),
            "device": torch.device("cpu"), "type": torch.float32, "seed": 2 ** 63, "negative": -2 ** 40,
            "args": argparse.Namespace(lr=0.1, data="birds", levels=[2, 5], resume=None)}


def trainer_state(net):
    labels = tree.LabelTree(("group", "class"), (("a", "b"), ("v", "w", "x", "y", "z")), (-1, -1, 0, 0, 1, 1, 1))
    pixels = recipe.Recipe(channels=1, resize=(SIDE, SIDE), mean=(0.5,), std=(0.25,))
    config = Config(block="basic", blocks=(1, 1), width=4, stem="small", feature_size=8, embedding=6, channels=1)
    state = net.state_dict()
    return {**checkpoint.SINCE_2, "config": config.to_dict(), "tree": labels.to_dict(), "recipe": pixels.to_dict(),
            "command": ["fit"], "framework": "2.13", "epoch": 3, "history": [],
            "model": {name: value * 2 for name, value in state.items()}, "average": dict(state),
            "momentum": {name: value * 3 for name, value in net.named_parameters()}}


def layouts():
    """Tensors in unusual places of their storages, and the same numbers as plain ones."""
    generator = torch.Generator().manual_seed(SEED)
    base = torch.randn(4, 6, generator=generator)
    odd = torch.tensor([0.0, -0.0, 1 / 3, 65504.0, 6e-8, -6.1e-5, 2.5, float("inf"), float("-inf"), 1e-30])
    whole = torch.tensor([0, 1, -1, 127, -128, 100])
    tensors = OrderedDict(
        base=base, shared=base, row=base[2], column=base[:, 3], transposed=base.t(), inner=base[1:3, 2:5],
        every_second=base.flatten()[1::2], channels_last=torch.randn(2, 3, 2, 2, generator=generator).contiguous(
            memory_format=torch.channels_last), expanded=base.flatten()[:3].expand(2, 3), number=torch.tensor(2.5),
        empty=torch.empty(0, 3), float64=odd.double() * 1.1, float16=odd.half(), bfloat16=odd.bfloat16(),
        float16_row=base.half()[1], int64=whole * 2 ** 33 + whole, int32=whole.int() * 2 ** 23, int16=whole.short() * 256,
        int8=whole.char(), uint8=torch.tensor([0, 1, 255], dtype=torch.uint8), bool=torch.tensor([True, False, True]),
        parameter=nn.Parameter(base[0]), frozen=nn.Parameter(base[1], requires_grad=False))
    return tensors, {name: value.detach().float().contiguous().clone() for name, value in tensors.items()}


def source_lines(kind):
    """In place of torch's: the legacy form carries every class's source text, and that of torch is not ours to carry."""
    if kind.__name__ == "HIFD2":
        raise OSError("no source, as for a class that was typed at a prompt")
    return [f"class {kind.__name__}:\n", "    import os\n"], 1, f"{kind.__name__}.py"


def main():
    FOLDER.mkdir(exist_ok=True)
    torch.serialization.get_source_lines_and_file = source_lines
    warnings.simplefilter("ignore")
    net = network()
    state = net.state_dict()

    def write(name, content, **options):
        stream = io.BytesIO()                     # a file's name would become the archive's prefix, and so its bytes
        torch.save(content, stream, **options)
        (FOLDER / name).write_bytes(stream.getvalue())

    write("hrn-state-dict.pt", state)
    write("hrn-legacy.pt", state, _use_new_zipfile_serialization=False)
    write("hrn-protocol4.pt", state, pickle_protocol=4)
    write("hrn-module.pt", as_authors_module(net, "RFM"))
    write("hrn-module-legacy.pt", as_authors_module(net, "RFM_car"), _use_new_zipfile_serialization=False)
    write("hrn-module-protocol5.pt", as_authors_module(net, "__main__"), pickle_protocol=5)
    write("hrn-data-parallel.pt", nn.DataParallel(as_authors_module(net, "RFM")))
    write("hrn-data-parallel-state.pt", nn.DataParallel(net).state_dict())
    write("hrn-compiled-state.pt", {"model": OrderedDict(("module._orig_mod." + k, v) for k, v in state.items())})
    write("hrn-training-state.pt", training_state(network()))
    write("hrn-double.pt", network().double().state_dict())
    save_file(state, str(FOLDER / "hrn.safetensors"), metadata={"format": "pt"})
    checkpoint.write_checkpoint(FOLDER / "hrn-trainer.pt", trainer_state(net))

    pictures = torch.randn(3, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(SEED))
    with torch.no_grad():
        output = net(pictures)
    save_file({"pictures": pictures, "scores": output.scores.contiguous(), "leaf_logits": output.leaf_logits},
              str(FOLDER / "hrn-answers.safetensors"))

    tensors, plain = layouts()
    write("layouts.pt", tensors)
    write("layouts-legacy.pt", tensors, _use_new_zipfile_serialization=False)
    save_file(plain, str(FOLDER / "layouts.safetensors"))
    print(json.dumps({path.name: path.stat().st_size for path in sorted(FOLDER.iterdir())}, indent=1))


if __name__ == "__main__":
    main()
