"""Turns pictures into JPEG files: make-pictures.py OUTPUT PICTURE...; what is no colour photograph is left out."""

import sys
from pathlib import Path

from PIL import Image


def main():
    output = Path(sys.argv[1])
    output.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[2:]:
        with Image.open(name) as picture:
            if picture.mode == "RGB" and min(picture.size) >= 224:
                picture.save(output / f"{Path(name).stem}.jpg", quality=95)


if __name__ == "__main__":
    main()
