"""Reads what MATLAB 5 files of annotations hold: structure arrays of text and numbers.

The format is documented by MathWorks ("MAT-File Format", level 5): a header of 128 bytes, then elements of a type, a
byte count and data padded to 8 bytes; small ones hold type and count in one word; a compressed element is a zlib
stream of one element. Cell arrays of text and plain matrices are read too; objects and functions are not.
"""

import struct
import zlib

import numpy as np

from ..errors import MISSING_INPUT, InputError

HEADER = 128
NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
MATRIX, COMPRESSED, UTF8, UTF16, UTF32 = 14, 15, 16, 17, 18
TEXT = {UTF8: "utf-8", UTF16: "utf-16-le", UTF32: "utf-32-le", 1: "latin-1", 2: "latin-1", 4: "utf-16-le"}
CELL, STRUCTURE, CHARACTERS = 1, 2, 4
LARGEST = 256 << 20                               # bytes that one compressed element may unpack to
DEEPEST = 16


def read_mat(path):
    """The variables of a file by name. A structure array is a list of dictionaries, a cell array a list, text a
    string, a matrix of one number that number, any other matrix a NumPy array in its own shape."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot read: {error.strerror}", MISSING_INPUT) from None
    if len(content) < HEADER or content[124:128] != b"\x00\x01IM":
        raise InputError(f"{path}: not a little-endian MATLAB 5 file; files of version 7.3 are HDF5, save them "
                         "with -v7")
    try:
        return dict(_matrix(data, 0) for kind, data in _elements(content, HEADER) if kind == MATRIX)
    except (struct.error, zlib.error, ValueError, IndexError, KeyError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: damaged MATLAB 5 file: {error}") from None


def _elements(content, start=0):
    """(type, data) of the elements that follow each other in `content`."""
    place = start
    while place + 8 <= len(content):
        kind, size = struct.unpack_from("<II", content, place)
        if kind >> 16:                            # type and count share the first word, data is the second
            kind, size, data, padding = kind & 0xFFFF, kind >> 16, place + 4, 0
            if size > 4:
                raise ValueError(f"a small element of {size} bytes at byte {place}")
            place += 8
        else:
            data, padding = place + 8, 0 if kind == COMPRESSED else -size % 8
            place = data + size + padding
        if data + size > len(content):
            raise ValueError(f"an element at byte {data} ends behind the file's end")
        if kind == COMPRESSED:
            unpacker = zlib.decompressobj()
            inner = unpacker.decompress(content[data:data + size], LARGEST)
            if unpacker.unconsumed_tail:
                raise ValueError(f"an element unpacks to more than {LARGEST} bytes")
            yield from _elements(inner)
        else:
            yield kind, content[data:data + size]
    if place < len(content):
        raise ValueError(f"{len(content) - place} stray bytes at byte {place}")


def _matrix(data, depth):
    """(name, value) of an array element."""
    if depth > DEEPEST:
        raise ValueError(f"arrays nested deeper than {DEEPEST}")
    parts = list(_elements(data))
    if not parts:                                 # MATLAB writes an empty field as an element without data
        return "", None
    kind = parts[0][1][0]
    shape = np.frombuffer(parts[1][1], "<i4")
    name = parts[2][1].decode("latin-1")
    if kind == STRUCTURE:
        length = struct.unpack("<i", parts[3][1])[0]
        names = parts[4][1]
        fields = [names[at:at + length].split(b"\0")[0].decode("latin-1") for at in range(0, len(names), length)]
        values = [_matrix(part, depth + 1)[1] for _, part in parts[5:]]
        return name, [dict(zip(fields, values[at:at + len(fields)])) for at in range(0, len(values), len(fields))]
    if kind == CELL:
        return name, [_matrix(part, depth + 1)[1] for _, part in parts[3:]]
    storage, values = parts[3]
    if kind == CHARACTERS:
        return name, values.decode(TEXT[storage])
    array = np.frombuffer(values, "<" + NUMBERS[storage]).reshape(shape, order="F")
    return name, array.item() if array.size == 1 else array
