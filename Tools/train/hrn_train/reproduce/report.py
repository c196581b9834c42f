"""RESULTS.md from the stored results: tables with means and deviations over seeds, and plots."""

import statistics
from pathlib import Path

from ..errors import NOT_INSTALLED, InputError
from ..files import write_atomically
from .experiments import ABLATIONS, FACTOR, GROUPS, KEPT, SEEDS, STEPS, WIDTHS, ablations, matrix, resolution, tuning
from .runner import result_of

NAMES = {"hrn": "HRN", "lmlp": "HMC-LMLP", "hmcn": "HMCN-F", "fgn": "FGN", "chmcnn": "C-HMCNN(h)", "flat": "flat"}
VARIANTS = {"no-gsb": "without feature blocks (GSB)", "no-residual": "without residual sums", "no-relu": "without ReLU",
            "tree-loss": "tree loss alone", "cross-entropy": "cross-entropy alone",
            "bce": "binary cross-entropy for the tree loss", "logit": "tree loss on logits",
            "natural-batches": "batches as the labels fall"}
LEVELS = ("group (2)", "kind (6)", "class (10)")


def accuracy(level, decided="accuracy"):
    return lambda figures: figures["levels"][level][decided]


MEASURES = {**{name: accuracy(k) for k, name in enumerate(LEVELS)},
            "all levels right": lambda figures: figures["path_correct"],
            "levels agree": lambda figures: figures["consistent"],
            "average precision": lambda figures: figures["average_precision"]}


class Results:
    """The stored results of a directory, by group and by what the seeds have in common."""

    def __init__(self, directory):
        self.found, self.records = {}, []
        for group, experiments in GROUPS.items():
            for experiment in experiments():
                record = result_of(directory, experiment)
                if record is not None:
                    self.records.append((group, record))
                    key = (group, experiment.name.rpartition("-seed")[0] or experiment.name)
                    self.found.setdefault(key, {})[experiment.config.seed] = record

    def values(self, group, name, measure):
        """The measure of every seed that has a result, by seed."""
        return {seed: measure(record["figures"]) for seed, record in self.found.get((group, name), {}).items()}


def spread(values):
    """Mean and sample deviation as words; the number of seeds where some are missing."""
    values = list(values)
    if not values:
        return "–"
    if len(values) == 1:
        return f"{values[0]:.2f} (1 seed)"
    missing = "" if len(values) == len(SEEDS) else f" ({len(values)} seeds)"
    return f"{statistics.mean(values):.2f} ± {statistics.stdev(values):.2f}{missing}"


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "| --- |" + " ---: |" * (len(header) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def matrix_tables(results):
    """A table of methods by relabel ratio for every measure."""
    parts = []
    for title, measure in MEASURES.items():
        rows = [[name, *(spread(results.values("matrix", f"{method}-relabel{ratio}", measure).values())
                         for ratio in KEPT)] for method, name in NAMES.items()]
        parts.append(f"**{title}, %**\n\n" + table(["", *(f"{ratio} %" for ratio in KEPT)], rows))
    return "\n\n".join(parts)


def differences(results):
    """HRN less each other method on the deepest level, seed by seed."""
    measure, rows = MEASURES[LEVELS[2]], []
    for method, name in NAMES.items():
        if method == "hrn":
            continue
        cells = []
        for ratio in KEPT:
            ours, theirs = (results.values("matrix", f"{each}-relabel{ratio}", measure) for each in ("hrn", method))
            cells.append(spread([ours[seed] - theirs[seed] for seed in ours if seed in theirs]))
        rows.append([name, *cells])
    return table(["HRN less", *(f"{ratio} %" for ratio in KEPT)], rows)


def ablation_table(results, names, ratio, suffix=""):
    def row(title, group, name, measures):
        return [title, *(spread(results.values(group, name, measure).values()) for measure in measures)]

    rows = [row("HRN", "matrix", f"hrn-relabel{ratio}", MEASURES.values())]
    rows += [row(VARIANTS[name], "ablations", name + suffix, MEASURES.values()) for name in names]
    marginals = [accuracy(level, "marginal_accuracy") for level in range(len(LEVELS))]
    rows.append(row("the same, levels decided by marginals", "ablations", "logit" + suffix, marginals)
                + ["–"] * (len(MEASURES) - len(LEVELS)))
    return table(["", *MEASURES], rows)


def resolution_table(results):
    rows = []
    for method in WIDTHS:
        if method == "flat":
            continue
        rows.append([NAMES[method], *(spread(results.values(group, f"{method}-relabel90", MEASURES[level]).values())
                                      for level in LEVELS[1:] for group in ("matrix", "resolution"))])
    return table(["", *(f"{level}, {kind}" for level in LEVELS[1:] for kind in ("sharp", f"x {FACTOR}"))], rows)


def tuning_table(results):
    rates = sorted({experiment.config.lr for experiment in tuning()})
    rows, seen = [], []
    for experiment in tuning():
        label = experiment.name.replace(f"lr{experiment.config.lr}", "").replace("--", "-").strip("-")
        if label not in seen:
            seen.append(label)
            rows.append([label] + ["–"] * len(rates))
        found = results.values("tuning", experiment.name, MEASURES[LEVELS[2]])
        if found:
            rows[seen.index(label)][1 + rates.index(experiment.config.lr)] = f"{found[experiment.config.seed]:.2f}"
    return table(["", *(f"lr {rate}" for rate in rates)], rows)


def machine_lines(results):
    """Where and for how long the results were computed."""
    lines = {}
    for _, record in results.records:
        key = (record["machine"], record["framework"])
        count, processor, wall = lines.get(key, (0, 0, 0))
        lines[key] = (count + 1, processor + record["processor_seconds"], wall + record["seconds"])
    return "\n".join(f"- {machine}; {framework}: {count} runs, {processor / 60:.0f} minutes of processor time, on "
                     f"average {processor / count:.0f} s a run ({wall / count:.0f} s by the clock)"
                     for (machine, framework), (count, processor, wall) in lines.items())


def parameters(results):
    found = {method: next(iter(results.found.get(("matrix", f"{method}-relabel0"), {}).values()), None)
             for method in NAMES}
    return ", ".join(f"{NAMES[method]} {record['parameters']:,}" for method, record in found.items() if record)


def plots(results, directory):
    """Draws accuracy by relabel ratio and writes SVG files; returns their names."""
    try:
        import matplotlib
    except ImportError:
        raise InputError("the plots need matplotlib: pip install -r Tools/train/requirements.txt",
                         NOT_INSTALLED) from None
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "hrn", "svg.fonttype": "none", "font.size": 9})
    from matplotlib import pyplot

    names = []
    for level, title in ((2, "class"), (1, "kind")):
        figure, axes = pyplot.subplots(figsize=(5.2, 3.4))
        for place, (method, name) in enumerate(NAMES.items()):
            points = [(x + (place - 2.5) * 0.04, list(values.values())) for x, ratio in enumerate(KEPT)
                      if (values := results.values("matrix", f"{method}-relabel{ratio}", accuracy(level)))]
            means = [statistics.mean(values) for _, values in points]
            errors = [statistics.stdev(values) if len(values) > 1 else 0 for _, values in points]
            axes.errorbar([x for x, _ in points], means, errors, label=name, capsize=2, marker="o", markersize=3,
                          linewidth=2 if method == "hrn" else 1, linestyle="--" if method == "flat" else "-")
        axes.set_xticks(range(len(KEPT)), [f"{ratio} %" for ratio in KEPT])
        axes.set_xlabel("leaf labels moved to their parents")
        axes.set_ylabel(f"accuracy of the level '{title}', %")
        axes.grid(alpha=0.3)
        axes.legend(frameon=False, ncols=2)
        figure.tight_layout()
        names.append(f"{title}.svg")
        figure.savefig(directory / names[-1], metadata={"Date": None})
        pyplot.close(figure)
    return names


def write_report(directory, path):
    """Writes RESULTS.md and its plots from the results in a directory; what has no result yet is a dash."""
    results = Results(directory)
    wanted = sum(1 for group in (matrix, ablations, resolution, tuning) for _ in group())
    reading = directory / "reading.md"
    pictures = "\n".join(f"![accuracy by share of moved labels]({directory.name}/{name})"
                         for name in plots(results, directory))
    example = next((record["command"] for group, record in results.records if group == "matrix"), "")
    values = {"reading": reading.read_text().strip() if reading.exists() else "", "plots": pictures,
              "matrix": matrix_tables(results), "differences": differences(results),
              "ablations": ablation_table(results, ABLATIONS, 90),
              "ablations99": ablation_table(results, ("bce", "logit"), 99, "-relabel99"), "resolution": resolution_table(results),
              "tuning": tuning_table(results), "machines": machine_lines(results), "example": example,
              "parameters": parameters(results), "steps": STEPS, "done": len(results.records), "wanted": wanted}
    text = (Path(__file__).parent / "template.md").read_text()
    for key, value in values.items():
        text = text.replace("{" + key + "}", str(value))
    write_atomically(path, lambda file: file.write(text.encode()))
