import pytest
import torch

from hrn_train.data.trees import benchmark_tree
from hrn_train.loss import TreeMarginals


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
