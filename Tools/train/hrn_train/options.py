"""The options of `fit`: each defined once, and turned into a run's configuration."""

import argparse

from .config import Config
from .data import BENCHMARK_RECIPE, BENCHMARKS, FASHION
from .errors import USAGE, InputError
from .methods import METHODS
from .methods.hrn import LOSSES
from .optimize import SCHEDULES
from .presets import PRESETS, preset
from .resnet import TRUNKS

FOLDER_ONLY = ("tree", "test_share", "channels")
PICTURES_ONLY = ("resize", "crop", "pad", "pad_value", "exif", "mean", "std")
#: options that only some methods have
METHOD_ONLY = {**dict.fromkeys(("potential", "loss", "gsb", "residual", "relu"), ("hrn",)),
               "embedding": ("hrn",), "dropout": ("hmcn", "chmcnn"), "label_smoothing": ("hrn", "fgn", "flat"),
               "feature_size": ("hrn", "lmlp", "hmcn", "fgn", "chmcnn")}


def size(text):
    """`HxW`, or one number for a square."""
    parts = text.lower().split("x")
    try:
        height, width = (int(part) for part in (parts * 2 if len(parts) == 1 else parts))
    except ValueError:
        height = width = 0
    if height < 1 or width < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a size; expected HEIGHTxWIDTH, such as 224x224")
    return height, width


def numbers(kind, what):
    def parse(text):
        try:
            return tuple(kind(part) for part in text.split(","))
        except ValueError:
            raise argparse.ArgumentTypeError(f"'{text}' is not a list of {what}, such as 0,1") from None
    return parse


def between(low, high, kind=float):
    def parse(text):
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not low <= value <= high:
            raise argparse.ArgumentTypeError(f"'{text}' is not a number from {low} to {high}")
        return value
    return parse


def at_least(low):
    def parse(text):
        if not text.isdigit() or int(text) < low:
            raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from {low}")
        return int(text)
    return parse


def add_fit_options(parser):
    """Options default to None here; `Config` holds the real defaults, which the help text repeats."""
    default = Config()

    def add(group, flag, text, **rest):
        field = flag.strip("-").replace("-", "_")
        value = getattr(default, field, None)
        shown = "" if value is None else f" (default {_shown(value, rest.get('type') is size)})"
        group.add_argument(flag, default=None, help=text + shown, **rest)

    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("-o", "--output", metavar="DIR", help="directory of a new run")
    target.add_argument("--resume", metavar="DIR", help="carry on an interrupted run, with its own options")

    data = parser.add_argument_group("pictures and labels")
    add(data, "--data", f"{', '.join((FASHION, *BENCHMARKS))}, or a folder of directories named by labels",
        metavar="DATA")
    add(data, "--data-dir", "where the data set named by --data lies", metavar="DIR")
    add(data, "--tree", "TSV of a folder's label tree: header, a line per leaf, a column per level", metavar="FILE")
    add(data, "--levels", "levels to learn, 0 = coarsest, such as 0,2 (default: all)", metavar="K,K",
        type=numbers(int, "levels"))
    add(data, "--test-share", "share of each class of a folder to test with, where it has no train/ and test/",
        metavar="P", type=between(0, 0.9))
    add(data, "--val-share", "share of each label's training pictures to choose between epochs by, where the data has "
        "no such pictures", metavar="P", type=between(0, 0.9))
    add(data, "--keep", "share of each class that keeps its deepest label; the rest get the parent's", metavar="P",
        type=between(0, 1))
    add(data, "--leaf-share", "share of every batch drawn from deepest-level labels; 'natural' draws as they come "
        "(default: 0.5 where --keep is below 0.5)", metavar="P", type=_leaf_share)

    add(data, "--degrade", "shrink training pictures that lack a deepest-level label by this factor", metavar="P",
        type=between(0.01, 1))

    recipe = parser.add_argument_group("recipe of picture files")
    add(recipe, "--channels", "1 = grey, 3 = colour", type=int, choices=(1, 3))
    add(recipe, "--resize", "squash every picture to this size", metavar="HxW", type=size)
    add(recipe, "--crop", "centre crop after resizing; training shifts it (--shift)", metavar="HxW", type=size)
    add(recipe, "--pad", "pixels to add on all sides", metavar="N", type=at_least(0))
    add(recipe, "--pad-value", "value of those pixels", metavar="V", type=between(0, 255, int))
    recipe.add_argument("--no-exif", dest="exif", action="store_false", default=None,
                        help="ignore the EXIF orientation of pictures")
    add(recipe, "--mean", "per channel, of 0..1", metavar="A,B,C", type=numbers(float, "numbers"))
    add(recipe, "--std", "per channel, of 0..1", metavar="A,B,C", type=numbers(float, "numbers"))

    method = parser.add_argument_group("method")
    add(method, "--method", "hrn; its rivals HMC-LMLP, HMCN-F, FGN, C-HMCNN(h); flat: the deepest level alone",
        choices=tuple(METHODS))
    add(method, "--potential", "what HRN's tree loss is fed", choices=("sigmoid", "logit"))
    add(method, "--loss", "HRN's: tree loss, or binary cross-entropy of all labels in its place; cross-entropy of the "
        "deepest level", choices=LOSSES)
    method.add_argument("--no-gsb", dest="gsb", action="store_false", default=None,
                        help="HRN without the levels' feature blocks")
    method.add_argument("--no-residual", dest="residual", action="store_false", default=None,
                        help="HRN without the sums over coarser levels")
    method.add_argument("--no-relu", dest="relu", action="store_false", default=None,
                        help="HRN without the ReLU ahead of its classifiers")
    add(method, "--dropout", "of hmcn and chmcnn (default: as published, 0.6 and 0.7)", metavar="P",
        type=between(0, 0.95))

    network = parser.add_argument_group("network")
    network.add_argument("--trunk", choices=sorted(TRUNKS), help="a ResNet's block kind and counts (default resnet50)")
    add(network, "--block", "kind of residual block", choices=("basic", "bottleneck"))
    add(network, "--blocks", "residual blocks per stage", metavar="N,N,..", type=numbers(int, "counts"))
    add(network, "--width", "channels of the first stage", metavar="N", type=at_least(1))
    add(network, "--stem", "large: 7x7 stride 2 and pool; small: 3x3 stride 1 and pool", choices=("large", "small"))
    add(network, "--feature-size", "width of HRN's feature blocks, of the other methods' hidden layers", metavar="N",
        type=at_least(1))
    add(network, "--embedding", "width of HRN's embeddings", metavar="N", type=at_least(1))

    add(network, "--start", "start from the weights of a finished run or an exported .hrn file of the same network",
        metavar="RUN")
    network.add_argument("--quantize", dest="quantize", action="store_true", default=None,
                         help="round weights and activations to 8 bits while training; the exported file then needs no "
                         "calibration pictures. For a few epochs with --start and a low --lr")
    add(network, "--init", "start the trunk from this state_dict of a plain ResNet", metavar="FILE")

    run = parser.add_argument_group("training")
    add(run, "--epochs", "passes over the training pictures", metavar="N", type=at_least(1))
    add(run, "--epoch-pictures", "pictures drawn per epoch, in whole passes (default: each training picture once)",
        metavar="N", type=at_least(2))
    add(run, "--batch", "pictures per step", metavar="N", type=at_least(2))
    run.add_argument("--preset", choices=PRESETS, help="the paper authors' regime, or theirs for few leaf labels; "
                     "options beside it win")
    add(run, "--lr", "peak learning rate", metavar="X", type=between(0, 100))
    add(run, "--trunk-lr", "factor of the trunk's learning rate, such as 0.1 with --init", metavar="X",
        type=between(0, 1))
    add(run, "--schedule", "cosine: warm-up, then half a cosine; cosine-epoch: the latter by epochs; step: a tenth "
        "every --step-epochs", choices=SCHEDULES)
    add(run, "--warmup", "share of the steps that warm up", metavar="P", type=between(0, 1))
    add(run, "--step-epochs", "of the step schedule", metavar="N", type=at_least(1))
    add(run, "--momentum", "of SGD", metavar="X", type=between(0.01, 1))
    run.add_argument("--no-nesterov", dest="nesterov", action="store_false", default=None, help="plain momentum")
    add(run, "--weight-decay", "of weights, not of biases and batch norms", metavar="X", type=between(0, 1))
    run.add_argument("--decay-all", action="store_true", default=None, help="of biases and batch norms too")
    add(run, "--label-smoothing", "of the deepest level's cross-entropy", metavar="P", type=between(0, 0.9))
    add(run, "--ema", "decay per step of the averaged weights, which are the result; 0 = none", metavar="X",
        type=between(0, 1))
    add(run, "--shift", "largest random shift of the crop, pixels", metavar="N", type=at_least(0))
    run.add_argument("--no-flip", dest="flip", action="store_false", default=None, help="never mirror a picture")
    add(run, "--erase", "probability that a random rectangle is erased", metavar="P", type=between(0, 1))
    add(run, "--erase-area", "largest share of the picture to erase", metavar="P", type=between(0.02, 1))
    add(run, "--precision", "bfloat16, and float16 on a GPU: mixed precision",
        choices=("float32", "bfloat16", "float16"))
    add(run, "--accumulate", "compute every batch in N parts, to save memory; batch norms see parts", metavar="N",
        type=at_least(1))
    add(run, "--select", "the result: the last epoch, the one best on the validation pictures, or (as the paper's "
        "authors do, to figures that are too good) on the test pictures", choices=("last", "val", "test"))
    add(run, "--patience", "stop after so many epochs without improvement (with --select)", metavar="N",
        type=at_least(1))
    add(run, "--seed", "decides initial weights, order and variations", metavar="N", type=at_least(0))

    work = parser.add_argument_group("this machine")
    work.add_argument("--device", default="cpu", help="cpu or cuda (default cpu); torchrun gives each process its own")
    work.add_argument("--deterministic", action="store_true",
                      help="algorithms that give the same bits every time on a GPU too; warns of those without one")
    work.add_argument("--tensorboard", action="store_true", help="also write TensorBoard's files into the run")
    work.add_argument("--threads", type=at_least(1), metavar="N",
                      help="processor threads (default: PyTorch's choice); 1 on a busy machine")
    work.add_argument("--evaluate-every", type=at_least(1), default=1, metavar="N",
                      help="epochs between looks at the test pictures (default 1)")
    work.add_argument("--quiet", action="store_true", help="no progress on stderr")
    work.add_argument("--force", action="store_true", help="start over in a directory that holds a run")


def given(options):
    """The options of a configuration that the command line names, by field."""
    return {key: getattr(options, key) for key in Config().to_dict() if getattr(options, key, None) is not None}


def words_of(config):
    """The `fit` command that has this configuration."""
    default, words = Config().to_dict(), ["python -m hrn_train fit"]
    for key, value in config.to_dict().items():
        if value == default[key]:
            continue
        option = "--" + key.replace("_", "-")
        if value is False:
            words.append(option.replace("--", "--no-", 1))
        elif value is True:
            words.append(option)
        else:
            kind = "x" if key in ("resize", "crop") else ","
            words.append(f"{option} {kind.join(map(str, value)) if isinstance(value, list) else value}")
    if config.keep < 0.5 and config.leaf_share is None:
        words.append("--leaf-share natural")
    return " ".join(words)


def config_from(options):
    """The configuration that parsed options ask for."""
    values = given(options)
    if options.trunk:
        if "block" in values or "blocks" in values:
            raise InputError("--trunk names blocks already; give either it or --block and --blocks", USAGE)
        values["block"], values["blocks"] = TRUNKS[options.trunk]
    if options.preset:
        values = {**preset(options.preset, values.get("data", FASHION)), **values}
    _settle_data(values)
    _settle_selection(values)
    method = values.get("method", "hrn")
    for key, methods in METHOD_ONLY.items():
        if key in values and method not in methods:
            option = {"gsb": "no-gsb", "residual": "no-residual", "relu": "no-relu"}.get(key, key.replace("_", "-"))
            raise InputError(f"--{option} is for --method {' or '.join(methods)}, not for {method}", USAGE)
    channels = values.get("channels", 3)
    for key in ("mean", "std"):
        if channels == 1:
            values.setdefault(key, (0.5,))
    if values.get("keep", 1) < 0.5:
        values.setdefault("leaf_share", 0.5)
    if values.get("leaf_share") == "natural":
        values["leaf_share"] = None
    return Config(**values)


def _settle_data(values):
    """Refuses what does not go with the data set, and fills in what it decides."""
    name = values.get("data", FASHION)
    stray = {FASHION: FOLDER_ONLY + PICTURES_ONLY, **dict.fromkeys(BENCHMARKS, FOLDER_ONLY)}.get(name, ("data_dir",))
    stray = [key for key in stray if key in values]
    if stray:
        brings = "is itself the directory" if "data_dir" in stray else "brings its own tree and split"
        raise InputError(f"--{stray[0].replace('_', '-')} does not go with --data {name}, which {brings}", USAGE)
    if name in BENCHMARKS and "data_dir" not in values:
        raise InputError(f"--data {name} needs the place of its files: add --data-dir DIR", USAGE)
    if name not in (FASHION, *BENCHMARKS) and "tree" not in values:
        raise InputError(f"--data {name} needs its label tree: add --tree FILE", USAGE)
    if "resize" in values:
        values.setdefault("crop", None)
    elif name in BENCHMARKS:
        values.update({key: value for key, value in BENCHMARK_RECIPE.items() if key not in values})


def _settle_selection(values):
    if values.get("select", "last") == "last" and "patience" in values:
        raise InputError("--patience needs pictures to judge by: add --select val", USAGE)
    if values.get("select") == "val":
        values.setdefault("val_share", 0.1)


def _leaf_share(text):
    return text if text == "natural" else between(0, 1)(text)


def _shown(value, is_size):
    return ("x" if is_size else ",").join(map(str, value)) if isinstance(value, tuple) else str(value)
