import json
import shutil
from dataclasses import replace

import pytest
import torch
from PIL import Image

from hrn_train.cli import main
from hrn_train.config import Config
from hrn_train.data import fashion
from hrn_train.engine import Run, make_model
from hrn_train.gradcam import THRESHOLD, box_in_window, contributions, heat, located, own
from hrn_train.methods import METHODS
from hrn_train.progress import Reporter
from hrn_train.recipe import Recipe
from hrn_train.sheets import jet, overlaid

TREE = fashion.TREE


def network(method, **values):
    """A network of some width whose batch norms have seen data, so that nothing in it is zero."""
    config = Config(method=method, block="basic", blocks=(1, 1), width=6, stem="small", feature_size=9, embedding=8,
                    **values)
    model = make_model(config, Recipe(resize=(32, 32)), TREE)
    generator = torch.Generator().manual_seed(2)
    for module in model.modules():
        if isinstance(module, (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d)):
            module.weight.data.uniform_(0.5, 1.5, generator=generator)
            module.bias.data.uniform_(-0.5, 0.5, generator=generator)
            module.running_mean.uniform_(-0.2, 0.2, generator=generator)
            module.running_var.uniform_(0.5, 1.5, generator=generator)
    return model.eval()


def by_autograd(model, inputs, node, block):
    """Plain Grad-CAM: the gradient of the node's logit down to the map, through pool and whatever follows."""
    maps = [feature_map.detach().requires_grad_() for feature_map in model.maps(model.features(inputs))]
    output = model.heads(*(model.pool(feature_map).flatten(1) for feature_map in maps))
    level = TREE.level_of(node)
    results = {result.level: evidence for result, evidence in zip(model.results, model.evidence(output))
               if result.decides}
    if level in results:
        score = results[level][0, node - TREE.offsets[level]]
    else:
        leaves = [leaf - TREE.offsets[-1] for leaf in TREE.leaves() if node in TREE.path(leaf)]
        score = results[TREE.depth - 1][0, leaves].exp().sum().log()
    gradient, = torch.autograd.grad(score, maps[block], allow_unused=True)
    if gradient is None:
        return torch.zeros_like(maps[block][:, 0])
    return (gradient.mean(dim=(2, 3), keepdim=True) * maps[block]).sum(1).detach()


@pytest.mark.parametrize("method", list(METHODS))
@pytest.mark.parametrize("node", [1, 5, 13])
def test_closed_form_equals_autograd(method, node):
    model, inputs = network(method), torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    found = [part[:, 1] for part in contributions(model, inputs, TREE, torch.tensor([[0, node]]))]
    assert len(found) == (3 if method == "hrn" else 1)
    for block, contribution in enumerate(found):
        expected = by_autograd(model, inputs, node, block)
        assert torch.allclose(contribution, expected, rtol=1e-4, atol=1e-6 * float(expected.abs().max() + 1))
    assert float(own(found, TREE.level_of(node)).abs().max()) > 0


def test_closed_form_equals_a_gradient_through_the_block():
    """As the authors do it: a hook on the deepest feature block, and back-propagation of the leaf's logit."""
    model, inputs = network("hrn"), torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(4))
    kept = []

    def keep(module, _, output):
        output.retain_grad()
        kept.append(output)

    hook = model.conv_block3.register_forward_hook(keep)
    model(inputs).leaf_logits[0, 4].backward()
    hook.remove()
    expected = (kept[0].grad.mean(dim=(2, 3), keepdim=True) * kept[0]).sum(1)
    found = contributions(model, inputs, TREE, torch.tensor([[TREE.offsets[-1] + 4]]))[2][:, 0]
    assert torch.allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_coarse_labels_owe_nothing_to_finer_blocks():
    model = network("hrn")
    first, second, third = contributions(model, torch.randn(2, 3, 32, 32), TREE, torch.tensor([[0], [3]]))
    assert float(first.abs().max()) > 0 and float(third.abs().max()) == 0
    assert float(second[0].abs().max()) == 0 and float(second[1].abs().max()) > 0
    alone = contributions(network("hrn", residual=False), torch.randn(1, 3, 32, 32), TREE, torch.tensor([[12]]))
    assert [float(part.abs().max()) > 0 for part in alone] == [False, False, True]


def test_heat_of_nothing_and_of_a_constant_is_zero():
    for constant in (-2.0, 0.0, 3.0):
        assert torch.equal(heat(torch.full((1, 4, 4), constant), (8, 8)), torch.zeros(1, 8, 8))
    warm = heat(torch.tensor([[[-1.0, 0.0], [0.0, 2.0]]]), (8, 8))
    assert float(warm.min()) == 0 and float(warm.max()) == 1 and float(warm[0, 7, 7]) == 1


def test_heat_finds_a_box():
    warmth = torch.zeros(20, 40)
    warmth[4:10, 8:20] = 0.5
    warmth[5, 9] = 1.0
    warmth[15, 35] = 0.9                                         # another place, smaller
    box = (8 / 40, 4 / 20, 20 / 40, 10 / 20)
    assert located(warmth, box) == (True, pytest.approx(1.0))
    assert located(warmth, (0.5, 0.0, 1.0, 1.0)) == (False, 0.0)
    assert located(torch.zeros(20, 40), box) == (False, 0.0)
    half = (8 / 40, 4 / 20, 14 / 40, 10 / 20)
    assert located(warmth, half) == (True, pytest.approx(0.5))
    warmth[4:10, 8:20] = THRESHOLD / 2                           # too cold to belong to the object
    warmth[5, 9] = 1.0
    assert located(warmth, box)[1] == pytest.approx(1 / 72)


def test_boxes_follow_the_recipe():
    recipe = Recipe(resize=(100, 200), crop=(50, 100))           # the window starts at row 25 and column 50
    assert box_in_window((0.25, 0.25, 0.5, 0.5), recipe) == pytest.approx((0, 0, 0.5, 0.5))
    assert box_in_window((0, 0, 1, 1), recipe) == (0, 0, 1, 1)
    padded = Recipe(resize=(10, 10), pad=5)
    assert box_in_window((0, 0, 1, 0.5), padded) == pytest.approx((0.25, 0.25, 0.75, 0.5))


def test_colours_go_from_blue_to_red():
    assert jet(torch.tensor([[0.0, 0.5, 1.0]]))[:, 0].t().tolist() == [[0, 0, 0.5], [0.5, 1, 0.5], [0.5, 0, 0]]
    grey = torch.full((1, 4, 4), 100, dtype=torch.uint8)
    assert overlaid(grey, torch.zeros(4, 4)).getpixel((0, 0)) == (100, 100, 100)


@pytest.fixture
def birds(tmp_path):
    """A run on a tiny CUB_200_2011, whose test pictures have boxes, and a rival's."""
    names = {1: "001.Black_footed_Albatross", 84: "084.Red_legged_Kittiwake"}
    rows = [(number, label) for number, label in enumerate((1, 84) * 6, start=1)]
    lists = {"images": lambda n, label: f"{names[label]}/{n}.jpg", "image_class_labels": lambda n, label: label,
             "train_test_split": lambda n, label: int(n > 4), "bounding_boxes": lambda n, label: "5.0 5.0 20.0 20.0"}
    for name, line in lists.items():
        (tmp_path / f"{name}.txt").write_text("".join(f"{n} {line(n, label)}\n" for n, label in rows))
    for number, label in rows:
        path = tmp_path / "images" / names[label] / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 40), (label, 9 * number, 0)).save(path)
    for method in ("hrn", "flat"):
        sizes = ["--feature-size", "6", "--embedding", "5"] if method == "hrn" else []
        assert main(["fit", "-o", str(tmp_path / method), "--method", method, "--data", "cub-200-2011", "--data-dir",
                     str(tmp_path), "--block", "basic", "--blocks", "1,1", "--width", "4", "--stem", "small",
                     "--resize", "24x24", "--batch", "4", "--epochs", "1", "--quiet", *sizes]) == 0
    return tmp_path


def test_sheets_and_figures_of_two_runs(birds, capsys):
    folder = birds / "heat"
    assert main(["gradcam", str(birds / "hrn"), "--beside", str(birds / "flat"), "-o", str(folder), "--count", "3",
                 "--blocks", "--json"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert [(entry["run"], entry["level"], entry["pictures"]) for entry in table] \
        == [(run, level, 3) for run in ("hrn", "flat") for level in ("order", "family", "species")]
    assert all(0 <= entry["pointing"] <= 100 and 0 <= entry["overlap"] <= 1 for entry in table)
    sheets = sorted(folder.glob("*.png"))
    assert [path.stem for path in sheets] == ["00000-Black-footed-Albatross", "00001-Red-legged-Kittiwake",
                                              "00002-Black-footed-Albatross"]
    with Image.open(sheets[0]) as image:                         # two runs, three blocks and their sum: six rows
        assert image.height > 6 * 140 and image.width > 4 * 140
    again = birds / "again" / "hrn"
    shutil.copytree(birds / "hrn", again)
    assert main(["gradcam", str(birds / "hrn"), "--beside", str(again), "-o", str(folder), "--count", "1",
                 "--json"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert [entry["run"] for entry in table] == [str(birds / "hrn")] * 3 + [str(again)] * 3
    assert [entry["overlap"] for entry in table[:3]] == [entry["overlap"] for entry in table[3:]]
    picture = next((birds / "images").glob("*/*.jpg"))
    assert main(["gradcam", str(birds / "flat"), str(picture), "-o", str(folder)]) == 0
    assert (folder / f"000-{picture.stem}.png").exists()
    assert capsys.readouterr().err.startswith(f"{folder}: 1 sheet\nno boxes")


def test_gradcam_says_what_does_not_fit(birds, config, data, capsys):
    Run(replace(config, epochs=1), data, birds / "other", Reporter(quiet=True)).fit()
    run, output = str(birds / "hrn"), ["-o", str(birds / "heat")]
    assert main(["gradcam", run, *output, "--beside", str(birds / "other")]) == 64
    assert "label trees differ" in capsys.readouterr().err
    (birds / "text.jpg").write_text("none")
    assert main(["gradcam", run, str(birds / "text.jpg"), *output]) == 65
    assert "text.jpg: cannot read the picture" in capsys.readouterr().err
