"""The label tree: nodes numbered level by level, coarse first, each with a parent in the level above.

A tree comes from a TSV file with a header row, a line per leaf and a column per level, coarse to fine:

    group   kind         class
    goods   shoes        Sandal
    goods   accessories  Bag

Trailing cells may be empty (a leaf that lies above the deepest level), and an optional `<level>_index` column gives
the position of a label in the network's output of that level (without it: order of first appearance).
"""

import csv
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

import torch

from .errors import MISSING_INPUT, InputError

NAME_BYTES = 1024


@dataclass(frozen=True)
class LabelTree:
    """Names and parents of all nodes; `parents[n]` is a global node index, or -1 for a top-level node."""

    level_names: tuple
    names: tuple                                  # one tuple of node names per level, coarse first
    parents: tuple
    offsets: tuple = field(init=False)            # global index of each level's first node

    def __post_init__(self):
        offsets, total = [], 0
        for level in self.names:
            offsets.append(total)
            total += len(level)
        object.__setattr__(self, "offsets", tuple(offsets))
        self._verify(total)

    def _verify(self, total):
        if not self.names or len(self.level_names) != len(self.names):
            raise InputError(f"label tree: {len(self.level_names)} level names for {len(self.names)} levels")
        if len(self.parents) != total:
            raise InputError(f"label tree: {len(self.parents)} parents for {total} nodes")
        for level, members in enumerate(self.names):
            if not members:
                raise InputError(f"label tree: level '{self.level_names[level]}' has no nodes")
            if len(set(members)) != len(members):
                twice = next(name for name in members if members.count(name) > 1)
                raise InputError(f"label tree: level '{self.level_names[level]}' has two nodes named '{twice}'; "
                                 "names must be unique within a level")
        for name in (*self.level_names, *(name for members in self.names for name in members)):
            if not name or len(name.encode()) > NAME_BYTES or any(unicodedata.category(c) == "Cc" for c in name):
                raise InputError(f"label tree: the name {ascii(name[:40])} is empty, longer than {NAME_BYTES} bytes, "
                                 "or holds control characters, which a .hrn file refuses")
        for node, parent in enumerate(self.parents):
            level = self.level_of(node)
            fits = parent == -1 if level == 0 else parent >= 0 and self.level_of(parent) == level - 1
            if not fits:
                raise InputError(f"label tree: node '{self.name(node)}' has parent {parent}, "
                                 f"expected a node of the level above '{self.level_names[level]}'")

    @property
    def level_sizes(self):
        return tuple(len(level) for level in self.names)

    @property
    def size(self):
        return len(self.parents)

    @property
    def depth(self):
        return len(self.names)

    def level_of(self, node):
        for level in reversed(range(len(self.offsets))):
            if node >= self.offsets[level]:
                return level
        raise IndexError(node)

    def name(self, node):
        level = self.level_of(node)
        return self.names[level][node - self.offsets[level]]

    def node(self, level, name):
        """The global index of the node `name` of a level; a KeyError where there is none."""
        try:
            return self.offsets[level] + self.names[level].index(name)
        except ValueError:
            raise KeyError(name) from None

    def path(self, node):
        """The nodes from the top level down to `node`."""
        nodes = []
        while node != -1:
            nodes.append(node)
            node = self.parents[node]
        return tuple(reversed(nodes))

    def children(self, node):
        return tuple(child for child, parent in enumerate(self.parents) if parent == node)

    def leaves(self):
        """All nodes without children, in index order."""
        inner = set(self.parents)
        return tuple(node for node in range(self.size) if node not in inner)

    def to_dict(self):
        return {"level_names": list(self.level_names), "names": [list(level) for level in self.names],
                "parents": list(self.parents)}

    @staticmethod
    def from_dict(values):
        return LabelTree(tuple(values["level_names"]), tuple(map(tuple, values["names"])), tuple(values["parents"]))

    def truncated(self, levels):
        """The tree of these levels only (0 = coarsest); a kept node hangs on its nearest kept ancestor."""
        levels = sorted(set(levels))
        if not levels or levels[0] < 0 or levels[-1] >= self.depth:
            raise InputError(f"label tree: levels {levels} asked for, there are 0 to {self.depth - 1}")
        kept = [node for node in range(self.size) if self.level_of(node) in levels]
        position = {node: index for index, node in enumerate(kept)}
        parents = []
        for node in kept:
            above = [position[n] for n in self.path(node)[:-1] if n in position]
            parents.append(above[-1] if above else -1)
        return LabelTree(tuple(self.level_names[k] for k in levels), tuple(self.names[k] for k in levels),
                         tuple(parents))


def paths(tree):
    """`[nodes, levels]`: the node of each level on every node's path from the top, -1 below the node itself."""
    table = torch.full((tree.size, tree.depth), -1)
    for node in range(tree.size):
        path = tree.path(node)
        table[node, :len(path)] = torch.tensor(path)
    return table


def read_tree(path):
    """Reads a tree from a TSV file as described at the top of this module."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if any(row)]
    except OSError as error:
        raise InputError(f"{path}: cannot read the label tree: {error.strerror}", MISSING_INPUT) from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8 text; a label tree is a tab-separated text file") from None
    if len(rows) < 2:
        raise InputError(f"{path}: found {len(rows)} lines, expected a header row and a line per leaf")
    header = [cell.strip() for cell in rows[0]]
    if len(set(header)) != len(header) or "" in header:
        raise InputError(f"{path}: header {header} has empty or repeated columns; every level needs its own name")
    indices = {name: header.index(name + "_index") for name in header if name + "_index" in header}
    used = set(indices.values())
    levels = [(name, column) for column, name in enumerate(header) if column not in used]
    return _tree_from_rows(path, rows[1:], levels, indices)


def _tree_from_rows(path, rows, levels, indices):
    seen = [{} for _ in levels]                   # name -> parent name, in order of first appearance
    wanted = [{} for _ in levels]                 # name -> position given by the file
    for line, row in enumerate(rows, start=2):
        cells = [cell.strip() for cell in row] + [""] * 2 * len(levels)
        above = None
        for k, (level, column) in enumerate(levels):
            name = cells[column]
            if not name:
                below = [cells[c] for _, c in levels[k:] if cells[c]]
                if below or k == 0:
                    raise InputError(f"{path}:{line}: level '{level}' is empty but '{below[0] if below else ''}' "
                                     "is given below it; only trailing cells may be empty")
                break
            if seen[k].setdefault(name, above) != above:
                raise InputError(f"{path}:{line}: '{name}' lies under '{above}' here and under '{seen[k][name]}' "
                                 f"before; give nodes of level '{level}' distinct names")
            if level in indices:
                _note_index(path, line, name, cells[indices[level]], wanted[k])
            above = name
    names = [_ordered(path, levels[k][0], seen[k], wanted[k]) for k in range(len(levels))]
    parents, offset = [-1] * len(names[0]), 0
    for k in range(1, len(levels)):
        parents += [offset + names[k - 1].index(seen[k][name]) for name in names[k]]
        offset += len(names[k - 1])
    return LabelTree(tuple(name for name, _ in levels), tuple(map(tuple, names)), tuple(parents))


def _note_index(path, line, name, cell, wanted):
    if not cell.isdigit():
        raise InputError(f"{path}:{line}: index of '{name}' is '{cell}', expected a number from 0")
    if wanted.setdefault(name, int(cell)) != int(cell):
        raise InputError(f"{path}:{line}: index of '{name}' is {cell} here and {wanted[name]} before")


def _ordered(path, level, seen, wanted):
    if not wanted:
        return list(seen)
    if sorted(wanted.values()) != list(range(len(seen))):
        raise InputError(f"{path}: the {len(seen)} labels of level '{level}' have indices "
                         f"{sorted(wanted.values())[:8]}..., expected each of 0 to {len(seen) - 1} once")
    return sorted(seen, key=wanted.__getitem__)


def write_tree(tree, path):
    """Writes a tree as TSV with index columns, so that reading it back gives an equal tree."""
    lines = ["\t".join(cell for name in tree.level_names for cell in (name, name + "_index"))]
    for leaf in tree.leaves():
        cells = []
        for node in tree.path(leaf):
            cells += [tree.name(node), str(node - tree.offsets[tree.level_of(node)])]
        lines.append("\t".join(cells + [""] * (2 * tree.depth - len(cells))))
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")
