"""A run's log after every epoch: JSON lines, CSV, and TensorBoard's files on request."""

import csv
import io
import json

from .errors import USAGE, InputError
from .files import write_atomically

LINES, TABLE = "log.jsonl", "log.csv"


def write_logs(directory, history):
    """Writes the whole history as a JSON line and as a CSV row per epoch."""
    lines = "".join(json.dumps(record) + "\n" for record in history)
    write_atomically(directory / LINES, lambda file: file.write(lines.encode()), durably=False)
    rows = [figures(record) for record in history]
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO()
    table = csv.DictWriter(text, columns, lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    write_atomically(directory / TABLE, lambda file: file.write(text.getvalue().encode()), durably=False)


def figures(record):
    """The numbers of a record by name; those of a level are called `test.<level>.accuracy` and so on."""
    found = {}
    for key, value in record.items():
        if isinstance(value, dict):
            found.update({f"{key}.{name}": number for name, number in figures(value).items()})
        elif isinstance(value, list):
            for level in value:
                found.update({f"{level['level']}.{name}": number for name, number in level.items() if name != "level"})
        else:
            found[key] = value
    return found


class TensorBoard:
    """Writes the figures of epochs as TensorBoard's events."""

    def __init__(self, directory, epoch=0):
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            raise InputError("--tensorboard: no such Python package; install it: pip install tensorboard",
                             USAGE) from None
        self.writer = SummaryWriter(str(directory), purge_step=epoch + 1)

    def epoch(self, record):
        for name, value in figures(record).items():
            if name != "epoch" and value is not None:
                self.writer.add_scalar(name.replace(".", "/"), value, record["epoch"])
        self.writer.flush()
