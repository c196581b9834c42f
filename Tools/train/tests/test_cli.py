import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hrn_train.cli import main

SMALL = ["--block", "basic", "--blocks", "1,1", "--width", "4", "--stem", "small", "--feature-size", "6",
         "--embedding", "5", "--resize", "12x12", "--crop", "8x8", "--batch", "8", "--epochs", "2"]


@pytest.fixture
def run(folder, tmp_path):
    pictures, table = folder
    directory = tmp_path / "run"
    assert main(["fit", "-o", str(directory), "--data", str(pictures), "--tree", str(table), *SMALL]) == 0
    return directory


def test_from_pictures_to_a_file(run, tmp_path, capsys):
    assert (run / "tree.tsv").exists() and len((run / "log.jsonl").read_text().splitlines()) == 2
    assert main(["evaluate", str(run), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert [level["level"] for level in figures["levels"]] == ["group", "kind"]
    assert main(["export", str(run), "-o", str(tmp_path / "m.hrn"), "--goldens", "2"]) == 0
    assert main(["pictures", str(run), "-o", str(tmp_path / "some"), "--count", "3"]) == 0
    assert len(list((tmp_path / "some").glob("*.jpg"))) == 3
    assert main(["pictures", str(run), "-o", str(tmp_path / "all"), "--split", "train", "--count", "100",
                 "--by-label"]) == 0
    assert sorted(path.name for path in (tmp_path / "all").iterdir()) == ["blue", "orange", "red", "warm"]
    # a finished run has nothing left to do
    assert main(["fit", "--resume", str(run)]) == 0
    assert capsys.readouterr().err.endswith("nothing is left to train\n")
    assert len((run / "log.jsonl").read_text().splitlines()) == 2


def test_existing_results_are_not_overwritten(run, folder, tmp_path, capsys):
    pictures, table = folder
    assert main(["fit", "-o", str(run), "--data", str(pictures), "--tree", str(table), *SMALL]) == 73
    assert "holds a run already" in capsys.readouterr().err
    (tmp_path / "m.hrn").write_bytes(b"")
    assert main(["export", str(run), "-o", str(tmp_path / "m.hrn")]) == 73
    assert main(["export", str(run), "-o", str(tmp_path / "no" / "m.hrn")]) == 73
    assert "no such directory" in capsys.readouterr().err


def test_what_is_no_regular_file_is_never_replaced(run, tmp_path, capsys):
    pipe, link = tmp_path / "pipe", tmp_path / "link.hrn"
    os.mkfifo(pipe)
    assert main(["export", str(run), "-o", str(pipe), "--force"]) == 73
    assert "is a pipe or a device, expected a regular file" in capsys.readouterr().err
    assert pipe.is_fifo()
    (tmp_path / "m.hrn").write_bytes(b"")
    link.symlink_to("m.hrn")
    assert main(["export", str(run), "-o", str(link), "--force"]) == 0
    assert link.is_symlink() and (tmp_path / "m.hrn").stat().st_size > 0


def test_links_to_nothing_are_followed_and_loops_refused(run, tmp_path, capsys):
    for name, target in ("link.hrn", "m.hrn"), ("loop.hrn", "loop.hrn"), ("far.hrn", "no/m.hrn"):
        (tmp_path / name).symlink_to(target)
    assert main(["export", str(run), "-o", str(tmp_path / "link.hrn")]) == 0
    assert (tmp_path / "link.hrn").is_symlink() and (tmp_path / "m.hrn").stat().st_size > 0
    for name, words in ("loop.hrn", "Too many levels of symbolic links"), ("far.hrn", "no such directory"):
        assert main(["export", str(run), "-o", str(tmp_path / name), "--force"]) == 73
        assert words in capsys.readouterr().err


def test_the_checkpoint_that_is_exported_is_never_replaced(run, tmp_path, capsys):
    before = (run / "checkpoint.pt").read_bytes()
    link = tmp_path / "link.hrn"
    link.symlink_to(run / "checkpoint.pt")
    for output in run / "checkpoint.pt", link:
        assert main(["export", str(run), "-o", str(output), "--force"]) == 73
        assert "is the checkpoint that is read" in capsys.readouterr().err
    assert (run / "checkpoint.pt").read_bytes() == before


def test_a_picture_that_is_not_there_is_missing(run, tmp_path, capsys):
    (tmp_path / "words.jpg").write_text("words")
    for name, code, words in [("no.jpg", 66, "no.jpg: no such picture"), ("", 66, "Is a directory"),
                              ("words.jpg", 65, "cannot identify image file")]:
        assert main(["gradcam", str(run), str(tmp_path / name), "-o", str(tmp_path / "heat")]) == code
        assert words in capsys.readouterr().err


def test_figures_that_nobody_can_take(run):
    command = [sys.executable, "-m", "hrn_train", "evaluate", str(run)]
    with open("/dev/full", "w") as full:
        found = subprocess.run(command, cwd=Path(__file__).parents[1], stdout=full, stderr=subprocess.PIPE, text=True)
    assert (found.returncode, found.stderr) == (74, "hrn_train: No space left on device\n")
    reader, writer = os.pipe()
    os.close(reader)
    found = subprocess.run(command, cwd=Path(__file__).parents[1], stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert (found.returncode, found.stderr) == (0, "")
    closed = ["sh", "-c", '"$@" >&-', "sh", *command]
    found = subprocess.run(closed, cwd=Path(__file__).parents[1], stderr=subprocess.PIPE, text=True)
    assert (found.returncode, found.stderr) == (0, "")


def test_everything_may_be_trained_on(folder, tmp_path, capsys):
    pictures, table = folder
    run = str(tmp_path / "run")
    assert main(["fit", "-o", run, "--data", str(pictures), "--tree", str(table), "--test-share", "0", *SMALL]) == 0
    assert main(["export", run, "-o", str(tmp_path / "m.hrn")]) == 0
    assert main(["evaluate", run]) == 65
    assert "no pictures were set aside" in capsys.readouterr().err


@pytest.mark.parametrize("options", [["--method", "flat"], ["--method", "fgn", "--feature-size", "6"],
                                     ["--no-gsb", "--no-residual", "--no-relu"], ["--loss", "tree"],
                                     ["--loss", "ce"], ["--loss", "bce+ce"], ["--potential", "logit"]])
def test_every_variant_goes_all_the_way(options, folder, tmp_path, capsys):
    pictures, table = folder
    small = SMALL[:SMALL.index("--feature-size")] + SMALL[SMALL.index("--resize"):]
    if "flat" not in options and "fgn" not in options:
        small += ["--feature-size", "6", "--embedding", "5"]
    run = str(tmp_path / "run")
    assert main(["fit", "-o", run, "--data", str(pictures), "--tree", str(table), *small, *options]) == 0
    assert main(["export", run, "-o", str(tmp_path / "m.hrn"), "--goldens", "2"]) == 0
    capsys.readouterr()
    assert main(["evaluate", run]) == 0
    assert "kind" in capsys.readouterr().out


def test_changed_tree_is_noticed(run, folder, tmp_path, capsys):
    folder[1].write_text("group\tkind\nwarm\torange\nwarm\tred\ncold\tblue\n")
    assert main(["export", str(run), "-o", str(tmp_path / "m.hrn")]) == 65
    assert "has changed since the run was started" in capsys.readouterr().err


@pytest.mark.parametrize("arguments, code, words", [
    (["fit", "-o", "x", "--data", "pictures"], 64, "needs its label tree"),
    (["fit", "-o", "x", "--resize", "9x9"], 64, "--resize does not go with --data fashion-mnist"),
    (["fit", "-o", "x", "--trunk", "resnet18", "--blocks", "1,1"], 64, "give either it or --block and --blocks"),
    (["fit", "-o", "x", "--data", "/nowhere", "--tree", "/nowhere.tsv"], 66, "no such folder"),
    (["fit", "-o", "x", "--method", "fgn", "--potential", "logit"], 64, "--potential is for --method hrn, not for fgn"),
    (["fit", "-o", "x", "--method", "flat", "--no-gsb"], 64, "--no-gsb is for --method hrn, not for flat"),
    (["fit", "-o", "x", "--dropout", "0.5"], 64, "--dropout is for --method hmcn or chmcnn, not for hrn"),
    (["fit", "--resume", "x", "--lr", "1"], 64, "--lr does not go with --resume"),
    (["fit", "-o", "x", "--device", "cuda:77"], 64, "--device cuda"),
    (["evaluate", "/nowhere"], 66, "no such checkpoint"),
    (["evaluate", __file__], 65, "it is no file of PyTorch's"),
    (["pictures", "fashion-mnist", "-o", str(Path(__file__).parent)], 73, "exists and is not an empty directory"),
])
def test_says_what_to_do(arguments, code, words, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == code
    message = capsys.readouterr().err
    assert message.startswith("hrn_train: ") and words in message


@pytest.mark.parametrize("arguments", [
    [], ["fit"], ["evaluate", "run", "--threads", "-3"], ["pictures", "run", "-o", "x", "--count", "-1"],
    ["export", "run", "-o", "x", "--goldens", "-1"], ["fit", "-o", "x", "--epochs", "0"], ["fit", "-o", "x", "--crop", "big"],
    ["fit", "-o", "x", "--erase", "2"], ["export", "run"], ["unknown"]])
def test_usage_errors_have_one_code(arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 64


def test_runs_as_a_module():
    found = subprocess.run([sys.executable, "-m", "hrn_train", "--help"], cwd=Path(__file__).parents[1],
                           capture_output=True, text=True, check=True)
    assert "examples:" in found.stdout
