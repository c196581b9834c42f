"""Accuracy per level, consistency between levels, and average precision over the tree."""

import torch

from .tree import paths


@torch.no_grad()
def predict(model, split, recipe, batch=500):
    """A model's answers for a whole split, in evaluation mode and float32: a tensor per entry of `model.results`."""
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


def evaluate(tree, labels, results, answers):
    """A dictionary of figures, in percent, from a model's `results` and its answers as `predict` gives them.

    Per level: `accuracy` of the arg-max of what decides it, and `<name>_accuracy` of every other result. `path_correct`:
    every labelled level is right. `consistent`: the predicted nodes of all levels lie on one path.
    """
    targets = level_targets(tree, labels)
    predicted = torch.stack([scores.argmax(1) + start for scores, start in
                             zip(scores_of_levels(tree, results, answers), tree.offsets)], dim=1)
    known = targets >= 0
    right = (predicted == targets) & known
    levels = []
    for k, name in enumerate(tree.level_names):
        count = int(known[:, k].sum())
        levels.append({"level": name, "samples": count, "accuracy": _percent(right[:, k].sum(), count)})
    for result, answer in zip(results, answers):
        if not result.decides:
            k = result.level
            hits = (answer.argmax(1) + tree.offsets[k] == targets[:, k]).sum()
            levels[k][f"{result.name}_accuracy"] = _percent(hits, levels[k]["samples"])
    parents = torch.tensor(tree.parents)
    linked = (parents[predicted[:, 1:]] == predicted[:, :-1]).all(dim=1)
    ranked = torch.cat(scores_of_levels(tree, results, answers, "ranks"), dim=1)
    return {"levels": levels,
            "path_correct": _percent((right | ~known).all(dim=1).sum(), len(labels)),
            "consistent": _percent(linked.sum(), len(labels)),
            "average_precision": average_precision(tree, targets, ranked)}


def average_precision(tree, targets, scores):
    """Micro-averaged average precision over all pairs of image and node, in percent, step-wise:

        AP = sum over ranks of (recall_i - recall_(i-1)) * precision_i,   pairs of one score sharing a rank.
    """
    truth = torch.zeros(len(targets), tree.size + 1, dtype=torch.bool)
    truth.scatter_(1, torch.where(targets >= 0, targets, torch.full_like(targets, tree.size)), True)
    flat, order = scores.flatten().sort(descending=True)
    hits = truth[:, :-1].flatten()[order].double().cumsum(0)
    last = torch.cat([flat[1:] != flat[:-1], torch.ones(1, dtype=torch.bool)])      # last pair of each score
    precision = (hits / torch.arange(1, len(hits) + 1))[last]
    recall = hits[last] / hits[-1]
    gained = torch.diff(recall, prepend=recall.new_zeros(1))
    return round(float((gained * precision).sum()) * 100, 3)


def _percent(part, whole):
    return round(100.0 * int(part) / whole, 3) if whole else None
