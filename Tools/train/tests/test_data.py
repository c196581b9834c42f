import gzip
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

from hrn_train.config import Config
from hrn_train.data import fashion, load
from hrn_train.data.files import Pictures
from hrn_train.data.augment import Augment
from hrn_train.errors import InputError
from hrn_train.recipe import Recipe


@pytest.fixture
def folder_config(folder):
    pictures, table = folder
    return Config(data=str(pictures), tree=str(table), resize=(12, 10), crop=(8, 8), test_share=0.25)


def test_directories_are_labels_of_any_level(folder_config):
    data = load(folder_config)
    assert len(data.train) == 24 and len(data.test) == 8
    labels = sorted(set(data.train.labels.tolist()))
    assert [data.tree.name(label) for label in labels] == ["warm", "red", "orange", "blue"]


def test_pictures_are_squashed_and_only_those_asked_for_are_read(folder_config):
    data = load(folder_config)
    images = data.train.images[torch.tensor([0, 3])]
    assert images.shape == (2, 3, 12, 10) and images.dtype == torch.uint8
    assert sorted(data.train.images.kept) == [0, 3]
    assert torch.equal(images, data.train.images[torch.tensor([0, 3])])


def test_seed_decides_which_pictures_are_set_aside(folder_config):
    def aside(seed):
        return [str(path) for path in load(replace(folder_config, seed=seed)).test.images.paths]
    assert aside(0) == aside(0) != aside(1)


def test_existing_split_is_used(folder, folder_config):
    pictures, _ = folder
    for name in ("train", "val"):
        (pictures / name).mkdir()
    for directory in ("red", "blue"):
        (pictures / directory).rename(pictures / "train" / directory)
    (pictures / "orange").rename(pictures / "val" / "orange")
    data = load(folder_config)
    assert len(data.train) == 16 and len(data.test) == 8


def test_validation_pictures_are_those_of_val_or_a_share_of_every_label(folder, folder_config):
    config = replace(folder_config, val_share=0.5)
    data = load(config)
    assert len(data.train) == len(data.val) == 12
    assert torch.bincount(data.val.labels).tolist() == [3, 0, 3, 3, 3]
    assert not set(data.train.images.paths) & set(data.val.images.paths)
    pictures, _ = folder
    for name, directory in (("train", "red"), ("val", "orange"), ("test", "blue")):
        (pictures / name).mkdir()
        (pictures / directory).rename(pictures / name / directory)
    data = load(config)
    assert [data.tree.name(int(split.labels[0])) for split in (data.train, data.val, data.test)] \
        == ["red", "orange", "blue"]


def test_levels_move_labels_up_and_drop_what_says_nothing(folder_config):
    data = load(replace(folder_config, levels=(1,)))
    assert data.tree.level_names == ("kind",)
    assert len(data.train) == 18                  # pictures known to be warm, and no more, have no kind
    assert data.train.images[torch.tensor([0])].shape == (1, 3, 12, 10)


def test_unknown_directory_is_named(folder, folder_config):
    (folder[0] / "green").mkdir()
    with pytest.raises(InputError, match="green: no label of the tree is called 'green'"):
        load(folder_config)


def test_broken_picture_is_named(folder, folder_config):
    (folder[0] / "red" / "0.jpg").write_bytes(b"no picture")
    with pytest.raises(InputError, match="0.jpg: not a picture that Pillow reads"):
        images = load(folder_config)
        for split in (images.train, images.test):
            split.images[torch.arange(len(split))]


def test_cut_picture_is_named(folder, folder_config):
    path = folder[0] / "red" / "0.jpg"
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(InputError, match="0.jpg: cannot decode"):
        Pictures([path], Recipe(resize=(4, 4)))[torch.tensor([0])]


def test_missing_folder_is_missing_input(folder_config):
    with pytest.raises(InputError) as caught:
        load(replace(folder_config, data="/nowhere"))
    assert caught.value.code == 66


def test_recipe_crops_pads_and_normalizes():
    recipe = Recipe(channels=1, resize=(6, 5), crop=(3, 3), pad=1, pad_value=7, mean=(0.5,), std=(0.25,))
    images = torch.arange(30, dtype=torch.uint8).view(1, 1, 6, 5)
    window = recipe.window(images)
    inner = images[0, 0, 2:5, 1:4]              # offsets 1.5, which rounds to 2, and 1
    assert recipe.size == (5, 5)
    # the crop comes before the padding; the pixels beside it are the padding's
    assert torch.equal(window[0, 0, 1:4, 1:4], inner)
    border = window[0, 0].clone()
    border[1:4, 1:4] = 7
    assert torch.equal(border, torch.full((5, 5), 7, dtype=torch.uint8))
    assert recipe.normalize(window)[0, 0, 0, 0] == pytest.approx((7 / 255 - 0.5) / 0.25)


def test_orientation_is_applied_where_the_recipe_says_so(tmp_path):
    picture = Image.new("L", (4, 2))
    picture.putpixel((0, 0), 255)
    exif = Image.Exif()
    exif[0x0112] = 6                              # shown after a quarter turn clockwise
    picture.save(tmp_path / "turned.png", exif=exif)
    turned, plain = (Recipe(channels=1, resize=(4, 2), exif=exif, mean=(0.0,), std=(1.0,)).load(
        tmp_path / "turned.png") for exif in (True, False))
    assert turned[0].tolist() == [[0, 255], [0, 0], [0, 0], [0, 0]]
    assert not torch.equal(turned, plain)


@pytest.mark.parametrize("values", [{"crop": (9, 9), "resize": (8, 8)}, {"mean": (0.5,)}, {"std": (1.0, 0.0, 1.0)}])
def test_impossible_recipes_are_refused(values):
    with pytest.raises(InputError, match="recipe: "):
        Recipe(**values)


def test_variations_without_randomness_are_the_recipe(data):
    recipe, images = data.recipe, data.train.images
    plain = Augment(recipe, shift=0, flip=False)(images, torch.Generator())
    assert torch.equal(plain, recipe.window(images))


def test_variations_shift_mirror_and_erase():
    recipe = Recipe(channels=1, resize=(8, 8), mean=(0.0,), std=(1.0,))
    images = torch.arange(64, dtype=torch.uint8).view(1, 1, 8, 8).repeat(200, 1, 1, 1)
    shifted = Augment(recipe, shift=2, flip=False)(images, torch.Generator().manual_seed(1))
    centres = shifted[:, 0, 4, 4] - images[:, 0, 4, 4]
    assert sorted(set(centres.to(torch.int8).tolist())) == sorted(8 * y + x for y in range(-2, 3) for x in range(-2, 3))
    mirrored = Augment(recipe, flip=True)(images, torch.Generator().manual_seed(1))
    kinds = {tuple(row) for row in mirrored[:, 0, 0].tolist()}
    assert kinds == {tuple(range(8)), tuple(reversed(range(8)))}
    erased = Augment(recipe, flip=False, erase=1.0)(images, torch.Generator().manual_seed(1))
    changed = (erased != images).float().mean(dim=(1, 2, 3))
    assert 0.02 < float(changed.mean()) < 0.25 and float(changed.max()) < 0.4


def test_fashion_tree_names_its_paths():
    tree = fashion.TREE
    names = {tree.name(leaf): [tree.name(node) for node in tree.path(leaf)] for leaf in tree.leaves()}
    assert names["Shirt"] == ["clothes", "tops", "Shirt"]
    assert names["Bag"] == ["goods", "accessories", "Bag"]
    assert tree.level_sizes == (2, 6, 10)


@pytest.mark.skipif(not Path(fashion.DIRECTORY).is_dir(), reason="needs the Debian package dataset-fashion-mnist")
def test_fashion_pictures_are_read():
    images = fashion.read_idx(Path(fashion.DIRECTORY) / "t10k-images-idx3-ubyte.gz")
    assert images.shape == (10000, 28, 28)


@pytest.mark.parametrize("content, words", [
    (None, "no such file; install the Debian package"),
    (b"plain", "not a readable gzip file"),
    (gzip.compress(b"\0\0\x09\1\0\0\0\0"), "expected an IDX header"),
    (gzip.compress(b"\0\0\x08\1\0\0\0\5abc"), "holds 3 values, its header says 5"),
])
def test_damaged_idx_files_are_errors(tmp_path, content, words):
    path = tmp_path / "train-images-idx3-ubyte.gz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=words):
        fashion.read_idx(path)


def test_odd_crops_round_half_to_even():
    offsets = [Recipe(resize=(size, size), crop=(4, 4)).offset[0] for size in (5, 7, 9, 11)]
    assert offsets == [0, 2, 2, 4]
