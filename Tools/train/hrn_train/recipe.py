"""The preprocessing recipe: how a picture becomes the network's input, complete and in a stated order.

    decode -> EXIF orientation -> grey (Pillow's L) or RGB -> resize -> centre crop -> pad -> (pixel / 255 - mean) / std

Training starts from the resized picture and varies crop, mirror and erased areas; evaluation and the exported model
follow the recipe exactly.
"""

from dataclasses import asdict, dataclass

import numpy as np
import torch
from PIL import Image, ImageOps

from .errors import InputError

SCALE = float(np.float32(1 / 255))                # as the recipe message of the file stores it


@dataclass(frozen=True)
class Recipe:
    """Sizes are (height, width). `crop` None keeps the whole resized picture; `pad` is the same on all four sides."""

    channels: int = 3
    resize: tuple = (550, 550)                    # squashed to exactly this, antialiased bilinear as Pillow does it
    crop: tuple = None                            # centre crop; offset (resized - crop) / 2, half to even
    pad: int = 0
    pad_value: int = 0                            # a pixel value, before normalisation
    exif: bool = False                            # whether a picture's EXIF orientation is applied
    mean: tuple = (0.5, 0.5, 0.5)
    std: tuple = (0.5, 0.5, 0.5)

    def __post_init__(self):
        if self.crop and (self.crop[0] > self.resize[0] or self.crop[1] > self.resize[1]):
            raise InputError(f"recipe: crop {self.crop[0]}x{self.crop[1]} does not fit into the resized picture, "
                             f"{self.resize[0]}x{self.resize[1]}; choose a smaller --crop")
        if len(self.mean) != self.channels or len(self.std) != self.channels or min(self.std) <= 0:
            raise InputError(f"recipe: mean {self.mean} and std {self.std} for {self.channels} channels; expected "
                             "one number per channel, and std above zero")

    def to_dict(self):
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    @staticmethod
    def from_dict(values):
        return Recipe(**{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()})

    @property
    def size(self):
        """Height and width of the network's input."""
        height, width = self.crop or self.resize
        return height + 2 * self.pad, width + 2 * self.pad

    @property
    def offset(self):
        """Where the input window starts in the resized picture; negative where padding comes first."""
        height, width = self.crop or self.resize
        return round((self.resize[0] - height) / 2) - self.pad, round((self.resize[1] - width) / 2) - self.pad

    def load(self, picture, trim=0, factor=1):
        """Decodes and resizes one picture (a path or a file): uint8 `[channels, height, width]`.

        Before all else `trim` rows are cut off at its bottom; before it is resized it is shrunk by `factor`, nearest
        neighbour and sizes rounded down, which takes its details away.
        """
        with Image.open(picture) as image:
            image = image.crop((0, 0, image.width, image.height - trim)) if trim else image
            image = ImageOps.exif_transpose(image) if self.exif else image
            image = image.convert("L" if self.channels == 1 else "RGB")
            if factor < 1:
                image = image.resize(tuple(max(1, int(size * factor)) for size in image.size), Image.NEAREST)
            if image.size != (self.resize[1], self.resize[0]):
                image = image.resize((self.resize[1], self.resize[0]), Image.BILINEAR)
            pixels = np.array(image, dtype=np.uint8).reshape(*self.resize, self.channels)
        return torch.from_numpy(pixels).permute(2, 0, 1).contiguous()

    def window(self, images, rows=None, columns=None):
        """Cuts the input window out of resized pictures `[B, C, H, W]`, uint8.

        `rows` and `columns` are the window's pixel coordinates in each picture, `[B, h]` and `[B, w]`, and may lie
        outside it, where the padding value is; without them it is the recipe's own window.
        """
        if rows is None:
            height, width = self.size
            top, left = self.offset
            rows = torch.arange(top, top + height).expand(len(images), -1)
            columns = torch.arange(left, left + width).expand(len(images), -1)
        before, after = max(0, -int(rows.min())), max(0, int(rows.max()) + 1 - images.shape[2])
        left, right = max(0, -int(columns.min())), max(0, int(columns.max()) + 1 - images.shape[3])
        if before or after or left or right:
            images = torch.nn.functional.pad(images, (left, right, before, after), value=self.pad_value)
        batch = torch.arange(len(images))[:, None, None, None]
        channel = torch.arange(images.shape[1])[None, :, None, None]
        cut = images[batch, channel, (rows + before)[:, None, :, None], (columns + left)[:, None, None, :]]
        if self.crop and self.pad:                # what the crop left out must not show through the padding
            inner = cut[:, :, self.pad:-self.pad, self.pad:-self.pad]
            cut = torch.nn.functional.pad(inner, (self.pad,) * 4, value=self.pad_value)
        return cut

    def normalize(self, pixels):
        """(pixel * scale - mean) / std, in float32 throughout."""
        mean = torch.tensor(self.mean, device=pixels.device).view(1, -1, 1, 1)
        std = torch.tensor(self.std, device=pixels.device).view(1, -1, 1, 1)
        return (pixels.float() * SCALE - mean) / std
