import io

import torch

from hrn_train.progress import Reporter

RECORD = {"epoch": 2, "seconds": 61.4, "lr": 0.05, "tree_loss": 1.25, "leaf_loss": 0.5,
          "test": {"levels": [{"level": "group", "accuracy": 99.5}, {"level": "class", "accuracy": None}]}}
LINE = "epoch 2/9: 61 s, lr 0.05, tree loss 1.2500, leaf loss 0.5000; test group 99.50 %\n"


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_elsewhere_than_on_a_terminal_there_is_a_line_per_epoch():
    stream = io.StringIO()
    reporter = Reporter(stream)
    reporter.batch(2, 1, 10, torch.tensor([1.5]))
    reporter.epoch(RECORD, 9)
    assert stream.getvalue() == LINE


def test_a_terminal_shows_one_line_that_rewrites_itself():
    stream = Terminal()
    reporter = Reporter(stream)
    reporter.batch(2, 1, 4, torch.tensor([1.5]))
    reporter.shown = 0
    reporter.batch(2, 3, 4, torch.tensor([1.25]))
    assert "\n" not in stream.getvalue()
    assert stream.getvalue().rsplit("\r", 1)[1].startswith("epoch 2 [##################......] 3/4 loss 1.250, ")
    reporter.epoch(RECORD, 9)
    last = stream.getvalue().rsplit("\r", 2)
    assert last[1].strip() == "" and last[2] == LINE


def test_quiet_is_silent():
    stream = Terminal()
    reporter = Reporter(stream, quiet=True)
    reporter.batch(1, 1, 2, torch.tensor([1.0]))
    reporter.epoch(RECORD, 9)
    assert stream.getvalue() == ""
