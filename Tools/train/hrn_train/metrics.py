"""Accuracy per level, agreement between levels, hierarchical precision and recall, average precision over the tree."""

import torch

from .loss import TreeMarginals
from .tree import paths


#: pictures of an evaluated batch, and their pixels at most
BATCH, BATCH_PIXELS = 500, 1 << 23


def measure(model, split, data, config):
    """The figures of a model on a split of its data; `config` is its run's."""
    potential = config.potential if config.method == "hrn" else None
    return evaluate(data.tree, split.labels, model.results, predict(model, split, data.recipe), potential)


def selection_score(figures):
    """What epochs are compared by: the accuracy of the deepest level that is labelled, as decided there."""
    return [level["accuracy"] for level in figures["levels"] if level["samples"]][-1]


@torch.no_grad()
def predict(model, split, recipe):
    """A model's answers for a whole split, in evaluation mode and float32: a tensor per entry of `model.results`."""
    batch = max(1, min(BATCH, BATCH_PIXELS // (recipe.size[0] * recipe.size[1])))
    model.eval()
    device = next(model.parameters()).device
    parts = []
    for start in range(0, len(split), batch):
        indices = torch.arange(start, min(start + batch, len(split)))
        inputs = recipe.normalize(recipe.window(split.images[indices]).to(device))
        answers = model.answers(model(inputs.contiguous(memory_format=torch.channels_last)))
        parts.append([answer.cpu() for answer in answers])
    return [torch.cat(column) for column in zip(*parts)]


def level_targets(tree, labels):
    """`[samples, levels]`: each sample's node at each level, -1 below the level it is labelled at."""
    return paths(tree)[labels]


def subtree_sums(tree, leaf_scores):
    """Scores of the deepest level summed up the tree: a tensor `[samples, labels]` per level."""
    levels = [leaf_scores]
    for k in reversed(range(1, tree.depth)):
        start, above = tree.offsets[k], tree.offsets[k - 1]
        parents = torch.tensor([parent - above for parent in tree.parents[start:start + tree.level_sizes[k]]])
        sums = levels[0].new_zeros(len(leaf_scores), tree.level_sizes[k - 1])
        levels.insert(0, sums.index_add(1, parents, levels[0]))
    return levels


def scores_of_levels(tree, results, answers, role="decides"):
    """The scores that decide each level (or that rank its labels, `role` "ranks"): a tensor per level. A level without
    such a result has the sums of the leaf probabilities below its labels."""
    chosen = {result.level: (result, answer) for result, answer in zip(results, answers) if getattr(result, role)}
    if len(chosen) == tree.depth:
        return [chosen[k][1] for k in range(tree.depth)]
    sums = subtree_sums(tree, chosen[tree.depth - 1][1])
    return [chosen[k][1] if k in chosen else sums[k] for k in range(tree.depth)]


def evaluate(tree, labels, results, answers, potential=None):
    """A dictionary of figures, in percent, from a model's `results` and its answers as `predict` gives them.

    Per level: `accuracy` of the arg-max of what decides it, `<name>_accuracy` of every other result,
    `softmax_accuracy` of the deepest level's probabilities summed up the tree, and with `potential` (what the tree
    loss was fed: sigmoid or logit) `marginal_accuracy` of the probabilities of that loss.
    `path_correct`: every labelled level is right (full path accuracy). `consistent`: the predicted nodes of all levels
    lie on one path (100 less TICE). `hierarchical`: precision, recall and F1 of `hierarchical_figures`.
    """
    targets = level_targets(tree, labels)
    known = targets >= 0
    predicted = _nodes(tree, scores_of_levels(tree, results, answers))
    levels = []
    for k, name in enumerate(tree.level_names):
        levels.append({"level": name, "samples": int(known[:, k].sum()),
                       "accuracy": _accuracy(predicted[:, k], targets[:, k])})
    for name, k, scores in _other_scores(tree, results, answers, potential):
        levels[k][f"{name}_accuracy"] = _accuracy(scores.argmax(1) + tree.offsets[k], targets[:, k])
    parents = torch.tensor(tree.parents)
    linked = (parents[predicted[:, 1:]] == predicted[:, :-1]).all(dim=1)
    ranked = torch.cat(scores_of_levels(tree, results, answers, "ranks"), dim=1)
    return {"levels": levels,
            "path_correct": _percent(((predicted == targets) | ~known).all(dim=1).sum(), len(labels)),
            "consistent": _percent(linked.sum(), len(labels)),
            "hierarchical": hierarchical_figures(tree, targets, predicted),
            "average_precision": average_precision(tree, targets, ranked)}


def _nodes(tree, scores):
    """`[samples, levels]`: the node with the highest score of each level."""
    return torch.stack([level.argmax(1) + start for level, start in zip(scores, tree.offsets)], dim=1)


def _other_scores(tree, results, answers, potential):
    """(name, level, scores) of whatever else could decide a level."""
    given = {(result.name, result.level): answer for result, answer in zip(results, answers)}
    for result, answer in zip(results, answers):
        if not result.decides:
            yield result.name, result.level, answer
    if ("softmax", tree.depth - 1) in given:
        for k, sums in enumerate(subtree_sums(tree, given["softmax", tree.depth - 1])):
            if ("softmax", k) not in given:
                yield "softmax", k, sums
    scores = [given.get(("sigmoid", k)) for k in range(tree.depth)]
    if potential and all(score is not None for score in scores):
        potentials = torch.cat(scores, dim=1)
        log_p = TreeMarginals(tree)(torch.logit(potentials, 1e-7) if potential == "logit" else potentials)
        for k, marginals in enumerate(log_p.split(tree.level_sizes, dim=1)):
            yield "marginal", k, marginals


def hierarchical_figures(tree, targets, predicted):
    """Precision, recall and F1 over nodes, in percent: with T the nodes of a picture's true path and P the predicted
    nodes of the levels it is labelled at, each with its ancestors,

        precision = sum |P & T| / sum |P|,   recall = sum |P & T| / sum |T|,   both sums over all pictures.

    S. Kiritchenko, S. Matwin, F. Famili, "Functional annotation of genes using hierarchical text categorization", 2005.
    """
    ancestors = paths(tree)
    closed = torch.where((targets >= 0)[:, :, None], ancestors[predicted], torch.full((), -1)).flatten(1)
    true, found = _members(tree, targets), _members(tree, closed)
    hits, chosen, wanted = int((true & found).sum()), int(found.sum()), int(true.sum())
    return {"precision": _percent(hits, chosen), "recall": _percent(hits, wanted),
            "f1": _percent(2 * hits, chosen + wanted)}


def _members(tree, nodes):
    """`[samples, tree.size]`: which nodes each row lists; -1 lists none."""
    table = torch.zeros(len(nodes), tree.size + 1, dtype=torch.bool)
    return table.scatter_(1, torch.where(nodes >= 0, nodes, torch.full_like(nodes, tree.size)), True)[:, :-1]


def average_precision(tree, targets, scores):
    """Micro-averaged average precision over all pairs of image and node, in percent, step-wise:

        AP = sum over ranks of (recall_i - recall_(i-1)) * precision_i,   pairs of one score sharing a rank.
    """
    flat, order = scores.flatten().sort(descending=True)
    hits = _members(tree, targets).flatten()[order].double().cumsum(0)
    last = torch.cat([flat[1:] != flat[:-1], torch.ones(1, dtype=torch.bool)])      # last pair of each score
    precision = (hits / torch.arange(1, len(hits) + 1))[last]
    recall = hits[last] / hits[-1]
    gained = torch.diff(recall, prepend=recall.new_zeros(1))
    return round(float((gained * precision).sum()) * 100, 3)


def _accuracy(predicted, targets):
    """Of the samples that have a target."""
    return _percent((predicted == targets).sum(), int((targets >= 0).sum()))


def _percent(part, whole):
    return round(100.0 * int(part) / whole, 3) if whole else None
