"""Training by several processes, one per GPU, on one machine or several: `torchrun ... -m hrn_train fit ...`.

Every process draws the same order and the same variations, takes its part of each batch, and divides its losses by
the counts of the whole batch; so the sum of their gradients is the gradient of the whole batch, whatever the parts
hold. (PyTorch's own wrapper averages, which is another thing where labels lie at several levels, and it cannot take
parameters that a loss leaves out.) Batch norms see the part of their process; running statistics are averaged at the
end of an epoch. The process of rank 0 measures and writes.
"""

import os
import sys
from datetime import timedelta

import torch
from torch import distributed

BUCKET_BYTES = 32 << 20
TIMEOUT = timedelta(hours=2)                      # rank 0 measures while the others wait


class Ranks:
    """The processes that train together; a process alone is rank 0 of 1."""

    def __init__(self, rank=0, count=1):
        self.rank, self.count = rank, count

    @staticmethod
    def of_environment(device):
        """(the processes that torchrun started, this one's device)."""
        count = int(os.environ.get("WORLD_SIZE", 1))
        if count == 1 or not distributed.is_available():
            return Ranks(), device
        on_gpu = device.startswith("cuda")
        if on_gpu:
            device = f"cuda:{os.environ.get('LOCAL_RANK', 0)}"
            torch.cuda.set_device(device)
        distributed.init_process_group("nccl" if on_gpu else "gloo", timeout=TIMEOUT)
        return Ranks(distributed.get_rank(), count), device

    @property
    def first(self):
        return self.rank == 0

    def part(self, count):
        """The slice of `count` things that is this process's."""
        return part_of(count, self.rank, self.count)

    @torch.no_grad()
    def add_up(self, tensors):
        """Replaces tensors by their sums over all processes."""
        if self.count == 1:
            return
        for bucket in _buckets(tensors):
            flat = torch.cat([tensor.flatten() for tensor in bucket])
            distributed.all_reduce(flat)
            for tensor, summed in zip(bucket, flat.split([tensor.numel() for tensor in bucket])):
                tensor.copy_(summed.view(tensor.shape))

    @torch.no_grad()
    def average(self, tensors):
        """Replaces tensors by their means over all processes."""
        tensors = list(tensors)
        self.add_up(tensors)
        for tensor in tensors if self.count > 1 else ():
            tensor /= self.count

    def told(self, value, device):
        """What rank 0 says a number is; the others wait for it."""
        if self.count == 1:
            return value
        number = torch.tensor([value], dtype=torch.float64, device=device)
        distributed.broadcast(number, 0)
        return float(number)

    def leave(self):
        if self.count > 1:
            distributed.destroy_process_group()


def end_process(status):
    """Ends this process. One of several does so at once, with nothing taken down: the C++ runtime has been seen to abort
    one that had done all its work and left its group."""
    if int(os.environ.get("WORLD_SIZE", 1)) == 1:
        sys.exit(status)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):     # there is none, or nobody reads it
            pass
    os._exit(status)


def part_of(count, number, parts):
    """The slice of `count` things that is part `number` of so many, as equal as they can be."""
    return slice(count * number // parts, count * (number + 1) // parts)


def _buckets(tensors):
    """Lists of tensors of one type, each list of about BUCKET_BYTES."""
    bucket, size = [], 0
    for tensor in tensors:
        if bucket and (tensor.dtype != bucket[0].dtype or size > BUCKET_BYTES):
            yield bucket
            bucket, size = [], 0
        bucket.append(tensor)
        size += tensor.numel() * tensor.element_size()
    if bucket:
        yield bucket
