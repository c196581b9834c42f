"""Test pictures as JPEG files: the goldens of an export, and something to classify."""

import io

import torch
from PIL import Image

QUALITY = 95


def choose(data, count):
    """Indices of `count` test pictures: the first of every label in turn, then the second of every label, ..."""
    labels = data.test.labels.tolist()
    seen, keyed = {}, []
    for index, label in enumerate(labels):
        seen[label] = seen.get(label, 0) + 1
        keyed.append((seen[label], label, index))
    return [index for _, _, index in sorted(keyed)[:count]]


def jpeg(data, index):
    """The JPEG file of a test picture: its own bytes where it is one, else the picture encoded at quality 95."""
    images = data.test.images
    if torch.is_tensor(images):
        pixels = images[index]
        array = pixels[0].numpy() if len(pixels) == 1 else pixels.permute(1, 2, 0).numpy()
        picture = Image.fromarray(array)
    else:
        path = images.paths[index]
        with Image.open(path) as picture:
            if picture.format == "JPEG":
                return path.read_bytes()
            picture = picture.convert("L" if data.recipe.channels == 1 else "RGB")
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def name(data, index):
    """`<label>-<index>`, usable as a file name."""
    label = data.tree.name(int(data.test.labels[index]))
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in label) + f"-{index:05d}"
