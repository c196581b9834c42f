"""What is run: every run as a value, in the order in which they are carried out."""

from dataclasses import dataclass, replace

from ..config import Config

SEEDS = (0, 1, 2)
STEPS, TUNING_STEPS = 1200, 500
KEPT = {0: 1.0, 50: 0.5, 90: 0.1, 99: 0.01}       # relabel ratio in percent -> share of leaf labels kept
FACTOR = 0.25                                     # of the resolution of pictures without a leaf label

#: a narrow trunk and a fixed number of steps: a run takes less than half a minute on one core
BASE = Config(block="basic", blocks=(1, 1, 1), width=16, stem="large", epochs=1, epoch_pictures=STEPS * 64,
              batch=64, ema=0.0)

#: widths at which the hierarchical methods have about as many parameters
WIDTHS = {"hrn": {"feature_size": 32, "embedding": 32}, "lmlp": {"feature_size": 256}, "hmcn": {"feature_size": 96},
          "fgn": {"feature_size": 512}, "chmcnn": {"feature_size": 224}, "flat": {}}

RATES = (0.025, 0.05, 0.1, 0.2, 0.4)
VARIANTS = {"hmcn": {"-dropout0.1": {"dropout": 0.1}}, "chmcnn": {"-dropout0.1": {"dropout": 0.1}}}

#: chosen on held-out training pictures by the runs of "tuning"
TUNED = {"hrn": {"lr": 0.05}, "lmlp": {"lr": 0.2}, "hmcn": {"lr": 0.025, "dropout": 0.1}, "fgn": {"lr": 0.025},
         "chmcnn": {"lr": 0.1, "dropout": 0.1}, "flat": {"lr": 0.4}}

#: what HRN is without, or with instead
ABLATIONS = {"no-gsb": {"gsb": False}, "no-residual": {"residual": False}, "no-relu": {"relu": False},
             "tree-loss": {"loss": "tree"}, "cross-entropy": {"loss": "ce"}, "bce": {"loss": "bce+ce"},
             "natural-batches": {"leaf_share": None}, "logit": {"potential": "logit"}}


@dataclass(frozen=True)
class Experiment:
    """One run: `group/name` is its place among the results; `held_out` runs never see a test picture."""

    group: str
    name: str
    config: Config
    held_out: bool = False


def config_of(method, ratio, seed, **changes):
    """The configuration of a method at a relabel ratio."""
    keep = KEPT[ratio]
    values = {"method": method, "keep": keep, "seed": seed, "leaf_share": 0.5 if keep < 0.5 else None,
              **WIDTHS[method], **TUNED[method], **changes}
    return replace(BASE, **values)


def tuning():
    """Learning rates, and variants where a method has them, on held-out pictures at a relabel ratio of 90 %."""
    for method in WIDTHS:
        for suffix, changes in {"": {}, **VARIANTS.get(method, {})}.items():
            for rate in RATES:
                config = replace(BASE, method=method, keep=KEPT[90], leaf_share=0.5, lr=rate,
                                 epoch_pictures=TUNING_STEPS * BASE.batch, **WIDTHS[method], **changes)
                yield Experiment("tuning", f"{method}{suffix}-lr{rate}", config, held_out=True)


def matrix():
    for seed in SEEDS:
        for ratio in KEPT:
            for method in WIDTHS:
                yield Experiment("matrix", f"{method}-relabel{ratio}-seed{seed}", config_of(method, ratio, seed))


def ablations():
    for seed in SEEDS:
        for name, changes in ABLATIONS.items():
            yield Experiment("ablations", f"{name}-seed{seed}", config_of("hrn", 90, seed, **changes))
    for seed in SEEDS:
        for name in ("bce", "logit"):             # what stands in the place of the published tree loss
            yield Experiment("ablations", f"{name}-relabel99-seed{seed}", config_of("hrn", 99, seed, **ABLATIONS[name]))


def resolution():
    for seed in SEEDS:
        for method in ("hrn", "lmlp", "hmcn", "fgn", "chmcnn"):
            yield Experiment("resolution", f"{method}-relabel90-seed{seed}",
                             config_of(method, 90, seed, degrade=FACTOR))


GROUPS = {"tuning": tuning, "matrix": matrix, "ablations": ablations, "resolution": resolution}
