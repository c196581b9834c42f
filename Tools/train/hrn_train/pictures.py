"""Pictures of a data set as JPEG files: the goldens of an export, and something to calibrate with or to classify."""

import io

import torch
from PIL import Image

QUALITY = 95


def choose(split, count):
    """Indices of `count` pictures: the first of every label in turn, then the second of every label, ..."""
    seen, keyed = {}, []
    for index, label in enumerate(split.labels.tolist()):
        seen[label] = seen.get(label, 0) + 1
        keyed.append((seen[label], label, index))
    return [index for _, _, index in sorted(keyed)[:count]]


def jpeg(split, recipe, index):
    """The JPEG file of a picture: its own bytes where it is one and whole, else the picture encoded at quality 95."""
    if torch.is_tensor(split.images):
        pixels = split.images[index]
        array = pixels[0].numpy() if len(pixels) == 1 else pixels.permute(1, 2, 0).numpy()
        picture = Image.fromarray(array)
    else:
        path = split.images.paths[index]
        with Image.open(path) as file:
            if file.format == "JPEG" and not split.images.trim:
                return path.read_bytes()
        picture = split.images.picture(index).convert("L" if recipe.channels == 1 else "RGB")
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def label(split, tree, index):
    """The name of a picture's label, usable as a file name."""
    name = tree.name(int(split.labels[index]))
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in name)


def write(split, data, directory, count, by_label):
    """Writes `<label>-<index>.jpg` files, or `<label>/<index>.jpg` with a directory per label."""
    for index in choose(split, count):
        name = label(split, data.tree, index)
        path = directory / name / f"{index:05d}.jpg" if by_label else directory / f"{name}-{index:05d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg(split, data.recipe, index))
