"""Sheets of heat maps: a picture, and where each network looks for its label of every level."""

from PIL import Image, ImageDraw, ImageFont

import torch

TILE = 160                                        # pixels; smaller pictures are enlarged to it by whole factors
GAP, LINE = 6, 12


def jet(heat):
    """Heat `[h, w]` in the colours of MATLAB's jet, `[3, h, w]` in 0..1: blue, cyan, yellow, red."""
    centres = torch.tensor([3.0, 2.0, 1.0]).view(3, 1, 1)
    return (1.5 - (4 * heat - centres).abs()).clamp(0, 1)


def overlaid(pixels, heat):
    """A picture (uint8 `[C, h, w]`) and its heat, added and divided by the largest sum; without heat, the picture."""
    picture = pixels.float().expand(3, -1, -1) / 255
    if float(heat.max()) > 0:
        picture = picture + jet(heat)
        picture = picture / picture.max()
    return image_of((picture * 255).round().to(torch.uint8))


def image_of(pixels):
    """uint8 `[C, h, w]` as Pillow's, enlarged where it is small."""
    image = Image.fromarray(pixels.expand(3, -1, -1).permute(1, 2, 0).contiguous().numpy())
    factor = max(1, TILE // image.width)
    return image.resize((image.width * factor, image.height * factor), Image.NEAREST)


def sheet(rows, box=None):
    """One image of rows of (caption, [(image, words), ...]); `box` is framed on the first image of every row."""
    width = max(sum(image.width + GAP for image, _ in tiles) for _, tiles in rows) + GAP
    tall = [LINE + GAP + max(image.height for image, _ in tiles) + 2 * LINE for _, tiles in rows]
    page = Image.new("RGB", (width, sum(tall) + GAP), "white")
    draw, font, top = ImageDraw.Draw(page), ImageFont.load_default(), GAP
    for (caption, tiles), height in zip(rows, tall):
        draw.text((GAP, top), caption, fill="black", font=font)
        left = GAP
        for number, (image, words) in enumerate(tiles):
            page.paste(image, (left, top + LINE + 2))
            if box and number == 0:
                corners = [left + box[0] * image.width, top + LINE + 2 + box[1] * image.height,
                           left + box[2] * image.width, top + LINE + 2 + box[3] * image.height]
                draw.rectangle(corners, outline=(0, 200, 0), width=2)
            below = (left, top + LINE + 4 + image.height)
            draw.text(below, _fitting(words, image.width, font), fill="black", font=font)
            left += image.width + GAP
        top += height
    return page


def _fitting(words, width, font):
    """The words, cut to a width; letters that the built-in font lacks become '?'."""
    words = words.encode("latin-1", "replace").decode("latin-1")
    while words and font.getbbox(words)[2] > width:
        words = words[:-4] + "..." if len(words) > 4 else ""
        words = words if not words.endswith("....") else words[:-1]
    return words
