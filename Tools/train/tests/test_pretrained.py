from dataclasses import replace

import pytest
import torch

from hrn_train.engine import Run, make_model
from hrn_train.errors import InputError
from hrn_train.pretrained import PLACES, load_trunk
from hrn_train.progress import Reporter


@pytest.fixture
def plain(config, data, tmp_path):
    """(file, state) of a plain ResNet that fits the trunk, with a classifier and without batch counters."""
    names = {place: name for name, place in PLACES.items()}
    state = {"fc.weight": torch.zeros(3, 10)}
    for key, value in make_model(replace(config, seed=77), data.recipe, data.tree).features \
            .state_dict().items():
        place, _, rest = key.partition(".")
        if not key.endswith("num_batches_tracked"):
            state[f"{names[place]}.{rest}"] = value
    torch.save(state, tmp_path / "resnet.pth")
    return tmp_path / "resnet.pth", state


def test_trunk_starts_from_a_plain_resnet(config, data, plain, tmp_path):
    run = Run(replace(config, init=str(plain[0])), data, tmp_path, Reporter(quiet=True))
    run.initialize()
    assert torch.equal(run.model.features[0].weight, plain[1]["conv1.weight"])
    assert torch.equal(run.average.state["features.5.0.conv2.weight"], plain[1]["layer2.0.conv2.weight"])


def test_files_older_than_the_zip_form_are_read(config, data, plain, tmp_path):
    """torchvision's resnet50-19c8e357.pth is such a stream of pickles."""
    path, state = plain
    torch.save(state, path, _use_new_zipfile_serialization=False)
    assert path.read_bytes()[:2] == b"\x80\x02"
    model = make_model(config, data.recipe, data.tree)
    load_trunk(model, path)
    assert torch.equal(model.features[4][0].conv1.weight, state["layer1.0.conv1.weight"])


def test_trunk_learns_at_its_own_rate(config, data, tmp_path):
    run = Run(replace(config, trunk_lr=0.0, ema=0.0, epochs=1), data, tmp_path, Reporter(quiet=True))
    before = {key: value.clone() for key, value in run.model.named_parameters()}
    after = dict(run.fit().named_parameters())
    assert torch.equal(before["features.0.weight"], after["features.0.weight"])
    assert not torch.equal(before["fc1.1.weight"], after["fc1.1.weight"])


def test_weights_that_do_not_fit_are_named(config, data, plain, tmp_path):
    path, state = plain
    model = make_model(replace(config, width=7), data.recipe, data.tree)
    with pytest.raises(InputError, match=r"the trunk's '0.weight' has shape \[5, 3, 3, 3\], expected \[7, 3, 3, 3\]"):
        load_trunk(model, path)
    del state["layer1.0.bn1.bias"]
    torch.save(state, path)
    with pytest.raises(InputError, match="lacks the trunk's tensor '4.0.bn1.bias'"):
        load_trunk(make_model(config, data.recipe, data.tree), path)
    path.write_bytes(b"nothing")
    with pytest.raises(InputError, match="not a state_dict"):
        load_trunk(model, path)
    with pytest.raises(InputError, match="no such file"):
        load_trunk(model, tmp_path / "none.pth")
