"""The training regimes of the paper's authors, by name.

`published` is theirs for all shares of leaf labels but 10 %, `published-few` theirs for 10 %. Both: SGD with momentum
0.9 without Nesterov's form, weight decay 5e-4 on every parameter, no averages, labels drawn as they come. What the
authors leave open (epochs and batch of CUB-200-2011 and FGVC-Aircraft) is as in the names of their checkpoints.
"""

from .data import cars

_BOTH = {"momentum": 0.9, "nesterov": False, "weight_decay": 5e-4, "decay_all": True, "warmup": 0.0, "ema": 0.0,
         "leaf_share": "natural", "batch": 8}
PRESETS = ("published", "published-few")


def preset(name, data):
    """The options that a regime decides, for a data set."""
    if name == "published":
        return {**_BOTH, "lr": 0.002, "trunk_lr": 0.1, "schedule": "cosine-epoch", "epochs": 200}
    few = {**_BOTH, "lr": 1e-4, "trunk_lr": 1.0, "schedule": "step", "step_epochs": 60, "epochs": 100}
    return {**few, "lr": 1e-3, "batch": 32} if data == cars.NAME else few
