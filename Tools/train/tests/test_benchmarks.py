import shutil
from pathlib import Path

import pytest
import torch
from PIL import Image

from hrn_train import pictures
from hrn_train.cli import make_parser
from hrn_train.config import Config
from hrn_train.data import load
from hrn_train.data.matfile import read_mat
from hrn_train.data.trees import benchmark_tree
from hrn_train.errors import InputError
from hrn_train.loss import TreeMarginals
from hrn_train.options import config_from

FIXTURES = Path(__file__).parent / "fixtures"
SMALL = {"resize": (12, 12), "crop": None}


@pytest.mark.parametrize("name, sizes, log_z, losses", [
    ("cub-200-2011", (13, 38, 200), 6.9722460855,
     {0: 4.7934649830, 13: 4.9135775557, 51: 5.6086097219, 250: 6.1540642673}),
    ("fgvc-aircraft", (30, 70, 100), 6.5040131564,
     {0: 2.7635571135, 30: 5.3519869819, 100: 5.7767404292, 199: 5.4131040655}),
    ("stanford-cars", (9, 196), 6.2651780818, {0: 2.8410298815, 9: 4.7197235364, 204: 4.8106326273}),
])
def test_trees_give_the_known_losses(name, sizes, log_z, losses):
    """Potentials f(n) = (7 n mod 11) / 11; log Z follows from any top-level node: log p(t) = B(t) - log Z."""
    tree = benchmark_tree(name)
    assert tree.level_sizes == sizes
    f = (torch.arange(tree.size, dtype=torch.float64) * 7 % 11 / 11)[None]
    log_p = TreeMarginals(tree)(f)[0]
    assert {label: -float(log_p[label]) for label in losses} == pytest.approx(losses, abs=1e-9)
    stop = 1 - log_p[:tree.level_sizes[0]].exp().sum()           # Pr(no label) = 1 / Z
    assert float(-stop.log()) == pytest.approx(log_z, abs=1e-9)


def picture(path, colour=(10, 20, 30), size=(40, 30)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path, quality=95)


def loaded(name, folder, **values):
    return load(Config(data=name, data_dir=str(folder), **{**SMALL, **values}))


@pytest.fixture
def birds(tmp_path):
    """CUB_200_2011 in miniature: six pictures of two species."""
    names = ["001.Black_footed_Albatross/Black_Footed_Albatross_0046_18.jpg",
             "001.Black_footed_Albatross/Black_Footed_Albatross_0009_34.jpg",
             "001.Black_footed_Albatross/Black_Footed_Albatross_0002_55.jpg",
             "084.Red_legged_Kittiwake/Red_Legged_Kittiwake_0001_1.jpg",
             "084.Red_legged_Kittiwake/Red_Legged_Kittiwake_0002_1.jpg",
             "084.Red_legged_Kittiwake/Red_Legged_Kittiwake_0003_1.jpg"]
    lists = {"images": names, "image_class_labels": [1, 1, 1, 84, 84, 84], "train_test_split": [0, 1, 1, 1, 0, 1],
             "bounding_boxes": ["4.0 3.0 20.0 15.0"] * 6, "classes": ["001.Black_footed_Albatross"]}
    for list_name, rows in lists.items():
        (tmp_path / f"{list_name}.txt").write_text("".join(f"{n} {row}\n" for n, row in enumerate(rows, start=1)))
    for number, name in enumerate(names):
        picture(tmp_path / "images" / name, (40 * number, 0, 0))
    return tmp_path


@pytest.fixture
def aircraft(tmp_path):
    """fgvc-aircraft-2013b in miniature: three pictures whose last 20 rows are white."""
    data = tmp_path / "data"
    lists = {"trainval": ["1025794 707-320", "1340192 An-12"], "test": ["0056978 F-16A/B"]}
    for part, rows in lists.items():
        (data / "images").mkdir(parents=True, exist_ok=True)
        (data / f"images_variant_{part}.txt").write_text("\n".join(rows) + "\n")
        for row in rows:
            image = Image.new("RGB", (40, 50), (0, 0, 0))
            image.paste((255, 255, 255), (0, 30, 40, 50))
            image.save(data / "images" / f"{row.split()[0]}.jpg", quality=95)
    (data / "images_box.txt").write_text("1025794 1 1 20 15\n1340192 1 1 40 30\n0056978 11 16 40 30\n")
    (data / "manufacturers.txt").write_text("Boeing\nAntonov\nLockheed Martin\n")
    (data / "families.txt").write_text("Boeing 707\nAn-12\nF-16\n")
    (data / "variants.txt").write_text("707-320\nAn-12\nF-16A/B\n")
    return tmp_path


def test_birds_in_their_official_layout(birds):
    data = loaded("cub-200-2011", birds)
    assert [path.name[-11:] for path in data.train.images.paths] \
        == ["0009_34.jpg", "0002_55.jpg", "_0001_1.jpg", "_0003_1.jpg"]
    names = [[data.tree.name(node) for node in data.tree.path(label)] for label in data.test.labels.tolist()]
    assert names == [["Procellariiformes", "Diomedeidae", "Black footed Albatross"],
                     ["Coraciiformes", "Laridae (Red legged Kittiwake)", "Red legged Kittiwake"]]
    assert data.train.images.box(0) == pytest.approx((0.1, 0.1, 0.6, 0.6))
    assert data.train.images[torch.tensor([0])].float().mean(dim=(0, 2, 3)).tolist() == pytest.approx([40, 0, 0], abs=3)


def test_relabelling_and_validation_share_the_training_pictures(birds):
    data = loaded("cub-200-2011", birds, keep=0.5, val_share=0.4)
    assert len(data.train) + len(data.val) == 4 and len(data.test) == 2
    labels = torch.cat([data.train.labels, data.val.labels])
    assert sorted(data.tree.level_of(label) for label in labels.tolist()) == [1, 1, 2, 2]
    assert len(data.train.images.boxes) == len(data.train)


@pytest.mark.parametrize("name, change, words", [
    ("images.txt", None, r"images.txt: no such file or folder; expected is CUB_200_2011 as its archive unpacks"),
    ("images.txt", "1\n", r"images.txt:1: '1' has 1 columns, expected 2"),
    ("images.txt", "9 001.Black_footed_Albatross/a.jpg\n", "images.txt:1: picture 9 lacks a class, a box or a place"),
    ("image_class_labels.txt", "".join(f"{n} 2\n" for n in range(1, 7)), "of class 2, which is not called 'Black foo"),
    ("train_test_split.txt", "1 1\n1 0\n", "train_test_split.txt:2: '1' is listed twice"),
    ("images.txt", "1 001.Black_footed_Albatross/none.jpg\n", "none.jpg: no such picture of 1 listed"),
    ("images.txt", "\xff", "images.txt: not UTF-8 text"),
])
def test_damaged_bird_lists_are_errors(birds, name, change, words):
    (birds / name).unlink() if change is None else (birds / name).write_bytes(change.encode("latin-1"))
    with pytest.raises(InputError, match=words) as caught:
        loaded("cub-200-2011", birds)
    assert "https://www.vision.caltech.edu" in str(caught.value)


@pytest.mark.parametrize("inner", ["", "data"])
def test_aircraft_in_their_official_layout_without_the_banner(aircraft, inner):
    data = loaded("fgvc-aircraft", aircraft / inner)
    names = [[data.tree.name(node) for node in data.tree.path(label)]
             for label in torch.cat([data.train.labels, data.test.labels]).tolist()]
    assert names == [["Boeing", "Boeing 707", "707-320"], ["Antonov", "An-12", "An-12"],
                     ["Lockheed Martin", "F-16", "F-16A/B"]]
    assert int(data.train.images[torch.arange(2)].max()) < 30
    assert data.train.images.box(0) == pytest.approx((0, 0, 0.5, 0.5))
    picture_file = aircraft / "out.jpg"
    picture_file.write_bytes(pictures.jpeg(data.test, data.recipe, 0))
    assert Image.open(picture_file).size == (40, 30)


@pytest.mark.parametrize("name, change, words", [
    ("images_variant_test.txt", "0056978 F-15\n", "images_variant_test.txt:1: 'F-15' is no variant of the 2013b"),
    ("images_box.txt", "1025794 1 1 20 15\n", "images_variant_trainval.txt:2: picture 1340192 has no box"),
    ("families.txt", "Boeing 7O7\n", "families.txt:1: 'Boeing 7O7' is no family"),
])
def test_damaged_aircraft_lists_are_errors(aircraft, name, change, words):
    (aircraft / "data" / name).write_text(change)
    with pytest.raises(InputError, match=words):
        loaded("fgvc-aircraft", aircraft)


def test_no_benchmark_lies_in_an_empty_folder(tmp_path):
    for name, first in (("cub-200-2011", "images"), ("fgvc-aircraft", "data"),
                        ("stanford-cars", "devkit/cars_train_annos.mat")):
        with pytest.raises(InputError, match=f"{first}: no such file or folder; expected .*; see https://") as caught:
            loaded(name, tmp_path)
        assert caught.value.code == 66


def test_cars_in_the_layout_of_the_devkit(tmp_path):
    (tmp_path / "devkit").mkdir()
    for name in ("cars_train_annos.mat", "cars_test_annos_withlabels.mat"):
        shutil.copy(FIXTURES / name, tmp_path / "devkit")
    for part, count in (("train", 4), ("test", 2)):
        for number in range(count):
            picture(tmp_path / f"cars_{part}" / f"{number + 1:05d}.jpg", size=(400, 50))
    data = loaded("stanford-cars", tmp_path)
    assert (data.train.labels - 9).tolist() == [0, 0, 173, 195] and (data.test.labels - 9).tolist() == [195, 0]
    assert data.tree.name(173 + 9) == "Ram C/V Cargo Van Minivan 2012"
    assert data.train.images.box(1) == pytest.approx((4 / 400, 3 / 50, 300 / 400, 42 / 50))
    (tmp_path / "cars_test" / "00002.jpg").unlink()
    with pytest.raises(InputError, match="cars_test/00002.jpg: no such picture of 2 listed"):
        loaded("stanford-cars", tmp_path)
    (tmp_path / "devkit" / "cars_test_annos_withlabels.mat").unlink()
    with pytest.raises(InputError, match="cars_test_annos_withlabels.mat: no such file"):
        loaded("stanford-cars", tmp_path)


@pytest.mark.parametrize("change", [{"class": 0}, {"class": 197}, {"class": None}, {"bbox_x1": []}, {"fname": 7}])
def test_annotations_that_say_nothing_of_a_car_are_errors(change, tmp_path, monkeypatch):
    (tmp_path / "devkit").mkdir()
    shutil.copy(FIXTURES / "cars_train_annos.mat", tmp_path / "devkit")
    rows = read_mat(FIXTURES / "cars_train_annos.mat")["annotations"]
    monkeypatch.setattr("hrn_train.data.cars.read_mat", lambda _: {"annotations": [{**rows[0], **change}]})
    with pytest.raises(InputError, match="annotation 1 is .*, expected fname, a class of 1 to 196 and a box"):
        loaded("stanford-cars", tmp_path)


def test_cars_in_the_layout_of_one_annotation_file(tmp_path):
    shutil.copy(FIXTURES / "cars_annos.mat", tmp_path)
    for number in range(3):
        picture(tmp_path / "car_ims" / f"{number + 1:06d}.jpg")
    data = loaded("stanford-cars", tmp_path)
    assert (data.train.labels - 9).tolist() == [1] and (data.test.labels - 9).tolist() == [0, 195]


def test_cars_in_folders_by_class(tmp_path):
    for part in ("train", "test"):
        for name in ("AM General Hummer SUV 2000", "Ram C-V Cargo Van Minivan 2012", "Acura_RL_Sedan_2012"):
            picture(tmp_path / part / name / "1.jpg")
    data = loaded("stanford-cars", tmp_path)
    assert sorted((data.train.labels - 9).tolist()) == [0, 1, 173]
    (tmp_path / "train" / "Trabant 601").mkdir()
    with pytest.raises(InputError, match="no class of Stanford Cars is called 'Trabant 601'"):
        loaded("stanford-cars", tmp_path)


def test_mat_files_hold_text_numbers_and_lists():
    found = read_mat(FIXTURES / "cars_annos.mat")
    assert found["class_names"] == ["a", "bc"] and found["sizes"].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_damaged_mat_files_are_errors(tmp_path):
    for name in ("cars_annos.mat", "cars_test_annos_withlabels.mat"):
        whole = (FIXTURES / name).read_bytes()
        for length in range(0, len(whole) - 7, 3):
            (tmp_path / "cut.mat").write_bytes(whole[:length])
            try:
                found = read_mat(tmp_path / "cut.mat")           # cut between two variables, or behind the header
                assert list(found) == ["annotations", "class_names", "sizes"][:len(found)]
                assert not found or name == "cars_annos.mat"
            except InputError as error:
                assert "cut.mat: " in str(error)
    with pytest.raises(InputError, match="version 7.3 are HDF5"):
        read_mat(FIXTURES / "make-cars.py")


def test_benchmarks_are_prepared_as_published(birds):
    options = make_parser().parse_args(["fit", "-o", "run", "--data", "cub-200-2011", "--data-dir", str(birds)])
    config = config_from(options)
    assert (config.resize, config.crop, config.shift, config.exif) == ((550, 550), (448, 448), 59, False)
    assert load(config).recipe.offset == (51, 51)
