"""Picture files of a data set: decoded on demand, and the lists that name them."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
from PIL import Image, UnidentifiedImageError

from ..errors import MISSING_INPUT, InputError

CACHE_BYTES = 2 << 30
THREADS = 8


class Pictures:
    """Picture files, decoded and resized by a recipe when indexed; kept in memory where they fit into 2 GiB.

    `trim` rows are cut off at the bottom of every picture. `boxes` gives each picture's object as (left, top, right,
    bottom) in pixels. `factors` shrinks pictures before they are resized (1 leaves one alone).
    """

    def __init__(self, paths, recipe, trim=0, boxes=None, factors=None, cache_bytes=CACHE_BYTES):
        self.paths, self.recipe, self.trim = list(paths), recipe, trim
        self.boxes, self.factors, self.cache_bytes = boxes, factors, cache_bytes
        self.fits = len(self.paths) * recipe.channels * recipe.resize[0] * recipe.resize[1] <= cache_bytes
        self.kept = {}

    def __len__(self):
        return len(self.paths)

    def subset(self, indices):
        def chosen(values):
            return None if values is None else [values[index] for index in indices.tolist()]
        return Pictures(chosen(self.paths), self.recipe, self.trim, chosen(self.boxes), chosen(self.factors),
                        self.cache_bytes)

    def shrunk(self, factors):
        """The same pictures, each shrunk by its factor before it is resized."""
        return Pictures(self.paths, self.recipe, self.trim, self.boxes, factors, self.cache_bytes)

    def __getitem__(self, indices):
        indices = indices.tolist()
        with ThreadPoolExecutor(THREADS) as pool:
            loaded = list(pool.map(self._load, indices))
        if self.fits:
            self.kept.update(zip(indices, loaded))
        return torch.stack(loaded)

    def picture(self, index):
        """A picture as Pillow's, trimmed, before orientation, colour conversion and resizing."""
        with Image.open(self.paths[index]) as image:
            image.load()
            return image.crop((0, 0, image.width, image.height - self.trim)) if self.trim else image

    def box(self, index):
        """(left, top, right, bottom) of a picture's object, as shares of the trimmed picture's size."""
        with Image.open(self.paths[index]) as image:
            width, height = image.width, image.height - self.trim
        left, top, right, bottom = self.boxes[index]
        return left / width, top / height, right / width, bottom / height

    def _load(self, index):
        if index in self.kept:
            return self.kept[index]
        path = self.paths[index]
        factor = self.factors[index] if self.factors else 1
        try:
            return self.recipe.load(path, self.trim, factor)
        except UnidentifiedImageError:
            raise InputError(f"{path}: not a picture that Pillow reads; remove or convert it") from None
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise InputError(f"{path}: cannot decode: {error}; remove or convert it") from None


class Source:
    """A data set's folder in its official layout, and the words for what is wrong with it."""

    def __init__(self, folder, layout):
        self.folder, self.layout = Path(folder), layout

    def path(self, *names):
        """The first of these files or folders that exists."""
        for name in names:
            if (self.folder / name).exists():
                return self.folder / name
        raise InputError(f"{self.folder / names[0]}: no such file or folder; {self.layout}", MISSING_INPUT)

    def rows(self, name, columns):
        """The lines of a list, split at blanks into so many columns (the last takes what remains), with numbers."""
        path = self.path(name)
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            raise InputError(f"{path}: not UTF-8 text; {self.layout}") from None
        for number, line in enumerate(lines, start=1):
            cells = line.split(None, columns - 1)
            if cells and len(cells) != columns:
                raise self.damaged(name, number, f"'{line[:60]}' has {len(cells)} columns, expected {columns}")
            if cells:
                yield number, [cell.strip() for cell in cells]

    def by_key(self, name, columns):
        """A list as a dictionary from its first column to the rest of the line."""
        table = {}
        for number, (key, *rest) in self.rows(name, columns):
            if key in table:
                raise self.damaged(name, number, f"'{key}' is listed twice")
            table[key] = rest
        return table

    def damaged(self, name, number, what):
        return InputError(f"{self.folder / name}:{number}: {what}; {self.layout}")

    def all_there(self, paths):
        """The paths, after a look whether every one exists."""
        missing = [path for path in paths if not path.is_file()]
        if missing:
            others = f" and {len(missing) - 1} other pictures" if len(missing) > 1 else ""
            raise InputError(f"{missing[0]}: no such picture{others} of {len(paths)} listed; {self.layout}",
                             MISSING_INPUT)
        return paths
