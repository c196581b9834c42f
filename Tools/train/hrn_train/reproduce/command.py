"""The command `reproduce`."""

import sys
from pathlib import Path

from ..errors import USAGE, InputError
from .experiments import GROUPS
from .report import write_report
from .runner import missing, run_all

RESULTS = Path(__file__).resolve().parents[2] / "results"


def add_reproduce(commands):
    parser = commands.add_parser(
        "reproduce", help="run the experiments of RESULTS.md that have no result yet, and write it",
        description="Runs the experiments that have no result yet, in a fixed order, and writes RESULTS.md beside the "
        "results. A run that is interrupted leaves nothing behind; all others stay done.")
    parser.add_argument("groups", nargs="*", metavar="GROUP",
                        help=f"{', '.join(GROUPS)} (default: all of them)")
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="DIR",
                        help="directory of the results (default: the committed ones)")
    parser.add_argument("--workers", type=int, default=1, metavar="N",
                        help="runs at a time, each on one thread (default 1)")
    parser.add_argument("--list", action="store_true", help="print the runs without a result and stop")
    parser.set_defaults(action=run_reproduce, threads=1)


def run_reproduce(options):
    unknown = [group for group in options.groups if group not in GROUPS]
    if unknown:
        raise InputError(f"reproduce: there is no group '{unknown[0]}'; expected {', '.join(GROUPS)}", USAGE)
    experiments = [experiment for group in options.groups or GROUPS for experiment in GROUPS[group]()]
    if options.list:
        for experiment in missing(options.results, experiments):
            print(f"{experiment.group}/{experiment.name}")
        return
    run_all(options.results, experiments, options.workers, sys.stderr)
    report = options.results.parent / "RESULTS.md"
    write_report(options.results, report)
    print(f"{report}: written", file=sys.stderr)
