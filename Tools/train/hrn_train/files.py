"""Writing files whole or not at all."""

import os
import tempfile
from pathlib import Path


def clear_leftovers(path):
    """Removes what a killed process left of `write_atomically(path, ...)`."""
    for leftover in Path(path).parent.glob(f".{Path(path).name}.*"):
        leftover.unlink()


def write_atomically(path, write, durably=True):
    """Calls `write(file)` on a temporary file beside `path`, forces it to disk, and renames it to `path`.

    A file that is easily written again need not be written `durably`: after a loss of power it may be empty.
    """
    path = Path(path)
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
