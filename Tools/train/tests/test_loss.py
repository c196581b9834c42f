import math
from itertools import product

import pytest
import torch

from hrn_train.data import fashion
from hrn_train.loss import TreeMarginals
from hrn_train.methods.hrn import HierarchicalLoss, Output
from hrn_train.tree import LabelTree

SMALL = LabelTree(("top", "leaf"), (("A", "B"), ("2", "3", "4")), (-1, -1, 0, 0, 1))
#: leaves at three depths, a chain of only children, a node with three children
UNEVEN = LabelTree(("a", "b", "c"), (("0", "1", "2"), ("3", "4", "5", "6"), ("7", "8")),
                   (-1, -1, -1, 0, 0, 0, 1, 6, 4))
POTENTIALS = [0.9, 0.2, 0.7, 0.1, 0.4]


def brute_force(tree, potentials):
    """Marginals by enumerating all labellings and keeping the legal ones."""
    def legal(on):
        groups = {}
        for node in on:
            if tree.parents[node] != -1 and tree.parents[node] not in on:
                return False
            groups.setdefault(tree.parents[node], []).append(node)
        return all(len(siblings) == 1 for siblings in groups.values())

    weights = {}
    for bits in product((0, 1), repeat=tree.size):
        on = frozenset(node for node, bit in enumerate(bits) if bit)
        if legal(on):
            weights[on] = math.exp(sum(potentials[node] for node in on))
    assert len(weights) == tree.size + 1
    total = sum(weights.values())
    return [sum(w for on, w in weights.items() if node in on) / total for node in range(tree.size)]


def test_marginals_of_the_worked_example():
    f = torch.tensor([POTENTIALS], dtype=torch.float64)
    expected = [0.714731455641, 0.214719014642, 0.349434108218, 0.191773504638, 0.128549624457]
    assert TreeMarginals(SMALL)(f).exp()[0].tolist() == pytest.approx(expected, abs=1e-12)


def test_losses_of_the_worked_example():
    f = torch.tensor([POTENTIALS], dtype=torch.float64)
    expected = [0.335848393355, 1.538425014248, 1.051440266648, 1.651440266648, 2.051440266648]
    assert (-TreeMarginals(SMALL)(f))[0].tolist() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("label, expected", [
    (2, [-0.285268544359, 0.214719014642, -0.650565891782, 0.191773504638, 0.128549624457]),
    (0, [-0.285268544359, 0.214719014642, -0.139468549501, -0.076541962835, 0.128549624457]),
])
def test_gradients_of_the_worked_example(label, expected):
    f = torch.tensor([POTENTIALS], dtype=torch.float64, requires_grad=True)
    (-TreeMarginals(SMALL)(f)[0, label]).backward()
    assert f.grad[0].tolist() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("tree", [SMALL, UNEVEN, LabelTree(("only",), (("x", "y"),), (-1, -1))])
def test_marginals_equal_brute_force(tree):
    generator = torch.Generator().manual_seed(5)
    for spread in (1.0, 10.0):
        f = torch.randn(4, tree.size, generator=generator, dtype=torch.float64) * spread
        found = TreeMarginals(tree)(f).exp()
        for row in range(len(f)):
            assert found[row].tolist() == pytest.approx(brute_force(tree, f[row].tolist()), rel=1e-10)


def test_gradients_equal_finite_differences():
    f = torch.randn(3, UNEVEN.size, generator=torch.Generator().manual_seed(6), dtype=torch.float64)
    assert torch.autograd.gradcheck(TreeMarginals(UNEVEN), f.requires_grad_())


def test_huge_potentials_stay_finite():
    f = torch.tensor([[1e4, -1e4, 3e4, -3e4, 0.0]], requires_grad=True)
    log_p = TreeMarginals(SMALL)(f)
    log_p.sum().backward()
    assert torch.isfinite(log_p).all() and torch.isfinite(f.grad).all()
    assert (log_p <= 0).all()


def test_perfect_scores_reach_the_floor_not_zero():
    """With sigmoid potentials the best leaf loss of the clothing tree is 0.97 to 1.24, mean 1.137."""
    tree, floors = fashion.TREE, []
    for leaf in range(tree.offsets[-1], tree.size):
        f = torch.zeros(1, tree.size, dtype=torch.float64)
        f[0, list(tree.path(leaf))] = 1
        floors.append(float(-TreeMarginals(tree)(f)[0, leaf]))
    assert min(floors) == pytest.approx(0.97, abs=0.005)
    assert max(floors) == pytest.approx(1.24, abs=0.005)
    assert sum(floors) / 10 == pytest.approx(1.137, abs=0.0006)


def output(logits, leaf_logits):
    return Output(torch.sigmoid(logits), logits, leaf_logits)


def test_cross_entropy_counts_leaf_labelled_samples_only():
    generator = torch.Generator().manual_seed(7)
    logits, leaf_logits = torch.randn(4, 5, generator=generator), torch.randn(4, 3, generator=generator)
    loss = HierarchicalLoss(SMALL)
    tree_loss, leaf_loss = loss(output(logits, leaf_logits), torch.tensor([0, 3, 1, 4]))
    expected = torch.nn.functional.cross_entropy(leaf_logits[[1, 3]], torch.tensor([1, 2]))
    assert float(leaf_loss) == pytest.approx(float(expected), rel=1e-6)
    log_p = TreeMarginals(SMALL)(torch.sigmoid(logits))
    mean = -(log_p[0, 0] + log_p[1, 3] + log_p[2, 1] + log_p[3, 4]) / 4
    assert float(tree_loss) == pytest.approx(float(mean), rel=1e-6)


def test_batch_without_leaf_labels_has_a_tree_loss_only():
    tree_loss, leaf_loss = HierarchicalLoss(SMALL)(output(torch.zeros(2, 5), torch.zeros(2, 3)), torch.tensor([0, 1]))
    assert float(leaf_loss) == 0 and float(tree_loss) > 0


def test_logit_potentials_are_the_logits():
    logits = torch.randn(2, 5, generator=torch.Generator().manual_seed(8))
    labels = torch.tensor([2, 4])
    tree_loss, _ = HierarchicalLoss(SMALL, "logit")(output(logits, torch.zeros(2, 3)), labels)
    log_p = TreeMarginals(SMALL)(logits)
    assert float(tree_loss) == pytest.approx(float(-(log_p[0, 2] + log_p[1, 4]) / 2), rel=1e-6)
