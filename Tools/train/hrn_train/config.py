"""Everything that decides a training run, as one value that is stored with it."""

from dataclasses import asdict, dataclass, fields

from .errors import InputError
from .resnet import TrunkSpec


@dataclass(frozen=True)
class Config:
    """Options of `fit`; the defaults are those of the command line."""

    data: str = "fashion-mnist"                   # a data set by name, or a folder of class directories
    data_dir: str = None                          # where it lies; None = where Debian installs Fashion-MNIST
    levels: tuple = None                          # levels of the tree to learn, 0 = coarsest; None = all
    val_share: float = 0.0                        # of each label's training pictures, to choose between epochs by
    # a folder's tree and split, the recipe of its pictures and of the benchmarks'
    tree: str = None
    test_share: float = 0.1
    channels: int = 3
    resize: tuple = (72, 72)
    crop: tuple = (64, 64)
    pad: int = 0
    pad_value: int = 0
    exif: bool = True
    mean: tuple = (0.5, 0.5, 0.5)
    std: tuple = (0.5, 0.5, 0.5)
    # the method
    method: str = "hrn"                           # a name of methods.METHODS
    potential: str = "sigmoid"                    # of HRN's tree loss
    loss: str = "tree+ce"                         # of methods.hrn.LOSSES
    gsb: bool = True                              # HRN's feature blocks, residual sums and ReLU ahead of the classifier
    residual: bool = True
    relu: bool = True
    dropout: float = None                         # of HMCN and C-HMCNN; None = as published
    # the network
    block: str = "bottleneck"
    blocks: tuple = (3, 4, 6, 3)
    width: int = 64
    stem: str = "large"
    feature_size: int = 1024
    embedding: int = 512
    start: str = None                             # run or exported file whose weights are the first ones
    quantize: bool = False                        # weights and activations are rounded to 8 bits on the way forward
    init: str = None                              # state_dict of a plain ResNet that the trunk starts from
    # the run
    epochs: int = 60
    epoch_pictures: int = None                    # drawn per epoch, in whole passes; None = each training picture once
    batch: int = 128
    lr: float = 0.1
    trunk_lr: float = 1.0                         # factor of the trunk's learning rate
    schedule: str = "cosine"                      # of optimize.SCHEDULES
    warmup: float = 0.05                          # share of all steps, of the cosine schedule
    step_epochs: int = 60                         # of the step schedule
    momentum: float = 0.9
    nesterov: bool = True
    weight_decay: float = 5e-4
    decay_all: bool = False                       # of biases and batch norms too
    label_smoothing: float = 0.0
    ema: float = 0.999                            # decay per step of the averaged weights; 0 = none
    seed: int = 0
    precision: str = "float32"                    # float32 | bfloat16 | float16 (autocast)
    accumulate: int = 1                           # parts of a batch that are computed one after the other
    select: str = "last"                          # last | val | test: pictures that the result's epoch is chosen by
    patience: int = None                          # epochs without improvement on them after which training stops
    # the variations
    shift: int = 2
    flip: bool = True
    erase: float = 0.0
    erase_area: float = 0.25
    # the labels
    keep: float = 1.0                             # share of each class that keeps its leaf label
    degrade: float = 1.0                          # factor of the resolution of pictures without a leaf label
    leaf_share: float = None                      # share of each batch drawn from leaf-labelled pictures

    def trunk(self, channels):
        return TrunkSpec(self.block, tuple(self.blocks), self.width, self.stem, channels)

    def to_dict(self):
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    @staticmethod
    def from_dict(values):
        known = {field.name for field in fields(Config)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise InputError(f"run configuration: unknown option '{unknown[0]}'; was it written by another version?")
        return Config(**{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()})

