"""A run's checkpoint: weights, momentum, averages, and all that decides how the run continues.

A dictionary of `format`, `about` (a JSON text) and tensors by parameter name, saved by PyTorch. Nothing but text,
whole numbers and tensors, so that the reader of PyTorch 1.13 that executes nothing takes it as well.
"""

import json
import pickle
from pathlib import Path

import PIL
import torch

from .config import Config
from .errors import MISSING_INPUT, InputError
from .files import write_atomically
from .recipe import Recipe
from .tree import LabelTree

CHECKPOINT = "checkpoint.pt"
FORMAT = 2
ABOUT = ("config", "tree", "recipe", "command", "framework", "epoch", "history", "best_epoch", "scaler", "ranges")
TENSORS = ("model", "average", "momentum", "best")
#: what a checkpoint of format 1 lacks, and says by that
SINCE_2 = {"best_epoch": 0, "scaler": {}, "ranges": {}, "best": {}}
#: what format 1 calls by another name: the options of a configuration
RENAMED = {"fashion_dir": "data_dir", "val_share": "test_share"}


def write_checkpoint(path, state):
    """Writes a dictionary with the keys of ABOUT (JSON values) and TENSORS (dictionaries of tensors)."""
    about = {**{key: state[key] for key in ABOUT}, "pillow": PIL.__version__}      # whose resize the network has seen
    content = {"format": FORMAT, "about": json.dumps(about),
               **{key: state[key] for key in TENSORS}}
    write_atomically(path, lambda file: torch.save(content, file))


def read_checkpoint(run):
    """The state in a run's directory (or in a checkpoint file); nothing in the file is executed."""
    path = Path(run)
    path = path / CHECKPOINT if path.is_dir() else path
    try:
        content = torch.load(str(path), map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise InputError(f"{path}: no such checkpoint; expected the directory that 'fit --output' wrote",
                         MISSING_INPUT) from None
    except pickle.UnpicklingError:
        raise InputError(f"{path}: not a checkpoint of this trainer: it is no file of PyTorch's, or holds more than "
                         "numbers and text; name the directory that 'fit --output' wrote") from None
    except Exception as error:                    # torch raises many kinds for what is not a checkpoint
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{path}: not a checkpoint of this trainer: {reason}") from None
    if isinstance(content, dict) and content.get("format") == 1:
        content = {**SINCE_2, **content}
    missing = [key for key in ("about", *TENSORS) if not isinstance(content, dict) or key not in content]
    if missing or content.get("format") not in (1, FORMAT):
        lacks = ", ".join(missing) or f"format {FORMAT}"
        raise InputError(f"{path}: not a checkpoint of this trainer: lacks {lacks}; a plain state_dict cannot be "
                         "resumed or exported")
    about = json.loads(content["about"])
    if content["format"] == 1:
        about["config"] = {RENAMED.get(key, key): value for key, value in about["config"].items()}
    return {**SINCE_2, **about, **{key: content[key] for key in TENSORS}}


def weights(state):
    """The weights that a run has come to: of the selected epoch, else the averaged, else the trained ones."""
    return state["best"] or state["average"] or state["model"]


def parts(state):
    """(configuration, tree, recipe) of a checkpoint."""
    return Config.from_dict(state["config"]), LabelTree.from_dict(state["tree"]), Recipe.from_dict(state["recipe"])
