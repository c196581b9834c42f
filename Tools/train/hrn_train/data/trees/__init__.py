"""The label trees of the method's three benchmarks, as data: see README.md beside this file."""

from pathlib import Path

from ...tree import read_tree


def benchmark_tree(name):
    """The tree of `cub-200-2011`, `fgvc-aircraft` or `stanford-cars`."""
    return read_tree(Path(__file__).parent / f"{name}.tsv")
