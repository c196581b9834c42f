"""Small data and small runs that the tests share."""

import sys
from pathlib import Path

import pytest
import torch
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hrn_train.config import Config                       # noqa: E402
from hrn_train.data import Data, Split                    # noqa: E402
from hrn_train.recipe import Recipe                       # noqa: E402
from hrn_train.tree import LabelTree                      # noqa: E402

torch.set_num_threads(1)

TREE = LabelTree(("group", "kind"), (("warm", "cold"), ("red", "orange", "blue")), (-1, -1, 0, 0, 1))


@pytest.fixture
def tree():
    return TREE


#: a network that trains in a blink, with odd channel counts
SMALL = Config(data="noise", block="basic", blocks=(1, 1), width=5, stem="small", feature_size=6, embedding=7,
               epochs=3, batch=8, lr=0.05, erase=0.5, shift=1, seed=3)


@pytest.fixture
def config():
    return SMALL


def noise():
    """Coloured noise whose mean colour tells the class."""
    generator = torch.Generator().manual_seed(1)
    recipe = Recipe(channels=3, resize=(10, 12), crop=(8, 8), pad=1, pad_value=9)
    colours = torch.tensor([[200, 30, 30], [200, 120, 20], [20, 30, 200]])

    def split(count):
        labels = torch.arange(count) % 3
        noise = torch.randint(-20, 21, (count, 3, 10, 12), generator=generator)
        images = (colours[labels][:, :, None, None] + noise).clamp(0, 255).to(torch.uint8)
        return Split(images, labels + TREE.offsets[-1])

    return Data("noise", TREE, recipe, split(30), split(12))


@pytest.fixture
def data():
    return noise()


@pytest.fixture
def folder(tmp_path):
    """A folder of pictures in class directories, and its tree file."""
    pictures = tmp_path / "pictures"
    colours = {"red": (200, 30, 30), "orange": (200, 120, 20), "blue": (20, 30, 200), "warm": (200, 75, 25)}
    for label, colour in colours.items():
        (pictures / label).mkdir(parents=True)
        for number in range(8):
            picture = Image.new("RGB", (20 + number, 16), tuple(min(255, value + number) for value in colour))
            picture.save(pictures / label / f"{number}.jpg", quality=95)
    table = tmp_path / "tree.tsv"
    table.write_text("group\tkind\nwarm\tred\nwarm\torange\ncold\tblue\n")
    return pictures, table
