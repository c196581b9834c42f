"""The command line: fit, evaluate, export, pictures, gradcam, emoji, reproduce.

Data goes to stdout, words to stderr. Exit codes: 0 done, 64 usage, 65 bad input, 66 missing input, 73 cannot create,
74 input or output failed, 130 interrupted.
"""

import argparse
import json
import os
import shlex
import sys
from pathlib import Path

import torch

from . import __version__, pictures
from .checkpoint import CHECKPOINT, parts, read_checkpoint, weights
from .config import Config
from .data import FASHION, emoji, load
from .engine import Run, make_model
from .errors import CANNOT_CREATE, INPUT_OUTPUT, USAGE, InputError
from .explain import run_gradcam
from .export import export
from .files import check_replaceable
from .logs import TensorBoard
from .metrics import measure
from .options import add_fit_options, at_least, config_from, given
from .progress import Reporter
from .quantize import round_weights
from .ranks import Ranks
from .reproduce.command import add_reproduce
from .tree import write_tree

EXAMPLES = """examples:
  python -m hrn_train fit -o runs/fashion --trunk resnet18 --width 16 --stem small --feature-size 64 --embedding 64
  python -m hrn_train fit -o runs/birds --data birds/ --tree birds.tsv --resize 256x256 --crop 224x224
  python -m hrn_train fit --resume runs/birds
  python -m hrn_train evaluate runs/birds
  python -m hrn_train export runs/birds -o birds.hrn
  python -m hrn_train gradcam runs/birds duck.jpg -o heat
  python -m hrn_train pictures fashion-mnist --split train --count 500 -o calibration
  python -m hrn_train reproduce
"""


class Parser(argparse.ArgumentParser):
    """Reports usage errors with the exit code that all commands of this project share."""

    def error(self, message):
        self.exit(USAGE, f"{self.prog}: {message}\n  see {self.prog} --help\n")


def make_parser():
    parser = Parser("hrn_train", description="Trains Hierarchical Residual Networks.", epilog=EXAMPLES,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    fit = commands.add_parser("fit", help="train a network", formatter_class=argparse.RawDescriptionHelpFormatter,
                              description="Trains a network, or carries on an interrupted run.")
    add_fit_options(fit)
    fit.set_defaults(action=run_fit)

    measure = commands.add_parser("evaluate", help="measure a trained network on its test pictures")
    measure.set_defaults(action=run_evaluate)
    measure.add_argument("--json", action="store_true", help="print all figures as JSON")

    save = commands.add_parser("export", help="write a trained network as a float .hrn file")
    save.add_argument("-o", "--output", required=True, metavar="FILE", help="the .hrn file")
    save.add_argument("--name", help="the model's name (default: the file's)")
    save.add_argument("--goldens", type=at_least(0), default=8, metavar="N", help="pictures with known answers (default 8)")
    save.add_argument("--force", action="store_true", help="replace an existing file")
    save.set_defaults(action=run_export)

    show = commands.add_parser("pictures", help="write pictures as JPEG files, to calibrate with or to classify")
    show.add_argument("-o", "--output", required=True, metavar="DIR")
    show.add_argument("--split", choices=("test", "train"), default="test", help="which pictures (default test)")
    show.add_argument("--count", type=at_least(1), default=10, metavar="N", help="how many, evenly by label (default 10)")
    show.add_argument("--by-label", action="store_true", help="a directory per label")
    show.add_argument("source", metavar="RUN", help="directory that 'fit --output' wrote, or 'fashion-mnist'")
    show.set_defaults(action=run_pictures, threads=None)

    heat = commands.add_parser("gradcam", help="show where a network looks for each level's label")
    heat.add_argument("-o", "--output", required=True, metavar="DIR", help="a sheet per picture, as PNG")
    heat.add_argument("--beside", action="append", default=[], metavar="RUN",
                      help="another run to show below; repeat it")
    heat.add_argument("--count", type=at_least(1), default=8, metavar="N",
                      help="test pictures to take where none are named, evenly by label (default 8)")
    heat.add_argument("--blocks", action="store_true", help="also what each of HRN's blocks contributes")
    heat.add_argument("--json", action="store_true", help="print the figures of localization as JSON")
    heat.add_argument("--threads", type=at_least(1), metavar="N", help="processor threads (default: PyTorch's choice)")
    heat.add_argument("run", metavar="RUN", help="directory that 'fit --output' wrote")
    heat.add_argument("pictures", nargs="*", metavar="PICTURE",
                      help="picture files; their predicted labels are explained")
    heat.set_defaults(action=run_gradcam)

    small = commands.add_parser("emoji", help="make a folder of pictures with a large label tree from fonts and art")
    small.add_argument("-o", "--output", required=True, metavar="DIR", help="for 'fit --data DIR --tree DIR/tree.tsv'")
    small.add_argument("--test-style", choices=emoji.STYLES, default="emojione",
                       help="the drawings to test with (default emojione)")
    small.add_argument("--size", type=at_least(8), default=emoji.SIZE, metavar="N",
                       help=f"height and width (default {emoji.SIZE})")
    small.set_defaults(action=run_emoji, threads=None)

    add_reproduce(commands)

    for command in (measure, save):
        command.add_argument("run", metavar="RUN", help="directory that 'fit --output' wrote")
    measure.add_argument("--threads", type=at_least(1), metavar="N", help="processor threads (default: PyTorch's choice)")
    save.add_argument("--threads", type=at_least(1), default=1, metavar="N",
                      help="processor threads (default 1: sums in one order, the same file every time)")
    return parser


def main(arguments=None):
    """Runs a command and returns its exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options = make_parser().parse_args(arguments)
    options.words = shlex.join(["python", "-m", "hrn_train", *arguments])
    if options.threads:
        torch.set_num_threads(options.threads)
    try:
        options.action(options)
        if sys.stdout:                            # there is none where the caller has closed it
            sys.stdout.flush()
        return 0
    except BrokenPipeError:                       # whoever read has what it wanted
        _leave_stdout()
        return 0
    except InputError as error:
        print(f"hrn_train: {error}", file=sys.stderr)
        return error.code
    except KeyboardInterrupt:
        print("\nhrn_train: interrupted; 'fit --resume' carries on after the last whole epoch", file=sys.stderr)
        return 130
    except OSError as error:
        words = error.strerror or str(error)
        if error.filename:
            print(f"hrn_train: {error.filename}: {words}", file=sys.stderr)
            return CANNOT_CREATE
        print(f"hrn_train: {words}", file=sys.stderr)
        _leave_stdout()
        return INPUT_OUTPUT


def _leave_stdout():
    """Lets what is still to be written go nowhere, or Python would try again at its end, and fail."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (AttributeError, OSError, ValueError):  # there is none, or it is no file of the system's
        pass


def run_fit(options):
    if options.device.startswith("cuda") and not torch.cuda.is_available():
        raise InputError("--device cuda: PyTorch finds no GPU here; leave --device out to train on the processor",
                         USAGE)
    if options.deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True, warn_only=True)
    ranks, device = Ranks.of_environment(options.device)
    try:
        fit(options, ranks, device)
    finally:
        ranks.leave()


def fit(options, ranks, device):
    reporter = Reporter(quiet=options.quiet or not ranks.first)
    if options.resume:
        if given(options) or options.trunk:
            raise InputError(f"--{(list(given(options)) or ['trunk'])[0].replace('_', '-')} does not go with --resume: "
                             "a run carries on with the options it was started with", USAGE)
        state = read_checkpoint(options.resume)
        config, data = data_of(options.resume, state)
        run = Run(config, data, options.resume, reporter, device=device, ranks=ranks)
        run.resume()
        if run.epoch >= config.epochs:
            reporter.words(f"{options.resume}: has come to its last epoch, {config.epochs}; nothing is left to train")
    else:
        directory = Path(options.output)
        if ranks.first and (directory / CHECKPOINT).exists() and not options.force:
            raise InputError(f"{directory}: holds a run already; --resume {directory} carries it on, --force starts "
                             "it over", CANNOT_CREATE)
        config = config_from(options)
        data = load(config)
        run = Run(config, data, directory, reporter, options.words, device, ranks)
        run.initialize()
        if ranks.first:
            directory.mkdir(parents=True, exist_ok=True)
            write_tree(data.tree, directory / "tree.tsv")
    if options.tensorboard and ranks.first:
        run.board = TensorBoard(run.directory, run.epoch)
    run.fit(options.evaluate_every)


def run_evaluate(options):
    data, model, state = trained(options.run)
    if len(data.test) == 0:
        raise InputError(f"{options.run}: no pictures were set aside for measuring (--test-share)")
    figures = measure(model, data.test, data, Config.from_dict(state["config"]))
    if options.json:
        print(json.dumps(figures, indent=1))
        return
    for level in figures["levels"]:
        if level["samples"]:
            others = ", ".join(f"{key[:-len('_accuracy')]} {value:.2f}" for key, value in level.items()
                               if key.endswith("_accuracy"))
            print(f"{level['level']}\t{level['accuracy']:.2f} % of {level['samples']}"
                  + (f" ({others})" if others else ""))
    print(f"all levels right\t{figures['path_correct']:.2f} %")
    print(f"levels agree\t{figures['consistent']:.2f} %")
    print("hierarchical\t" + ", ".join(f"{key} {value:.2f} %" for key, value in figures["hierarchical"].items()))
    print(f"average precision\t{figures['average_precision']:.2f} %")


def run_export(options):
    path = Path(options.output)
    check_replaceable(path)
    checkpoint = Path(options.run) / CHECKPOINT
    if path.exists() and checkpoint.exists() and path.samefile(checkpoint):
        raise InputError(f"{path}: is the checkpoint that is read; give another name", CANNOT_CREATE)
    if path.exists() and not options.force:
        raise InputError(f"{path}: exists; --force replaces it", CANNOT_CREATE)
    folder = (path.resolve() if path.is_symlink() else path).parent
    if not folder.is_dir():
        raise InputError(f"{folder}: no such directory; create it first", CANNOT_CREATE)
    data, model, state = trained(options.run)
    export(path, model, state, data, options.name or path.stem, options.goldens)
    print(f"{path}: {path.stat().st_size} bytes, epoch {state['epoch']} of {state['config']['epochs']}",
          file=sys.stderr)


def run_pictures(options):
    refuse_filled(options.output)
    if options.source == FASHION:
        data = load(Config())
    else:
        _, data = data_of(options.source, read_checkpoint(options.source))
    split = data.train if options.split == "train" else data.test
    pictures.write(split, data, Path(options.output), options.count, options.by_label)


def refuse_filled(path):
    """Refuses to put files among others."""
    folder = Path(path)
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise InputError(f"{folder}: exists and is not an empty directory; name a new one", CANNOT_CREATE)


def run_emoji(options):
    refuse_filled(options.output)
    folder = Path(options.output)
    tree = emoji.build(folder, options.test_style, options.size)
    print(f"{folder}: {', '.join(map(str, tree.level_sizes))} labels, {tree.size} in all", file=sys.stderr)


def data_of(run, state):
    """(configuration, data) of a run; its tree and recipe must still be those it was started with."""
    config, tree, recipe = parts(state)
    data = load(config)
    if data.tree != tree or data.recipe != recipe:
        raise InputError(f"{run}: the label tree or the recipe of '{config.data}' has changed since the run was "
                         "started; restore it, or start a new run")
    return config, data


def trained(run):
    """(data, model in evaluation mode, checkpoint contents) of a run."""
    state = read_checkpoint(run)
    config, data = data_of(run, state)
    model = make_model(config, data.recipe, data.tree)
    model.load_state_dict(weights(state))
    if config.quantize:
        round_weights(model)
    return data, model.eval(), state
