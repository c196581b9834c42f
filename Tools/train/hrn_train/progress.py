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

    def batch(self, epoch, number, batches, loss):
        now = time.monotonic()
        if number == 1:
            self.started = now
        if not self.live or now - self.shown < 0.2:
            return
        self.shown = now
        filled = 24 * number // batches
        left = (now - self.started) / number * (batches - number)
        self._rewrite(f"epoch {epoch} [{'#' * filled}{'.' * (24 - filled)}] {number}/{batches} "
                      f"loss {loss:.3f}, {left:.0f} s left in this epoch")

    def epoch(self, record, epochs):
        if self.quiet:
            return
        if self.live:
            self._rewrite("")
        losses = [f"{key.replace('_', ' ')} {value:.4f}" for key, value in record.items() if key.endswith("_loss")]
        line = f"epoch {record['epoch']}/{epochs}: {record['seconds']:.0f} s, lr {record['lr']:.4f}, {', '.join(losses)}"
        if "test" in record:
            figures = [f"{level['level']} {level['accuracy']:.2f}" for level in record["test"]["levels"]
                       if level["accuracy"] is not None]
            line += "; test " + ", ".join(figures) + " %"
        print(line, file=self.stream, flush=True)

    def _rewrite(self, text):
        self.stream.write("\r" + text.ljust(self.width) + ("\r" if not text else ""))
        self.width = len(text)
        self.stream.flush()
