"""Training variations, computed on whole batches: shifted crop, mirror, erased rectangles."""

import torch


class Augment:
    """Cuts a randomly shifted, perhaps mirrored window out of each picture and perhaps erases a rectangle of it.

    `shift` is the largest shift of the window from the recipe's place, in pixels. Erasing follows Z. Zhong et al.,
    "Random Erasing Data Augmentation", arXiv 1708.04896: with probability `erase`, a rectangle of 2 % to
    `erase_area` of the window and an aspect ratio of 0.3 to 3.3 is filled with random pixels.
    """

    def __init__(self, recipe, shift=0, flip=True, erase=0.0, erase_area=0.25):
        self.recipe, self.shift, self.flip = recipe, shift, flip
        self.erase, self.erase_area = erase, erase_area

    def __call__(self, images, generator, part=slice(None), count=None):
        """uint8 `[B, C, H, W]` resized pictures -> uint8 `[B, C, h, w]` network inputs before normalisation.

        The pictures may be `part` of a batch of `count`: then as much is drawn as for the whole.
        """
        count, (height, width), (top, left) = count or len(images), self.recipe.size, self.recipe.offset

        def draw(low, high):
            return torch.randint(low, high + 1, (count, 1), generator=generator)[part]

        rows = torch.arange(height) + draw(-self.shift, self.shift) + top
        columns = torch.arange(width).expand(len(images), -1)
        if self.flip:
            columns = torch.where(draw(0, 1) == 1, width - 1 - columns, columns)
        columns = columns + draw(-self.shift, self.shift) + left
        pixels = self.recipe.window(images, rows, columns)
        return self._erased(pixels, generator, part, count) if self.erase > 0 else pixels

    def _erased(self, pixels, generator, part, count):
        channels, height, width = pixels.shape[1:]

        def uniform(low, high):
            return low + (high - low) * torch.rand(count, 1, generator=generator)[part]

        chosen = uniform(0, 1) < self.erase
        area = uniform(0.02, self.erase_area) * (height * width)
        ratio = torch.exp(uniform(-1.2, 1.2))
        tall = (area * ratio).sqrt().clamp(1, height)
        wide = (area / ratio).sqrt().clamp(1, width)
        top, left = uniform(0, 1) * (height - tall), uniform(0, 1) * (width - wide)
        y, x = torch.arange(height) + 0.5, torch.arange(width) + 0.5
        inside = ((y >= top) & (y < top + tall) & chosen)[:, None, :, None] \
            & ((x >= left) & (x < left + wide))[:, None, None, :]
        noise = torch.randint(0, 256, (count, channels, height, width), dtype=torch.uint8, generator=generator)[part]
        return torch.where(inside, noise, pixels)
