import pytest
import torch

from hrn_train.methods.method import Result
from hrn_train.metrics import average_precision, evaluate, level_targets


#: the results of a two-level HRN
RESULTS = (Result("sigmoid", "sigmoid", 0, decides=True), Result("softmax", "softmax", 1, decides=True),
           Result("sigmoid", "sigmoid", 1))


def figures_of(tree, labels, scores):
    """The figures of a network whose softmax branch says what its sigmoid scores say."""
    return evaluate(tree, labels, RESULTS, [scores[:, :2], scores[:, 2:], scores[:, 2:]])


def test_targets_follow_the_path(tree):
    assert level_targets(tree, torch.tensor([3, 4, 0])).tolist() == [[0, 3], [1, 4], [0, -1]]


def test_perfect_scores_are_all_right(tree):
    labels = torch.tensor([2, 3, 4])
    scores = torch.tensor([[1, 0, 1, 0, 0], [1, 0, 0, 1, 0], [0, 1, 0, 0, 1.]])
    figures = figures_of(tree, labels, scores)
    assert [level["accuracy"] for level in figures["levels"]] == [100, 100]
    assert figures["path_correct"] == figures["consistent"] == figures["average_precision"] == 100


def test_levels_may_contradict_each_other(tree):
    scores = torch.tensor([[1, 0, 0, 0, 1.], [1, 0, 1, 0, 0]])
    figures = figures_of(tree, torch.tensor([4, 2]), scores)
    assert figures["consistent"] == 50 and figures["path_correct"] == 50
    assert [level["accuracy"] for level in figures["levels"]] == [50, 100]


def test_levels_below_the_label_do_not_count(tree):
    scores = torch.tensor([[1, 0, 0, 0, 1.]])
    figures = figures_of(tree, torch.tensor([0]), scores)
    assert figures["levels"][1]["samples"] == 0 and figures["levels"][1]["accuracy"] is None
    assert figures["path_correct"] == 100


def test_average_precision_by_hand(tree):
    """Ranked pairs: hit, miss, hit, then six without hits: (1/1 + 2/3) / 2."""
    scores = torch.tensor([[0.9, 0.8, 0.1, 0.7, 0.0]])
    found = average_precision(tree, torch.tensor([[0, 3]]), scores)
    assert found == pytest.approx(100 * (1 + 2 / 3) / 2, abs=1e-3)


def test_equal_scores_share_a_rank(tree):
    found = average_precision(tree, torch.tensor([[0, 3]]), torch.full((1, 5), 0.5))
    assert found == pytest.approx(40)
