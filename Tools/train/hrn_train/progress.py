"""Progress on stderr: one rewritten line on a terminal, one line per epoch elsewhere."""

import sys
import time


class Reporter:
    """Reports batches and epochs of a run."""

    def __init__(self, stream=None, quiet=False):
        self.stream = stream or sys.stderr
        self.quiet = quiet
        self.live = not quiet and self.stream.isatty()
        self.shown, self.width, self.started = 0.0, 0, time.monotonic()

    def batch(self, epoch, number, batches, losses):
        """`losses` are the summands of the batch's loss, a tensor that is looked at only when it is shown."""
        now = time.monotonic()
        if number == 1:
            self.started = now
        if not self.live or now - self.shown < 0.2:
            return
        self.shown = now
        filled = 24 * number // batches
        left = (now - self.started) / number * (batches - number)
        self._rewrite(f"epoch {epoch} [{'#' * filled}{'.' * (24 - filled)}] {number}/{batches} "
                      f"loss {float(losses.sum()):.3f}, {left:.0f} s left in this epoch")

    def epoch(self, record, epochs):
        if self.quiet:
            return
        if self.live:
            self._rewrite("")
        rate = f"{record['lr']:.4g}"
        losses = [f"{key.replace('_', ' ')} {value:.4f}" for key, value in record.items() if key.endswith("_loss")]
        line = f"epoch {record['epoch']}/{epochs}: {record['seconds']:.0f} s, lr {rate}, {', '.join(losses)}"
        for split in ("val", "test"):
            if split in record:
                figures = [f"{level['level']} {level['accuracy']:.2f}" for level in record[split]["levels"]
                           if level["accuracy"] is not None]
                line += f"; {split} " + ", ".join(figures) + " %"
        self.words(line)

    def words(self, text):
        if not self.quiet:
            print(text, file=self.stream, flush=True)

    def _rewrite(self, text):
        self.stream.write("\r" + text.ljust(self.width) + ("\r" if not text else ""))
        self.width = len(text)
        self.stream.flush()
