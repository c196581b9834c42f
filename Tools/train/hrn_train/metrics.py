"""Accuracy per level, consistency between levels, and average precision over the tree."""

import torch


@torch.no_grad()
def predict(model, split, recipe, batch=500):
    """Model outputs for a whole split, in evaluation mode and float32: (scores, leaf probabilities)."""
    model.eval()
    device = next(model.parameters()).device
    scores, leaves = [], []
    for start in range(0, len(split), batch):
        indices = torch.arange(start, min(start + batch, len(split)))
        inputs = recipe.normalize(recipe.window(split.images[indices]).to(device))
        output = model(inputs.contiguous(memory_format=torch.channels_last))
        scores.append(output.scores.cpu())
        leaves.append(torch.softmax(output.leaf_logits, dim=1).cpu())
    return torch.cat(scores), torch.cat(leaves)


def level_targets(tree, labels):
    """`[samples, levels]`: each sample's node at each level, -1 below the level it is labelled at."""
    table = torch.full((tree.size, tree.depth), -1)
    for node in range(tree.size):
        for level, ancestor in enumerate(tree.path(node)):
            table[node, level] = ancestor
    return table[labels]


def evaluate(tree, labels, scores, leaf_probabilities):
    """A dictionary of figures, in percent.

    Per level: `accuracy` of the arg-max of the level's own head (of the softmax branch at the deepest level;
    `sigmoid_accuracy` names the sigmoid head there). `path_correct`: every labelled level is right. `consistent`: the
    predicted nodes of all levels lie on one path.
    """
    targets = level_targets(tree, labels)
    heads = [scores[:, start:start + count] for start, count in zip(tree.offsets, tree.level_sizes)]
    heads[-1] = leaf_probabilities
    predicted = torch.stack([head.argmax(1) + start for head, start in zip(heads, tree.offsets)], dim=1)
    known = targets >= 0
    right = (predicted == targets) & known
    levels = []
    for k, name in enumerate(tree.level_names):
        count = int(known[:, k].sum())
        levels.append({"level": name, "samples": count, "accuracy": _percent(right[:, k].sum(), count)})
    sigmoid_leaf = scores[:, tree.offsets[-1]:].argmax(1) + tree.offsets[-1]
    count = levels[-1]["samples"]
    levels[-1]["sigmoid_accuracy"] = _percent((sigmoid_leaf == targets[:, -1]).sum(), count)
    parents = torch.tensor(tree.parents)
    linked = (parents[predicted[:, 1:]] == predicted[:, :-1]).all(dim=1)
    return {"levels": levels,
            "path_correct": _percent((right | ~known).all(dim=1).sum(), len(labels)),
            "consistent": _percent(linked.sum(), len(labels)),
            "average_precision": average_precision(tree, targets, torch.cat([scores[:, :tree.offsets[-1]],
                                                                             leaf_probabilities], dim=1))}


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
