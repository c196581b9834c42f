import math
from itertools import product

import pytest
import torch

from hrn_train.config import Config
from hrn_train.constraint import MaxConstraint, MinConstraint
from hrn_train.data import fashion
from hrn_train.data.trees import benchmark_tree
from hrn_train.loss import TreeMarginals, TreeTargets
from hrn_train.methods import METHODS, chmcnn, fgn, flat, hmcn, lmlp
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


@pytest.mark.parametrize("name, log_z, losses", [
    ("cub-200-2011", 6.9722460855, {0: 4.7934649830, 13: 4.9135775557, 51: 5.6086097219, 250: 6.1540642673}),
    ("fgvc-aircraft", 6.5040131564, {0: 2.7635571135, 30: 5.3519869819, 100: 5.7767404292, 199: 5.4131040655}),
    ("stanford-cars", 6.2651780818, {0: 2.8410298815, 9: 4.7197235364, 204: 4.8106326273})])
def test_benchmark_trees_give_the_known_values(name, log_z, losses):
    """Potentials f(n) = (7 n mod 11) / 11. At a leaf log Z is the path's energy less log p."""
    tree = benchmark_tree(name)
    f = (torch.arange(tree.size, dtype=torch.float64) * 7 % 11 / 11)[None]
    log_p = TreeMarginals(tree)(f)[0]
    leaf = tree.size - 1
    assert float(f[0, list(tree.path(leaf))].sum() - log_p[leaf]) == pytest.approx(log_z, abs=1e-9)
    for label, loss in losses.items():
        assert float(-log_p[label]) == pytest.approx(loss, abs=1e-9)


@pytest.mark.parametrize("name, floors", [("cub-200-2011", (3.194, 2.632, 3.516)),
                                          ("fgvc-aircraft", (2.531, 2.430, 2.733)),
                                          ("stanford-cars", (3.582, 3.406, 3.698))])
def test_benchmark_trees_have_the_known_floors(name, floors):
    """The least loss that sigmoid potentials allow at a leaf: mean, least and greatest over the classes."""
    tree = benchmark_tree(name)
    leaves = torch.arange(tree.offsets[-1], tree.size)
    f, _ = TreeTargets(tree)(leaves)
    found = -TreeMarginals(tree)(f.double()).gather(1, leaves[:, None])
    assert [float(found.mean()), float(found.min()), float(found.max())] == pytest.approx(floors, abs=6e-4)


def test_a_label_decides_its_path_and_what_is_not_below_it():
    targets, known = TreeTargets(UNEVEN)(torch.tensor([0, 6, 4]))
    assert targets.nonzero().tolist() == [[0, 0], [1, 1], [1, 6], [2, 0], [2, 4]]
    below = [sorted(set(range(9)) - set(row.nonzero()[:, 0].tolist())) for row in known]
    assert below == [[3, 4, 5, 8], [7], [8]]


@pytest.mark.parametrize("tree", [SMALL, UNEVEN])
def test_constraints_equal_their_definitions(tree):
    x = torch.rand(6, tree.size, generator=torch.Generator().manual_seed(9))
    raised, lowered = MaxConstraint(tree)(x), MinConstraint(tree)(x)
    for node in range(tree.size):
        family = [other for other in range(tree.size) if node in tree.path(other)]
        assert torch.equal(raised[:, node], x[:, family].amax(1))
        assert torch.equal(lowered[:, node], x[:, list(tree.path(node))].amin(1))


def test_large_trees_take_linear_time_and_stay_finite():
    """Thirty levels of a binary tree's left spine with a sibling each, and potentials far beyond exp's range."""
    depth = 30
    tree = LabelTree(tuple(f"l{k}" for k in range(depth)), (("a", "b"),) * depth,
                     (-1, -1, *(2 * (k - 1) for k in range(1, depth) for _ in range(2))))
    f = (torch.randn(3, tree.size, generator=torch.Generator().manual_seed(1)) * 200).requires_grad_()
    log_p = TreeMarginals(tree)(f)
    log_p[:, -1].sum().backward()
    assert torch.isfinite(log_p).all() and torch.isfinite(f.grad).all() and (log_p <= 0).all()
    assert (log_p[:, 2:] <= log_p[:, tree.parents[2:]] + 1e-3).all()


@pytest.mark.parametrize("loss, terms", [("tree+ce", ("tree_loss", "leaf_loss")), ("tree", ("tree_loss",)),
                                         ("ce", ("leaf_loss",)), ("bce+ce", ("bce_loss", "leaf_loss"))])
def test_losses_are_made_of_their_terms(loss, terms):
    logits = torch.randn(3, 5, generator=torch.Generator().manual_seed(8))
    module = HierarchicalLoss(SMALL, loss=loss)
    values = module(output(logits, logits[:, 2:]), torch.tensor([2, 4, 0]))
    assert module.terms == terms and len(values) == len(terms)


def test_binary_cross_entropy_by_hand():
    """Label 0: node 0 is on, node 1 and its child 4 are off, 2 and 3 are unknown."""
    logits = torch.tensor([[1.0, -2.0, 9.0, 9.0, 0.5]])
    (loss, _) = HierarchicalLoss(SMALL, loss="bce+ce")(output(logits, logits[:, 2:]), torch.tensor([0]))
    sigmoid = torch.sigmoid(logits[0])
    expected = -(sigmoid[0].log() + (1 - sigmoid[1]).log() + (1 - sigmoid[4]).log())
    assert float(loss) == pytest.approx(float(expected), rel=1e-6)


def test_max_constraint_loss_by_hand():
    """Label 2: its path 0, 2 is judged by the nodes that are on; 1, 3, 4 by the maximum over their subtrees."""
    logits = torch.tensor([[0.3, -1.0, 0.1, 2.0, 0.7]])
    (loss,) = chmcnn.MaxConstraintLoss(SMALL)(chmcnn.Output(logits), torch.tensor([2]))
    h = torch.sigmoid(logits[0])
    expected = -(torch.max(h[0], h[2]).log() + h[2].log() + (1 - torch.max(h[1], h[4])).log() + (1 - h[3]).log()
                 + (1 - h[4]).log())
    assert float(loss) == pytest.approx(float(expected), rel=1e-6)


def test_children_above_their_parents_are_punished():
    scores = torch.tensor([[0.2, 0.5, 0.6, 0.1, 0.5]])
    result = hmcn.Output(torch.zeros(1, 5), torch.zeros(1, 5), scores)
    *_, penalty = hmcn.TwoAnswerLoss(SMALL)(result, torch.tensor([2]))
    assert float(penalty) == pytest.approx(0.1 * 0.4 ** 2, rel=1e-6)


@pytest.mark.parametrize("name", METHODS)
def test_gradients_of_every_loss_equal_finite_differences(name):
    config = Config(method=name)
    loss = METHODS[name].loss(config, UNEVEN).double()
    generator = torch.Generator().manual_seed(11)

    def random(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64, requires_grad=True)

    labels = torch.tensor([0, 3, 8, 6])
    nodes, leaves, sizes = random(4, UNEVEN.size), random(4, 2), UNEVEN.level_sizes
    inputs, make = {
        "hrn": ((nodes, leaves), lambda x, z: Output(torch.sigmoid(x), x, z)),
        "flat": ((leaves,), flat.Output),
        "fgn": ((nodes,), lambda x: fgn.Output(list(x.split(sizes, dim=1)))),
        "lmlp": ((nodes,), lmlp.Output),
        "hmcn": ((nodes, random(4, UNEVEN.size)),
                 lambda x, y: hmcn.Output(x, y, (torch.sigmoid(x) + torch.sigmoid(y)) / 2)),
        "chmcnn": ((nodes,), chmcnn.Output)}[name]
    assert torch.autograd.gradcheck(lambda *tensors: sum(loss(make(*tensors), labels)), inputs)
