"""Where a network looks: Grad-CAM heat maps of every level's label, in closed form.

The heads read a map G only through a pool over its h x w places, so with g = d score / d pooled vector the mean over
places of d score / d G[c] is g[c] / (h w), for an average pool and for a maximum alike. Hence

    heat[i, j] = max(0, sum over channels c of g[c] / (h w) * G[c, i, j])

needs no gradient of a convolution: one vector-Jacobian product through the heads, then a weighted sum of channels.
HRN's score of level k reads one map per level up to k, through the residual sums: each gives a contribution of its
own, and they add up. R. R. Selvaraju et al., "Grad-CAM", ICCV 2017. Where a head stops gradients (FGN, HMC-LMLP), so
does its heat map.
"""

import torch
from torch.nn.functional import interpolate, max_pool2d


@torch.no_grad()
def contributions(model, inputs, tree, nodes):
    """What each pooled map contributes to the score of `nodes[b, k]` in picture b: a list of signed `[B, K, h, w]`.

    The score is what is squashed into the answer that decides the node's level: a logit, or the logarithm of the summed
    exponentials of the deepest level's logits below the node, where the level has no answer of its own.
    """
    maps = model.maps(model.features(inputs))
    vectors = [model.pool(feature_map).flatten(1).float().requires_grad_() for feature_map in maps]
    with torch.enable_grad():
        output = model.heads(*vectors)
        gradients = [torch.autograd.grad(_scores(model, output, tree, column).sum(), vectors, retain_graph=True,
                                         allow_unused=True) for column in nodes.unbind(1)]
    found = []
    for feature_map, columns in zip(maps, zip(*gradients)):
        none, places = feature_map.new_zeros(feature_map.shape[:2]), feature_map.shape[2] * feature_map.shape[3]
        weights = torch.stack([none if gradient is None else gradient for gradient in columns], dim=1)
        found.append(torch.einsum("bkc,bchw->bkhw", weights / places, feature_map.float()))
    return found


def _scores(model, output, tree, nodes):
    """`[B]`: the score of each picture's node."""
    decided = {result.level: evidence for result, evidence in zip(model.results, model.evidence(output))
               if result.decides}
    scores = []
    for row, node in enumerate(nodes.tolist()):
        level = tree.level_of(node)
        if level in decided:
            scores.append(decided[level][row, node - tree.offsets[level]])
        else:
            leaves = [leaf for leaf in range(tree.level_sizes[-1]) if node in tree.path(tree.offsets[-1] + leaf)]
            scores.append(torch.logsumexp(decided[tree.depth - 1][row, leaves], dim=0))
    return torch.stack(scores)


def own(parts, level):
    """The contribution of a level's own block, as the paper shows it; of the only map where there is one."""
    return parts[min(level, len(parts) - 1)]


def heat(contribution, size):
    """A contribution `[B, h, w]` as heat from 0 to 1 at the size of the pictures; all zero where nothing speaks for
    the label, or everything alike."""
    positive = contribution.clamp(min=0)[:, None]
    shown = interpolate(positive, size, mode="bilinear", align_corners=False)[:, 0]
    low, high = shown.amin((1, 2), keepdim=True), shown.amax((1, 2), keepdim=True)
    spread = high - low
    return torch.where(spread > 0, (shown - low) / spread.clamp(min=torch.finfo(spread.dtype).tiny), 0 * shown)


#: of the hottest place; heat above it belongs to the object (B. Zhou et al., "Learning Deep Features", CVPR 2016)
THRESHOLD = 0.2


def located(warmth, box):
    """How well heat `[h, w]` finds a box (left, top, right, bottom), as shares of the picture: whether its hottest
    place lies inside, and the overlap (intersection over union) of the box with the one around the largest connected
    area above THRESHOLD."""
    height, width = warmth.shape
    left, top, right, bottom = (edge * side for edge, side in zip(box, (width, height, width, height)))
    y, x = divmod(int(warmth.argmax()), width)
    hit = left <= x + 0.5 <= right and top <= y + 0.5 <= bottom and float(warmth.max()) > 0
    rows, columns = _largest_area(warmth > THRESHOLD * warmth.max()).nonzero(as_tuple=True)
    if len(rows) == 0:
        return hit, 0.0
    found = (int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
    across = max(0.0, min(right, found[2]) - max(left, found[0]))
    down = max(0.0, min(bottom, found[3]) - max(top, found[1]))
    union = (right - left) * (bottom - top) + (found[2] - found[0]) * (found[3] - found[1]) - across * down
    return hit, across * down / union


def _largest_area(mask):
    """The largest connected part of a mask; neighbours touch by a side or a corner."""
    numbers = torch.arange(1, mask.numel() + 1, dtype=torch.float64).view(1, *mask.shape) * mask
    while True:                                   # the largest number of a part spreads over the whole of it
        spread = max_pool2d(numbers, 3, 1, 1) * mask
        if torch.equal(spread, numbers):
            break
        numbers = spread
    values, counts = numbers[numbers > 0].unique(return_counts=True)
    if len(values) == 0:
        return mask
    return (numbers == values[counts.argmax()])[0]


def box_in_window(box, recipe):
    """A box in shares of a picture -> in shares of the network's input window, cut at its edges."""
    found = []
    for axis, edge in zip((1, 0, 1, 0), box):
        place = (edge * recipe.resize[axis] - recipe.offset[axis]) / recipe.size[axis]
        found.append(min(1.0, max(0.0, place)))
    return tuple(found)
