"""The training loop: resumable after any epoch, and the same however often it was interrupted.

All random choices of an epoch come from generators seeded by (seed, epoch), so nothing but weights, optimizer state
and averages has to survive an interruption. Every process of a run draws for the whole batch and takes its part, so
that the same seed means the same training however many there are (but for batch norms, which see parts).
"""

import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch

from .checkpoint import CHECKPOINT, read_checkpoint, write_checkpoint
from .data.augment import Augment
from .errors import USAGE, InputError
from .files import clear_leftovers
from .logs import LINES, TABLE, write_logs
from .methods import method_of
from .metrics import measure, selection_score
from .optimize import Average, gradient_scaler, learning_rate, make_optimizer
from .pretrained import load_start, load_trunk
from .protocol import epoch_order
from .quantize import Quantizer
from .ranks import Ranks, part_of

#: of mixed precision; PyTorch 1.13 wants one that it knows even where there is none
TYPES = {"float32": torch.bfloat16, "bfloat16": torch.bfloat16, "float16": torch.float16}
#: batches of picture files that are made ready while one is trained on
AHEAD = 2


def make_model(config, recipe, tree):
    """A freshly initialised network; the seed decides its weights."""
    torch.manual_seed(config.seed)
    return method_of(config).network(config, config.trunk(recipe.channels), tree)


def layout_of(config):
    """How maps lie in memory: channels last, which is the faster one, but not for very narrow trunks.

    PyTorch 2.13's oneDNN, on a processor with AVX2 and no AVX-512, writes past its buffers in the backward pass of a
    1x1 convolution of stride 2 with fewer than 8 input channels that lie last.
    """
    return torch.channels_last if config.width >= 8 else torch.contiguous_format


class Run:
    """A training run in a directory: `fit()` starts it or carries on where its checkpoint ends."""

    def __init__(self, config, data, directory, reporter, command="", device="cpu", ranks=Ranks(), board=None):
        self.config, self.data, self.directory = config, data, Path(directory)
        self.reporter, self.command, self.device = reporter, command, torch.device(device)
        self.ranks, self.board = ranks, board
        self._check()
        self.model = make_model(config, data.recipe, data.tree)
        self.quantizer = Quantizer(self.model) if config.quantize else None
        self.layout = layout_of(config)
        self.model.to(self.device, memory_format=self.layout)
        self.loss = method_of(config).loss(config, data.tree).to(self.device)
        self.train = data.train
        if method_of(config).leaf_labels_only:
            self.train = data.train.subset((data.train.labels >= data.tree.offsets[-1]).nonzero()[:, 0])
        self.optimizer = make_optimizer(self.model, config)
        self.scaler = gradient_scaler(config.precision == "float16")
        self.average = Average(self.model, config.ema) if config.ema > 0 else None
        self.augment = Augment(data.recipe, config.shift, config.flip, config.erase, config.erase_area)
        self.epoch, self.history = 0, []
        self.best_epoch, self.best = 0, {}        # the epoch selected so far and its weights; none: the last one's

    def _check(self):
        config, parts = self.config, self.ranks.count * self.config.accumulate
        if config.precision == "float16" and self.device.type != "cuda":
            raise InputError("--precision float16 needs --device cuda; on the processor there is bfloat16", USAGE)
        if config.batch < 2 * parts:
            raise InputError(f"--batch {config.batch} in {parts} parts leaves less than two pictures to each, which "
                             "batch norms need; choose a larger batch or fewer parts", USAGE)
        if config.quantize and self.ranks.count > 1:
            raise InputError("--quantize trains in one process, whose batches the ranges follow", USAGE)
        if config.quantize and config.select != "last":
            raise InputError("--quantize does not go with --select: the ranges are those of the last epoch", USAGE)
        if config.select != "last" and not self._split_to_select_by():
            raise InputError(f"--select {config.select}: there are no such pictures; --val-share sets some of the "
                             "training pictures aside", USAGE)

    def _split_to_select_by(self):
        return {"val": self.data.val, "test": self.data.test}[self.config.select]

    def initialize(self):
        """Starts from the weights that the configuration names: the network's or the trunk's."""
        if self.config.start:
            load_start(self.model, self.config.start)
        if self.config.init:
            load_trunk(self.model, self.config.init)
        if self.average:
            self.average = Average(self.model, self.config.ema)

    def resume(self):
        """Carries on from the checkpoint in the run's directory."""
        state = read_checkpoint(self.directory)
        self.model.load_state_dict(state["model"])
        for name, parameter in self.model.named_parameters():
            if name in state["momentum"]:                        # none where no batch has reached the parameter yet
                self.optimizer.state[parameter]["momentum_buffer"] = state["momentum"][name].to(self.device)
        if self.average:
            self.average.state = {key: value.to(self.device) for key, value in state["average"].items()}
        self.scaler.load_state_dict(state["scaler"])
        if self.quantizer:
            self.quantizer.load(state["ranges"])
        self.epoch, self.history, self.command = state["epoch"], state["history"], state["command"]
        self.best_epoch, self.best = state["best_epoch"], state["best"]

    def fit(self, evaluate_every=1, stop_after=None):
        """Trains to the last epoch, to epoch `stop_after`, or until `patience` epochs in a row were no better than the
        best; writes checkpoint and log after every epoch.

        The result is the last epoch's model or, with `select`, that of the epoch that was best on the validation
        pictures. Selection on the test pictures is the paper authors' way; its figures are better than the model.
        """
        if self.ranks.first:
            self.directory.mkdir(parents=True, exist_ok=True)
            for name in (CHECKPOINT, LINES, TABLE):
                clear_leftovers(self.directory / name)
        while self.epoch < (stop_after or self.config.epochs) and not self._out_of_patience():
            started = time.monotonic()
            losses = self._train_epoch()
            self.epoch += 1
            record = {"epoch": self.epoch, "seconds": round(time.monotonic() - started, 1), **losses}
            if self.ranks.first:
                self._measure(record, self.epoch % evaluate_every == 0 or self.epoch == self.config.epochs)
                self.history.append(record)
                self._save()
                self.reporter.epoch(record, self.config.epochs)
                if self.board:
                    self.board.epoch(record)
            self.best_epoch = int(self.ranks.told(self.best_epoch, self.device))
        return self.final_model()

    def _out_of_patience(self):
        patience = self.config.patience
        return bool(patience and self.best_epoch) and self.epoch - self.best_epoch >= patience

    def final_model(self):
        """The model of the selected epoch or else the last one's, in evaluation mode."""
        return self._with_weights(self.best) if self.best else self.current_model()

    def current_model(self):
        """The averaged model where averages are kept, else the trained one, in evaluation mode."""
        return self._with_weights(self.average.state if self.average else self.model.state_dict())

    def _with_weights(self, state):
        model = make_model(self.config, self.data.recipe, self.data.tree)
        model.load_state_dict(state)
        return model.to(self.device).eval()

    def _measure(self, record, due):
        """Adds the figures of the epoch to its record, and keeps its weights if it is the best so far."""
        select, model = self.config.select, self.current_model()
        if select != "last":
            record[select] = measure(model, self._split_to_select_by(), self.data, self.config)
            scores = [selection_score(earlier[select]) for earlier in self.history]
            if all(selection_score(record[select]) > score for score in scores):
                self.best_epoch, due = self.epoch, True
                self.best = {key: value.cpu().clone() for key, value in model.state_dict().items()}
        if due and len(self.data.test) > 0 and "test" not in record:
            record["test"] = measure(model, self.data.test, self.data, self.config)

    def _train_epoch(self):
        config = self.config
        seed = config.seed * 1_000_003 + self.epoch
        generator = torch.Generator().manual_seed(seed)
        torch.manual_seed(seed + 7919 * self.ranks.rank)         # dropout draws from the global generator
        order = epoch_order(self.train.labels, self.data.tree, config.batch, config.leaf_share, generator,
                            config.epoch_pictures)
        batches = len(order) // config.batch                    # the last, incomplete batch is dropped
        if batches == 0:
            raise InputError(f"{len(order)} training pictures do not fill one batch of {config.batch}; "
                             "choose a smaller --batch")
        self.model.train()
        totals = torch.zeros(len(self.loss.terms), device=self.device)
        steps = batches * config.epochs
        for number, (pixels, labels, whole) in enumerate(self._batches(order, batches, generator)):
            step = self.epoch * batches + number
            losses = self._train_batch(pixels, labels, whole, step, steps)
            totals += losses
            self.reporter.batch(self.epoch + 1, number + 1, batches, losses)
        self.ranks.add_up([totals])
        self.ranks.average(buffer for buffer in self.model.buffers() if buffer.is_floating_point())
        if not bool(torch.isfinite(totals).all()):
            raise InputError(f"the loss is no longer finite in epoch {self.epoch + 1}; lower --lr")
        losses = {term: round(value, 5) for term, value in zip(self.loss.terms, (totals / batches).tolist())}
        return {"lr": round(learning_rate(config, step, steps), 6), **losses}

    def _batches(self, order, batches, generator):
        """(pixels and labels of this process's part, labels of the whole) of every batch."""
        config, split = self.config, self.train

        def made(number):
            chosen = order[number * config.batch:(number + 1) * config.batch]
            part = self.ranks.part(len(chosen))
            pixels = self.augment(split.images[chosen[part]], generator, part, len(chosen))
            return pixels, split.labels[chosen[part]], split.labels[chosen]

        if torch.is_tensor(split.images) and self.device.type == "cpu":
            yield from map(made, range(batches))
            return
        with ThreadPoolExecutor(1) as pool:       # one thread, so that batches draw in their order
            waiting = deque()
            for number in range(batches):
                waiting.append(pool.submit(made, number))
                if len(waiting) > AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def _train_batch(self, pixels, labels, whole, step, steps):
        """One step; the losses of this process's part of the batch, each a share of the whole's."""
        config = self.config
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(config, step, steps) * group["factor"]
        pixels, labels, whole = (tensor.to(self.device, non_blocking=True) for tensor in (pixels, labels, whole))
        self.optimizer.zero_grad(set_to_none=True)
        total = torch.zeros(len(self.loss.terms), device=self.device)
        for number in range(config.accumulate):
            piece = part_of(len(pixels), number, config.accumulate)
            inputs = self.data.recipe.normalize(pixels[piece]).contiguous(memory_format=self.layout)
            with torch.autocast(self.device.type, TYPES[config.precision], enabled=config.precision != "float32"):
                output = self.model(inputs)
            losses = torch.stack(self.loss(output, labels[piece], whole))
            self.scaler.scale(losses.sum()).backward()
            total += losses.detach()
        self.ranks.add_up([parameter.grad for parameter in self.model.parameters() if parameter.grad is not None])
        self.scaler.step(self.optimizer)
        self.scaler.update()
        if self.average:
            self.average.update(self.model, step)
        return total

    def _save(self):
        momentum = {name: self.optimizer.state[parameter]["momentum_buffer"]
                    for name, parameter in self.model.named_parameters() if parameter in self.optimizer.state}
        write_checkpoint(self.directory / CHECKPOINT, {
            "config": self.config.to_dict(), "tree": self.data.tree.to_dict(), "recipe": self.data.recipe.to_dict(),
            "command": self.command, "framework": str(torch.__version__), "epoch": self.epoch, "history": self.history,
            "best_epoch": self.best_epoch, "scaler": self.scaler.state_dict(),
            "ranges": self.quantizer.ranges() if self.quantizer else {}, "model": dict(self.model.state_dict()),
            "momentum": momentum, "average": self.average.state if self.average else {}, "best": self.best})
        write_logs(self.directory, self.history)
