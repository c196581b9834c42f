"""The training loop: resumable after any epoch, and the same however often it was interrupted.

All random choices of an epoch come from one generator seeded by (seed, epoch), so nothing but weights, optimizer
state and averages has to survive an interruption.
"""

import json
import math
import time
from pathlib import Path

import torch

from .checkpoint import CHECKPOINT, read_checkpoint, write_checkpoint
from .data.augment import Augment
from .errors import InputError
from .files import write_atomically
from .methods import method_of
from .metrics import measure
from .pretrained import load_trunk
from .protocol import epoch_order

LOG = "log.jsonl"


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


def learning_rate(config, step, steps):
    """Linear warm-up over the first share of the run, then half a cosine down to zero."""
    warm = max(1, round(config.warmup * steps))
    if step < warm:
        return config.lr * (step + 1) / warm
    return config.lr / 2 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


class Average:
    """An exponential moving average of a model's weights and running statistics, faster in the first steps:
    average += (1 - min(decay, (1 + step) / (10 + step))) * (value - average)."""

    def __init__(self, model, decay):
        self.decay = decay
        self.state = {key: value.clone() for key, value in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model, step):
        share = 1 - min(self.decay, (1 + step) / (10 + step))
        for key, value in model.state_dict().items():
            if value.is_floating_point():
                self.state[key].lerp_(value, share)
            else:
                self.state[key].copy_(value)


class Run:
    """A training run in a directory: `fit()` starts it or carries on where its checkpoint ends."""

    def __init__(self, config, data, directory, reporter, command="", device="cpu"):
        self.config, self.data, self.directory = config, data, Path(directory)
        self.reporter, self.command, self.device = reporter, command, torch.device(device)
        self.model = make_model(config, data.recipe, data.tree)
        self.layout = layout_of(config)
        self.model.to(self.device, memory_format=self.layout)
        self.loss = method_of(config).loss(config, data.tree).to(self.device)
        self.train = data.train
        if method_of(config).leaf_labels_only:
            self.train = data.train.subset((data.train.labels >= data.tree.offsets[-1]).nonzero()[:, 0])
        self.optimizer = torch.optim.SGD(self._parameter_groups(), lr=config.lr, momentum=config.momentum,
                                         nesterov=True)
        self.average = Average(self.model, config.ema) if config.ema > 0 else None
        self.augment = Augment(data.recipe, config.shift, config.flip, config.erase, config.erase_area)
        self.epoch, self.history = 0, []

    def _parameter_groups(self):
        """Trunk and the rest, each with and without weight decay: biases and batch norms have none."""
        groups = {}
        for name, parameter in self.model.named_parameters():
            factor = self.config.trunk_lr if name.startswith("features.") else 1.0
            decay = self.config.weight_decay if parameter.dim() > 1 else 0.0
            groups.setdefault((factor, decay), []).append(parameter)
        return [{"params": parameters, "factor": factor, "weight_decay": decay}
                for (factor, decay), parameters in groups.items()]

    def initialize(self):
        """Starts the trunk from the file that the configuration names."""
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
        self.epoch, self.history, self.command = state["epoch"], state["history"], state["command"]

    def fit(self, evaluate_every=1, stop_after=None):
        """Trains to the last epoch, or to epoch `stop_after`; writes checkpoint and log after every epoch.

        The test split is only looked at, never used to choose anything: the result is the last epoch's.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        while self.epoch < (stop_after or self.config.epochs):
            started = time.monotonic()
            losses = self._train_epoch()
            self.epoch += 1
            record = {"epoch": self.epoch, "seconds": round(time.monotonic() - started, 1), **losses}
            due = self.epoch % evaluate_every == 0 or self.epoch == self.config.epochs
            if due and len(self.data.test) > 0:
                record["test"] = self.evaluate()
            self.history.append(record)
            self._save()
            self.reporter.epoch(record, self.config.epochs)
        return self.final_model()

    def final_model(self):
        """The averaged model where averages are kept, else the trained one, in evaluation mode."""
        model = make_model(self.config, self.data.recipe, self.data.tree)
        model.load_state_dict(self.average.state if self.average else self.model.state_dict())
        return model.to(self.device).eval()

    def evaluate(self):
        return measure(self.final_model(), self.data.test, self.data, self.config)

    def _train_epoch(self):
        config, split = self.config, self.train
        generator = torch.Generator().manual_seed(config.seed * 1_000_003 + self.epoch)
        torch.manual_seed(config.seed * 1_000_003 + self.epoch)  # dropout draws from the global generator
        order = epoch_order(split.labels, self.data.tree, config.batch, config.leaf_share, generator,
                            config.epoch_pictures)
        batches = len(order) // config.batch                    # the last, incomplete batch is dropped
        if batches == 0:
            raise InputError(f"{len(order)} training pictures do not fill one batch of {config.batch}; "
                             "choose a smaller --batch")
        self.model.train()
        totals = torch.zeros(len(self.loss.terms))
        for number in range(batches):
            step = self.epoch * batches + number
            chosen = order[number * config.batch:(number + 1) * config.batch]
            labels = split.labels[chosen]
            pixels = self.augment(split.images[chosen], generator)
            losses = self._train_batch(pixels, labels, step, batches * config.epochs)
            totals += losses
            self.reporter.batch(self.epoch + 1, number + 1, batches, float(losses.sum()))
        if not bool(torch.isfinite(totals).all()):
            raise InputError(f"the loss is no longer finite in epoch {self.epoch + 1}; lower --lr")
        losses = {term: round(value, 5) for term, value in zip(self.loss.terms, (totals / batches).tolist())}
        return {"lr": round(learning_rate(config, step, batches * config.epochs), 6), **losses}

    def _train_batch(self, pixels, labels, step, steps):
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.config, step, steps) * group["factor"]
        inputs = self.data.recipe.normalize(pixels.to(self.device)).contiguous(memory_format=self.layout)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.config.precision == "bfloat16"):
            output = self.model(inputs)
        losses = torch.stack(self.loss(output, labels.to(self.device)))
        self.optimizer.zero_grad(set_to_none=True)
        losses.sum().backward()
        self.optimizer.step()
        if self.average:
            self.average.update(self.model, step)
        return losses.detach().cpu()

    def _save(self):
        momentum = {name: self.optimizer.state[parameter]["momentum_buffer"]
                    for name, parameter in self.model.named_parameters() if parameter in self.optimizer.state}
        write_checkpoint(self.directory / CHECKPOINT, {
            "config": self.config.to_dict(), "tree": self.data.tree.to_dict(), "recipe": self.data.recipe.to_dict(),
            "command": self.command, "framework": str(torch.__version__), "epoch": self.epoch, "history": self.history,
            "model": dict(self.model.state_dict()), "momentum": momentum,
            "average": self.average.state if self.average else {}})
        lines = "".join(json.dumps(record) + "\n" for record in self.history)
        write_atomically(self.directory / LOG, lambda file: file.write(lines.encode()))
