"""What stands in `__init__`: the modules, parameters and buffers of a node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netwright.composer.emission.parts import Hole, Part, Statement, key, literal, quoted
from netwright.composer.emission.targets import Targets
from netwright.plugins.expression import Module, Weight
from netwright.specs.sizes import Symbolic

# What torch calls the positional arguments of its modules: names for the arguments of our classes.
_CHANNELS = ("in_channels", "out_channels", "kernel_size", "stride", "padding")
_POSITIONAL: dict[str, tuple[str, ...]] = {
    "Linear": ("in_features", "out_features"),
    "Bilinear": ("in1_features", "in2_features", "out_features"),
    "Embedding": ("num_embeddings", "embedding_dim"),
    "EmbeddingBag": ("num_embeddings", "embedding_dim"),
    "LayerNorm": ("normalized_shape",),
    "RMSNorm": ("normalized_shape",),
    "GroupNorm": ("num_groups", "num_channels"),
    "MultiheadAttention": ("embed_dim", "num_heads"),
    **dict.fromkeys(("BatchNorm1d", "BatchNorm2d", "BatchNorm3d"), ("num_features",)),
    **dict.fromkeys(("InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"), ("num_features",)),
    **dict.fromkeys(("Conv1d", "Conv2d", "Conv3d"), _CHANNELS),
    **dict.fromkeys(("ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"), _CHANNELS),
    **dict.fromkeys(("RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell"), ("input_size", "hidden_size")),
    **dict.fromkeys(("MaxPool1d", "MaxPool2d", "AvgPool1d", "AvgPool2d"), ("kernel_size", "stride", "padding")),
    **dict.fromkeys(("Dropout", "Dropout1d", "Dropout2d", "AlphaDropout"), ("p",)),
}


def module(made: Module, targets: Targets, node: str) -> tuple[Part, ...]:
    """`nn.Linear(…)`, its literals as holes."""
    names = _POSITIONAL.get(made.target.rpartition(".")[2], ())
    parts: list[Part] = [f"{targets.text(made.target)}("]
    for number, value in enumerate(made.args):
        if number:
            parts.append(", ")
        parts.append(_hole(value, names[number] if number < len(names) else f"{node}_{number}", made))
    for number, (name, value) in enumerate(made.kwargs):
        parts += [f", {name}=" if number or made.args else f"{name}=", _hole(value, name, made)]
    parts.append(")")
    return tuple(parts)


def _hole(value: Any, name: str, made: Module) -> Hole:
    if isinstance(value, Symbolic):
        raise ValueError(f"{made.target}: {name} is {value}, and must be known when the model is built")
    return Hole(value, name)


def tensor(weight: Weight, node: str, buffer: bool) -> tuple[Part, ...]:
    """A tensor with its first values: `torch.zeros(…)`, or an initialiser on an empty one."""
    name, arguments = weight.init
    given: Mapping[str, Any] = dict(arguments)
    shape: list[Part] = []
    for number, size in enumerate(weight.sizes):
        if isinstance(size, Symbolic):
            raise ValueError(f"{node}: size {size} of a parameter must be known when the model is built")
        shape += [", "] if number else []
        shape.append(Hole(size, f"{node}_size" if len(weight.sizes) == 1 else f"{node}_size_{number}"))
    if not shape:
        shape = ["()"]
    if name in ("zeros", "ones"):
        return (f"torch.{name}(", *shape, ")")
    if name == "constant":
        size = shape if shape == ["()"] else ["(", *shape, ",)" if len(weight.sizes) == 1 else ")"]
        return ("torch.full(", *size, ", ", Hole(float(given["val"]), f"{node}_value"), ")")
    keywords: list[Part] = []
    for each, value in given.items():
        keywords += [f", {each}=", Hole(value, each)]
    return (f"nn.init.{name}_(torch.empty(", *shape, ")", *keywords, ")")


def weight(held: Weight, attribute: str, node: str) -> Statement:
    """The statement that makes a parameter or a buffer."""
    if held.trainable:
        return 0, (f"self.{attribute} = nn.Parameter(", *tensor(held, node, False), ")")
    return 0, (f"self.register_buffer({quoted(attribute)}, ", *tensor(held, node, True), ")")


def same(a: Module, b: Module) -> bool:
    """Whether two modules are made alike."""
    return a.target == b.target and key(a.args) == key(b.args) and key(a.kwargs) == key(b.kwargs)


__all__ = ["literal", "module", "same", "tensor", "weight"]
