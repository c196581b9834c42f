import pytest
import torch

from hrn_train.data import fashion
from hrn_train.loss import TreeMarginals
from hrn_train.methods.method import Result
from hrn_train.metrics import average_precision, evaluate, hierarchical_figures, level_targets
from hrn_train.tree import LabelTree

#: a leaf above the deepest level, and an only child
UNEVEN = LabelTree(("a", "b", "c"), (("x", "v"), ("y", "w"), ("z", "u", "t")), (-1, -1, 0, 0, 2, 2, 3))

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


def random_answers(tree, count, seed, steps=None):
    """Scores of every level, softmax of the deepest and labels at all levels; `steps` makes many scores equal."""
    generator = torch.Generator().manual_seed(seed)
    scores = torch.rand(count, tree.size, generator=generator)
    if steps:
        scores = (scores * steps).round() / steps
    leaves = torch.softmax(torch.randn(count, tree.level_sizes[-1], generator=generator) * 3, dim=1)
    return scores, leaves, torch.randint(0, tree.size, (count,), generator=generator)


def figures_of_tree(tree, scores, leaves, labels, potential=None):
    depth = tree.depth
    results = (*(Result("sigmoid", "sigmoid", k, decides=k < depth - 1) for k in range(depth)),
               Result("softmax", "softmax", depth - 1, decides=True))
    return evaluate(tree, labels, results, [*scores.split(tree.level_sizes, dim=1), leaves], potential)


@pytest.mark.parametrize("tree", [fashion.TREE, UNEVEN])
@pytest.mark.parametrize("steps", [None, 4])
def test_average_precision_equals_counting(tree, steps):
    scores, _, labels = random_answers(tree, 25, 3, steps)
    truth = [[node in tree.path(label) for node in range(tree.size)] for label in labels.tolist()]
    pairs = sorted(((score, true) for row, hits in zip(scores.tolist(), truth) for score, true in zip(row, hits)),
                   reverse=True)
    positives, area, seen, hits = sum(true for _, true in pairs), 0.0, 0, 0
    for threshold in sorted({score for score, _ in pairs}, reverse=True):
        gained = sum(true for score, true in pairs if score == threshold)
        seen, hits = seen + sum(score == threshold for score, _ in pairs), hits + gained
        area += gained / positives * hits / seen
    found = average_precision(tree, level_targets(tree, labels), scores)
    assert found == pytest.approx(100 * area, abs=1e-3)


@pytest.mark.parametrize("tree", [fashion.TREE, UNEVEN])
def test_hierarchical_figures_equal_those_of_sets(tree):
    scores, _, labels = random_answers(tree, 40, 4)
    targets = level_targets(tree, labels)
    predicted = torch.stack([level.argmax(1) + start for level, start in
                             zip(scores.split(tree.level_sizes, dim=1), tree.offsets)], dim=1)
    both = chosen = wanted = 0
    for label, nodes in zip(labels.tolist(), predicted.tolist()):
        true = set(tree.path(label))
        guess = {ancestor for node in nodes[:len(true)] for ancestor in tree.path(node)}
        both, chosen, wanted = both + len(true & guess), chosen + len(guess), wanted + len(true)
    expected = {"precision": both / chosen, "recall": both / wanted, "f1": 2 * both / (chosen + wanted)}
    found = hierarchical_figures(tree, targets, predicted)
    assert found == pytest.approx({key: 100 * value for key, value in expected.items()}, abs=1e-3)
    assert found["precision"] < found["recall"]                  # contradicting levels predict more than one path


def test_a_cousin_shares_the_ancestors_it_has_in_common():
    tree = fashion.TREE
    targets = level_targets(tree, torch.tensor([tree.node(2, "Shirt")] * 2))
    predicted = level_targets(tree, torch.tensor([tree.node(2, "Pullover"), tree.node(2, "Dress")]))
    assert hierarchical_figures(tree, targets, predicted)["recall"] == pytest.approx(100 * (2 + 1) / 6, abs=1e-3)


@pytest.mark.parametrize("potential", ["sigmoid", "logit"])
def test_every_way_to_decide_a_level_is_measured(potential):
    tree = fashion.TREE
    scores, leaves, labels = random_answers(tree, 200, 5)
    figures = figures_of_tree(tree, scores, leaves, labels, potential)
    potentials = scores if potential == "sigmoid" else torch.log(scores / (1 - scores))
    marginals = TreeMarginals(tree)(potentials.double())
    for k, (start, size) in enumerate(zip(tree.offsets, tree.level_sizes)):
        below = [[leaf for leaf in range(tree.level_sizes[-1]) if node in tree.path(tree.offsets[-1] + leaf)]
                 for node in range(start, start + size)]
        summed = torch.stack([leaves[:, leaf].sum(1) for leaf in below], dim=1)
        counted = [row for row, label in enumerate(labels.tolist()) if label >= start]
        for name, level in (("marginal_accuracy", marginals[:, start:start + size]),
                            ("accuracy" if k == 2 else "softmax_accuracy", summed)):
            right = sum(int(level[row].argmax()) + start in tree.path(int(labels[row])) for row in counted)
            assert figures["levels"][k][name] == pytest.approx(100 * right / len(counted), abs=1e-3)
    assert "sigmoid_accuracy" in figures["levels"][2] and "sigmoid_accuracy" not in figures["levels"][0]
