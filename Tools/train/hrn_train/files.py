"""Writing files whole or not at all."""

import os
import tempfile
from pathlib import Path


def clear_leftovers(path):
    """Removes what a killed process left of `write_atomically(path, ...)`."""
    for leftover in Path(path).parent.glob(f".{Path(path).name}.*"):
        leftover.unlink()


def write_atomically(path, write):
    """Calls `write(file)` on a temporary file beside `path`, forces it to disk, and renames it to `path`."""
    path = Path(path)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
