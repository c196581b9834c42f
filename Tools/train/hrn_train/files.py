"""Writing files whole or not at all."""

import os
import stat
import tempfile
from pathlib import Path

from .errors import CANNOT_CREATE, InputError


def check_replaceable(path):
    """Refuses what is there and is no regular file: a directory, a device, a pipe, links that lead to one another."""
    try:
        kind = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return
    if not stat.S_ISREG(kind):
        raise InputError(f"{path}: is a {'directory' if stat.S_ISDIR(kind) else 'pipe or a device'}, expected a regular "
                         "file", CANNOT_CREATE)


def clear_leftovers(path):
    """Removes what a killed process left of `write_atomically(path, ...)`."""
    for leftover in Path(path).parent.glob(f".{Path(path).name}.*"):
        leftover.unlink()


def write_atomically(path, write, durably=True):
    """Calls `write(file)` on a temporary file beside `path`, forces it to disk, and renames it to `path`. Through a
    symbolic link it is the file that it leads to, there or not.

    A file that is easily written again need not be written `durably`: after a loss of power it may be empty.
    """
    check_replaceable(path)
    path = Path(path).resolve()
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            if durably:
                os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    if not durably:
        return
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
