"""A run's checkpoint: weights, optimizer state, averages, and all that decides how the run continues."""

from pathlib import Path

import torch

from .config import Config
from .errors import MISSING_INPUT, InputError
from .files import write_atomically
from .recipe import Recipe
from .tree import LabelTree

CHECKPOINT = "checkpoint.pt"
FORMAT = 1
KEYS = ("config", "tree", "recipe", "command", "framework", "epoch", "history", "model", "optimizer", "average")


def write_checkpoint(path, state):
    write_atomically(path, lambda file: torch.save({"format": FORMAT, **state}, file))


def read_checkpoint(run):
    """The state in a run's directory (or in a checkpoint file); nothing in the file is executed."""
    path = Path(run)
    path = path / CHECKPOINT if path.is_dir() else path
    try:
        state = torch.load(str(path), map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise InputError(f"{path}: no such checkpoint; expected the directory that 'fit --output' wrote",
                         MISSING_INPUT) from None
    except Exception as error:                    # torch raises many kinds for what is not a checkpoint
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{path}: not a checkpoint of this trainer: {reason}") from None
    missing = [key for key in KEYS if not isinstance(state, dict) or key not in state]
    if missing or state.get("format") != FORMAT:
        lacks = ", ".join(missing) or f"format {FORMAT}"
        raise InputError(f"{path}: not a checkpoint of this trainer: lacks {lacks}; a plain state_dict cannot be "
                         "resumed or exported")
    state["config"] = Config.from_dict(state["config"]).to_dict()
    return state


def parts(state):
    """(configuration, tree, recipe) of a checkpoint."""
    return Config.from_dict(state["config"]), LabelTree.from_dict(state["tree"]), Recipe.from_dict(state["recipe"])
