"""The command `gradcam`: heat maps of one or several runs on the same pictures, as sheets and as figures."""

import json
import sys
from pathlib import Path

import torch

from .checkpoint import parts as parts_of, read_checkpoint, weights
from .data import load
from .engine import make_model
from .errors import BAD_INPUT, CANNOT_CREATE, MISSING_INPUT, USAGE, InputError
from .gradcam import box_in_window, contributions, heat, located, own
from .metrics import scores_of_levels
from .pictures import choose
from .sheets import image_of, overlaid, sheet


class Explained:
    """A trained network of a run, with the tree and the recipe it was trained with."""

    def __init__(self, directory):
        self.name, state = Path(directory).name, read_checkpoint(directory)
        self.config, self.tree, self.recipe = parts_of(state)
        self.model = make_model(self.config, self.recipe, self.tree)
        self.model.load_state_dict(weights(state))
        self.model.eval()

    def window(self, picture):
        """The network's input window of a resized picture, uint8 `[C, h, w]`."""
        return self.recipe.window(picture[None])[0]

    @torch.no_grad()
    def predicted(self, inputs):
        """The node that the network gives one picture at every level."""
        scores = scores_of_levels(self.tree, self.model.results, self.model.answers(self.model(inputs)))
        return [int(level.argmax()) + start for level, start in zip(scores, self.tree.offsets)]


def run_gradcam(options):
    """Writes a sheet per picture; prints, where the data has boxes, how well the heat finds them."""
    runs = [Explained(directory) for directory in (options.run, *options.beside)]
    if len({run.name for run in runs}) < len(runs):
        for run, directory in zip(runs, (options.run, *options.beside)):
            run.name = directory
    if any(other.tree != runs[0].tree for other in runs):
        raise InputError(f"--beside: the runs' label trees differ from that of {options.run}; compare runs of one tree",
                         USAGE)
    folder = Path(options.output)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: is a file; name a directory", CANNOT_CREATE)
    folder.mkdir(parents=True, exist_ok=True)
    figures, written = {}, 0
    for name, pictures, path, box in _subjects(runs, options):
        rows = []
        for run, picture in zip(runs, pictures):
            pixels = run.window(picture)
            row, found = _explained(run, pixels, path, box_in_window(box, run.recipe) if box else None, options.blocks)
            rows += row
            for level, scores in found.items():
                figures.setdefault((run.name, level), []).append(scores)
        sheet(rows, box_in_window(box, runs[0].recipe) if box else None).save(folder / f"{name}.png")
        written += 1
    print(f"{folder}: {written} sheet{'s' if written != 1 else ''}", file=sys.stderr)
    _report(figures, options.json)


def _subjects(runs, options):
    """(name, resized picture per run, true path or None, box or None) of what is to be explained."""
    if options.pictures:
        for number, path in enumerate(options.pictures):
            try:
                pictures = [run.recipe.load(path) for run in runs]
            except FileNotFoundError:
                raise InputError(f"{path}: no such picture", MISSING_INPUT) from None
            except OSError as error:              # the system's has a number, a decoder's has none
                code = MISSING_INPUT if error.errno else BAD_INPUT
                raise InputError(f"{path}: cannot read the picture: {error.strerror or error}", code) from None
            yield f"{number:03d}-{Path(path).stem}", pictures, None, None
        return
    splits = [load(run.config).test for run in runs]
    if len({len(split) for split in splits}) != 1:
        raise InputError("--beside: the runs' data sets have different test pictures; name picture files instead",
                         USAGE)
    for index in choose(splits[0], options.count):
        label = int(splits[0].labels[index])
        images = splits[0].images
        box = images.box(index) if getattr(images, "boxes", None) else None
        name = "".join(c if c.isalnum() or c in "-_." else "-" for c in runs[0].tree.name(label))
        chosen = torch.tensor([index])
        yield f"{index:05d}-{name}", [split.images[chosen][0] for split in splits], runs[0].tree.path(label), box


def _explained(run, pixels, path, box, blocks):
    """The rows of a run for one picture, and by level how well the heat finds its box. The labels explained are those
    of the true path where it is known, as in the paper, else the predicted ones."""
    inputs = run.recipe.normalize(pixels[None])
    predicted = run.predicted(inputs)
    nodes = list(path) if path else predicted
    plain, found = image_of(pixels), {}
    signed = contributions(run.model, inputs, run.tree, torch.tensor([nodes]))
    everything = [[part[:, level] for part in signed] for level in range(len(nodes))]
    for level, blocks_of_level in enumerate(everything if box else ()):
        warmth = heat(own(blocks_of_level, level), pixels.shape[1:])[0]
        found[run.tree.level_names[level]] = located(warmth, box)

    def row(caption, choice, words):
        tiles = [(plain, words)]
        for level, (node, parts) in enumerate(zip(nodes, everything)):
            mark = "" if predicted[level] == node else "*"
            warmth = heat(choice(parts, level), pixels.shape[1:])[0]
            tiles.append((overlaid(pixels, warmth), mark + run.tree.name(node)))
        return caption, tiles

    wrong = [run.tree.name(guess) for guess, node in zip(predicted, nodes) if guess != node]
    rows = [row(f"{run.name} ({run.config.method})", own, "* says " + ", ".join(wrong) if wrong else "")]
    if blocks and len(signed) > 1:
        rows += [row(f"{run.name}: through block {block + 1}", lambda parts, _, block=block: parts[block], "")
                 for block in range(len(signed))]
        rows.append(row(f"{run.name}: all blocks", lambda parts, _: sum(parts), ""))
    return rows, found


def _report(figures, as_json):
    """Per run and level: how often the hottest place lies in the box, the mean overlap, how often it is a half or more.
    """
    table = []
    for (run, level), scores in figures.items():
        overlaps = [overlap for _, overlap in scores]
        table.append({"run": run, "level": level, "pictures": len(scores),
                      "pointing": round(100 * sum(hit for hit, _ in scores) / len(scores), 2),
                      "overlap": round(sum(overlaps) / len(scores), 4),
                      "located": round(100 * sum(overlap >= 0.5 for overlap in overlaps) / len(scores), 2)})
    if as_json:
        print(json.dumps(table, indent=1))
        return
    for entry in table:
        print("{run}\t{level}\thottest place in the box {pointing} %, mean overlap {overlap}, half or more {located} % "
              "of {pictures}".format(**entry))
    if not table:
        print("no boxes, so no figures of localization", file=sys.stderr)
