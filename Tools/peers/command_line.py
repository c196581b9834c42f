"""Times this project beside other engines on one network with the same weights; see Tools/compare-peers.

The command line, read without any package: help and mistakes need no engine installed.
"""

import argparse
from pathlib import Path

#: those that engines.py can open
ENGINES = ("onnxruntime", "openvino", "ncnn", "litert")
#: pictures that answers are compared on
HELD_OUT = 8
USAGE = 64
COLUMNS = f"""\
what the columns are:
  median, p90    of an inference's time, over all turns that were not disturbed
  of best peer   how many times as fast as the fastest engine that is not ours
  start          to the first result: of hrn-run from before the process exists; of the others from opening the model,
                 since what Python and its packages take before that is not the engine's
  memory         the most that this process held; of the others without what it held before opening the model
  file           the model's files
  answers        on {HELD_OUT} pictures that nothing was calibrated on, beside the trained network in float32: the
                 correlation of a head's scores over its labels, the median and the worst of all heads and pictures;
                 how often a head prefers the same label; the largest difference of any score. A made-up network's
                 labels are close calls, more so than a trained one's: what int8 costs is for hrn-parity to say
"""


class Parser(argparse.ArgumentParser):
    """Reports usage errors with the exit code that all commands of this project share."""

    def error(self, message):
        self.exit(USAGE, f"{self.prog}: {message}\n  see {self.prog} --help\n")


def at_least(low):
    def parse(text):
        if not text.isdigit() or int(text) < low:
            raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from {low}")
        return int(text)
    return parse


def arguments(words=None):
    parser = Parser(prog="Tools/compare-peers", description=__doc__.split(";")[0], epilog=COLUMNS,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", default="resnet50-hrn", help="as hrn-bench --synthetic makes it")
    parser.add_argument("--precision", nargs="+", default=["int8"], choices=["float32", "bfloat16", "int8"])
    parser.add_argument("--size", nargs="+", type=at_least(32), default=[224, 448])
    parser.add_argument("--threads", nargs="+", type=at_least(1), default=[1, 2])
    parser.add_argument("--isa", choices=["avx2", "avxvnni", "avx512vnni", "avx512bf16"],
                        help="instructions that may be used")
    parser.add_argument("--approximate", action="store_true", help="also our int8 with 8-bit F(2,3) in HRN's blocks")
    parser.add_argument("--engines", nargs="+", default=list(ENGINES), choices=ENGINES)
    parser.add_argument("--rounds", type=at_least(1), default=6, help="turns that each engine has")
    parser.add_argument("--runs", type=at_least(1), default=5, help="inferences in a turn")
    parser.add_argument("--starts", type=at_least(0), default=3, help="processes started to time a start; 0 for none")
    parser.add_argument("--json", help="write all numbers to this file, after each table")
    parser.add_argument("--bin", default=".build/release", help="where hrn-bench, hrn-compile and hrn-run are")
    options = parser.parse_args(words)
    if options.approximate and "int8" not in options.precision:
        parser.error("--approximate is of int8, which --precision leaves out")
    if options.json and not Path(options.json).parent.is_dir():
        parser.error(f"--json {options.json}: there is no such folder")
    return options


if __name__ == "__main__":
    arguments()
