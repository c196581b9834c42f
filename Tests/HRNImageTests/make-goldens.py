"""Writes what Pillow makes of seeded pictures and small JPEGs, for HRNImageTests to compare with.

    python Tests/HRNImageTests/make-goldens.py            write Resources/ anew (needs cjpeg, jpegtran: libjpeg-turbo-progs)
    python Tests/HRNImageTests/make-goldens.py --check    exit 1 if today's Pillow disagrees with the committed files

Written with Pillow 13. Versions up to 12 resize always horizontally first, so that --check fails there for resize.txt.

Each line of Resources/*.txt is one case and ends with the CRC-32 of the expected pixels. Pictures for resize.txt are
not stored: the tests make them from the same seed. Only JPEGs are, 30 of about 1 KB.
"""

import argparse
import io
import pathlib
import subprocess
import sys
import zlib

import numpy as np
from PIL import Image, ImageOps

FOLDER = pathlib.Path(__file__).parent / "Resources"
SEED = 20201


def crc(image):
    return f"{zlib.crc32(image.tobytes()):08x}"


# ------------------------------------------------------------------------------------------------------------ resize


def seeded_bytes(seed, count):
    """splitmix64, little-endian."""
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, count // 8 + 2, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return z.astype("<u8").tobytes()[:count]


def seeded_picture(seed, kind, width, height, channels):
    """Noise; of kind `extreme`, only 0 and 255."""
    pixels = np.frombuffer(seeded_bytes(seed, width * height * channels), np.uint8)
    if kind == "extreme":
        pixels = np.where(pixels >= 128, 255, 0).astype(np.uint8)
    shape = (height, width) if channels == 1 else (height, width, channels)
    return Image.fromarray(pixels.reshape(shape))


def resize_cases():
    random = np.random.default_rng(SEED)

    def side():
        return int(round(2 ** random.uniform(0, 7.6)))

    cases = [(500, 375, 3, 550, 550), (640, 480, 3, 224, 224), (600, 2, 1, 7, 3), (1, 300, 3, 5, 11)]
    for a in (1, 2, 3, 17):
        for b in (1, 2, 5, 40):
            cases.append((a, b, 3, b, a))
            cases.append((b, a, 1, a, 9))
    while len(cases) < 240:
        width, height = side(), side()
        # Every tenth case keeps a side, so that one pass is left out.
        new_width = width if len(cases) % 10 == 0 else side()
        new_height = height if len(cases) % 10 == 5 else side()
        cases.append((width, height, 3 if len(cases) % 3 else 1, new_width, new_height))
    for seed, (width, height, channels, new_width, new_height) in enumerate(cases):
        yield seed, "extreme" if seed % 4 == 0 else "noise", width, height, channels, new_width, new_height


def resize_lines():
    """Two digests: what this Pillow gives, and what two calls give that leave it no choice of the first axis."""
    bilinear = Image.Resampling.BILINEAR
    for seed, kind, width, height, channels, new_width, new_height in resize_cases():
        image = seeded_picture(seed, kind, width, height, channels)
        now = crc(image.resize((new_width, new_height), bilinear))
        horizontal_first = crc(image.resize((new_width, height), bilinear).resize((new_width, new_height), bilinear))
        yield f"{seed} {kind} {width} {height} {channels} {new_width} {new_height} {now} {horizontal_first}"


# ------------------------------------------------------------------------------------------------------------- JPEGs


def scene(width, height):
    y, x = np.mgrid[0:height, 0:width].astype(float)
    waves = [127 + 120 * np.sin(x / 5 + y / 9), 127 + 120 * np.sin(x / 3 - y / 7 + 1), 127 + 100 * np.cos(x * y / 90)]
    noise = np.frombuffer(seeded_bytes(7, width * height * 3), np.uint8).reshape(height, width, 3) / 16.0
    return Image.fromarray(np.clip(np.stack(waves, -1) + noise, 0, 255).astype(np.uint8))


def pnm(image):
    buffer = io.BytesIO()
    image.save(buffer, "PPM")
    return buffer.getvalue()


def tool(arguments, data):
    return subprocess.run(arguments, input=data, capture_output=True, check=True).stdout


def jpegs():
    picture = scene(45, 31)
    portable = pnm(picture)
    for name, arguments in {
        "444": ["-sample", "1x1"],
        "422": ["-sample", "2x1"],
        "420": ["-sample", "2x2"],
        "440": ["-sample", "1x2"],
        "411": ["-sample", "4x1"],
        "restart": ["-restart", "1"],
        "arithmetic": ["-arithmetic"],
        "adobe-rgb": ["-rgb"],
        "grey": ["-grayscale"],
        "progressive-444": ["-progressive", "-sample", "1x1"],
        "progressive-420": ["-progressive"],
        "progressive-grey": ["-progressive", "-grayscale"],
    }.items():
        yield name, tool(["cjpeg", "-quality", "60", *arguments], portable)
    yield "one-pixel", tool(["cjpeg"], pnm(scene(1, 1)))
    yield "narrow", tool(["cjpeg", "-progressive"], pnm(scene(3, 57)))

    buffer = io.BytesIO()
    picture.convert("CMYK").save(buffer, "JPEG", quality=60)
    cmyk = buffer.getvalue()
    yield "cmyk", cmyk
    # The transform byte of Adobe's segment: 0 says CMYK, 2 YCCK.
    transform = cmyk.index(b"Adobe") + 11
    yield "ycck", cmyk[:transform] + b"\x02" + cmyk[transform + 1 :]

    plain = tool(["cjpeg", "-quality", "30"], portable)
    for orientation in range(1, 9):
        little = orientation % 2 == 0
        order = "little" if little else "big"

        def number(value, size):
            return value.to_bytes(size, order)

        entries = number(0x010F, 2) + number(2, 2) + number(4, 4) + b"HRN\0"
        # Value fields are four bytes; a SHORT lies in the first two.
        entries += number(0x0112, 2) + number(3, 2) + number(1, 4) + number(orientation, 2) + b"\0\0"
        tiff = (b"II" if little else b"MM") + number(42, 2) + number(8, 4) + number(2, 2) + entries + number(0, 4)
        payload = b"Exif\0\0" + tiff
        segment = b"\xff\xe1" + (len(payload) + 2).to_bytes(2, "big") + payload
        yield f"orientation-{orientation}", plain[:2] + segment + plain[2:]


def opened(name):
    """Pillow's picture; where its decoder was built without arithmetic coding, djpeg's, which agrees on all others."""
    path = FOLDER / f"{name}.jpg"
    if name == "arithmetic":
        return Image.open(io.BytesIO(tool(["djpeg", "-dct", "int", "-pnm"], path.read_bytes())))
    return Image.open(path)


def decode_lines(names):
    for name in names:
        image = opened(name)
        upright = ImageOps.exif_transpose(image)
        yield f"{name} {image.width} {image.height} {crc(image.convert('RGB'))} {crc(image.convert('L'))} " + (
            f"{upright.width} {upright.height} {crc(upright.convert('RGB'))}"
        )


# ----------------------------------------------------------------------------------------------------------- recipes


def center_crop(image, width, height):
    """torchvision.transforms.functional.center_crop of a Pillow image."""
    if width > image.width or height > image.height:
        left, top = max((width - image.width) // 2, 0), max((height - image.height) // 2, 0)
        canvas = Image.new(image.mode, (max(width, image.width), max(height, image.height)))
        canvas.paste(image, (left, top))
        image = canvas
    left, top = int(round((image.width - width) / 2.0)), int(round((image.height - height) / 2.0))
    return image.crop((left, top, left + width, top + height))


def shorter_side(image, side):
    """torchvision's Resize(int)."""
    short, long = sorted(image.size)
    other = int(side * long / short)
    size = (side, other) if image.width <= image.height else (other, side)
    return image.resize(size, Image.Resampling.BILINEAR)


def bgr(image):
    return Image.merge("RGB", image.split()[::-1])


RECIPES = {
    "squash-crop": lambda i: center_crop(i.convert("RGB").resize((41, 38), Image.Resampling.BILINEAR), 30, 29),
    "shorter-side": lambda i: center_crop(shorter_side(ImageOps.exif_transpose(i).convert("RGB"), 24), 24, 24),
    "letterbox": lambda i: ImageOps.pad(
        ImageOps.exif_transpose(i).convert("RGB"), (40, 40), Image.Resampling.BILINEAR, (1, 2, 250)
    ),
    "grey-pad": lambda i: ImageOps.expand(
        i.convert("L").resize((20, 50), Image.Resampling.BILINEAR), (1, 2, 3, 4), 128
    ),
    "bgr": lambda i: bgr(i.convert("RGB").resize((33, 33), Image.Resampling.BILINEAR)),
    "large-crop": lambda i: ImageOps.expand(center_crop(i.convert("RGB"), 60, 20), (0, 5, 6, 0), (9, 8, 7)),
}


def prepare_lines(names):
    for name in names:
        for recipe, function in RECIPES.items():
            image = function(opened(name))
            yield f"{name} {recipe} {image.width} {image.height} {crc(image)}"


# -------------------------------------------------------------------------------------------------------------- main


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args().check
    FOLDER.mkdir(exist_ok=True)
    if not check:
        for name, data in jpegs():
            (FOLDER / f"{name}.jpg").write_bytes(data)
    names = sorted(path.stem for path in FOLDER.glob("*.jpg"))
    failures = 0
    for file, lines in {
        "resize.txt": resize_lines(),
        "decode.txt": decode_lines(names),
        "prepare.txt": prepare_lines(names),
    }.items():
        text = "".join(line + "\n" for line in lines)
        path = FOLDER / file
        if not check:
            path.write_text(text)
        elif path.read_text() != text:
            failures += 1
            wrong = [old for old, new in zip(path.read_text().splitlines(), text.splitlines()) if old != new]
            print(f"{file}: {len(wrong)} cases differ from Pillow {Image.__version__}: {wrong[:3]}", file=sys.stderr)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
