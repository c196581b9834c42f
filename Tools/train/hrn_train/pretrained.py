"""Weights to start from: a trunk's from a plain ResNet, as PyTorch's model collections store them, or all of a network's
from a run or an exported file."""

from pathlib import Path

import numpy as np
import torch

from . import hrnfile
from .checkpoint import read_checkpoint, weights
from .errors import MISSING_INPUT, InputError

#: children of a plain ResNet -> their places in the trunk; whatever else such a file holds is its classifier
PLACES = {"conv1": "0", "bn1": "1", "layer1": "4", "layer2": "5", "layer3": "6", "layer4": "7"}


def load_trunk(model, path):
    """Copies a ResNet's weights into the trunk of an HRN; every tensor of the trunk must be there and fit."""
    try:
        state = torch.load(str(path), map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; --init takes the state_dict of a ResNet", MISSING_INPUT) from None
    except Exception as error:                    # torch raises many kinds for what is not a state_dict
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{path}: not a state_dict that can be read without executing it: {reason}") from None
    found = {}
    for key, value in state.items() if isinstance(state, dict) else ():
        head, _, rest = key.partition(".")
        if head in PLACES:
            found[f"{PLACES[head]}.{rest}"] = value
    for key, value in model.features.state_dict().items():
        if key not in found:
            if key.endswith("num_batches_tracked"):         # files older than this counter lack it
                continue
            raise InputError(f"{path}: lacks the trunk's tensor '{key}'; choose --trunk, --width and --stem to match")
        if found[key].shape != value.shape:
            raise InputError(f"{path}: tensor for the trunk's '{key}' has shape {list(found[key].shape)}, expected "
                             f"{list(value.shape)}; choose --trunk, --width, --stem and --channels to match")
        with torch.no_grad():
            value.copy_(found[key])


def load_start(model, path):
    """Copies the weights that a run has come to, or those of an exported .hrn file, into a network of the same kind."""
    found = _exported(path) if str(path).endswith(".hrn") else weights(read_checkpoint(path))
    for key, value in model.state_dict().items():
        if key not in found:
            if key.endswith("num_batches_tracked"):         # an exported file does without this counter
                continue
            raise InputError(f"{path}: lacks '{key}'; choose the method and the network that it was trained with")
        if found[key].shape != value.shape:
            raise InputError(f"{path}: '{key}' has shape {list(found[key].shape)}, expected {list(value.shape)}; choose "
                             "the network that it was trained with")
        with torch.no_grad():
            value.copy_(found[key])


def _exported(path):
    if not Path(path).exists():
        raise InputError(f"{path}: no such file; --start takes a run's directory or a .hrn file", MISSING_INPUT)
    graph, payload = hrnfile.read(path)
    found = {}
    for tensor in graph.tensors:
        if tensor.HasField("weights"):
            values = np.frombuffer(payload, "<f4", tensor.weights.length // 4, tensor.weights.offset)
            found[tensor.name] = torch.from_numpy(values.copy()).view(*tensor.shape)
    return found
