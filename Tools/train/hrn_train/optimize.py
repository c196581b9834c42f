"""What turns gradients into weights: groups of parameters, learning rates over a run, scaled gradients, averages."""

import math

import torch

SCHEDULES = ("cosine", "cosine-epoch", "step")


def make_optimizer(model, config):
    """SGD over trunk and rest, each with and without weight decay: biases and batch norms have none, but for
    `decay_all`."""
    groups = {}
    for name, parameter in model.named_parameters():
        factor = config.trunk_lr if name.startswith("features.") else 1.0
        decay = config.weight_decay if parameter.dim() > 1 or config.decay_all else 0.0
        groups.setdefault((factor, decay), []).append(parameter)
    return torch.optim.SGD([{"params": parameters, "factor": factor, "weight_decay": decay}
                            for (factor, decay), parameters in groups.items()],
                           lr=config.lr, momentum=config.momentum, nesterov=config.nesterov)


def learning_rate(config, step, steps):
    """The rate of one of a run's steps.

        cosine        linear warm-up over the first share of the run, then half a cosine down to zero, step by step
        cosine-epoch  lr / 2 (cos(pi t / T) + 1) in epoch t of T, without warm-up
        step          a tenth after every `step_epochs` epochs, without warm-up
    """
    epoch = step * config.epochs // steps
    if config.schedule == "cosine-epoch":
        return config.lr / 2 * (math.cos(math.pi * epoch / config.epochs) + 1)
    if config.schedule == "step":
        return config.lr * 0.1 ** (epoch // config.step_epochs)
    warm = max(1, round(config.warmup * steps))
    if step < warm:
        return config.lr * (step + 1) / warm
    return config.lr / 2 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def gradient_scaler(enabled):
    """Scales losses so that float16 gradients do not vanish; changes nothing where it is not enabled."""
    if hasattr(torch, "amp") and hasattr(torch.amp, "GradScaler"):
        return torch.amp.GradScaler("cuda", enabled=enabled)
    return torch.cuda.amp.GradScaler(enabled=enabled)            # PyTorch before 2.3


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
