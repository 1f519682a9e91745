"""What stands in `__init__`: the modules, parameters and buffers of a node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from netwright.composer.emission.parts import Hole, Part, Statement, quoted
from netwright.composer.emission.targets import Targets
from netwright.composer.graph import Leaf
from netwright.plugins.block import Block
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
    **dict.fromkeys(
        ("RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell"), ("input_size", "hidden_size")
    ),
    **dict.fromkeys(
        ("MaxPool1d", "MaxPool2d", "AvgPool1d", "AvgPool2d"), ("kernel_size", "stride", "padding")
    ),
    **dict.fromkeys(("Dropout", "Dropout1d", "Dropout2d", "AlphaDropout"), ("p",)),
}


Options: TypeAlias = Mapping[tuple[type[Block], str], tuple[str, ...]]
"""Block and target -> the keywords that some leaf gives it: the others have the setting's value."""


def options(leaves: Iterable[Leaf]) -> Options:
    """The keywords in use: what one copy leaves at its default, another may set."""
    found: dict[tuple[type[Block], str], tuple[str, ...]] = {}
    for leaf in leaves:
        for held in leaf.holdings:
            if isinstance(held, Module) and held.kwargs:
                place = (type(leaf.block), held.target)
                known = found.get(place, ())
                found[place] = (*known, *(name for name, _ in held.kwargs if name not in known))
    return found


def module(
    leaf: Leaf, made: Module, targets: Targets, node: str, options: Options
) -> tuple[Part, ...]:
    """`nn.Linear(…)`, its literals as holes; those left at their default are holes that may stay unseen."""
    names = _POSITIONAL.get(made.target.rpartition(".")[2], ())
    around = f"{targets.text(made.around)}(" if made.around else ""
    parts: list[Part] = [f"{around}{targets.text(made.target)}("]
    for number, value in enumerate(made.args):
        if number:
            parts.append(", ")
        parts.append(
            _hole(value, names[number] if number < len(names) else f"{node}_{number}", made)
        )
    given = dict(made.kwargs)
    wanted = options.get((type(leaf.block), made.target), ())
    separator = ", " if made.args else ""
    for name in wanted:
        if name in given:
            hole = _hole(given.pop(name), name, made)
            hole.option = f"{separator}{name}="
            hole.given = True
            parts.append(hole)
            separator = ", "
        elif separator and hasattr(leaf.block, name):
            parts.append(Hole(collapsed(getattr(leaf.block, name)), name, option=f", {name}="))
    parts.append("))" if around else ")")
    return tuple(parts)


def collapsed(value: Any) -> Any:
    """A pair of equal numbers as one, as torch takes it."""
    equal = isinstance(value, tuple) and value and all(each == value[0] for each in value)
    return value[0] if equal else value


def _hole(value: Any, name: str, made: Module) -> Hole:
    if isinstance(value, Symbolic):
        raise ValueError(
            f"{made.target}: {name} is {value}, and must be known when the model is built"
        )
    return Hole(value, name)


def tensor(weight: Weight, node: str, targets: Targets) -> tuple[Part, ...]:
    """A tensor with its first values: `torch.zeros(…)`, or an initialiser on an empty one."""
    name, arguments = weight.init
    given: Mapping[str, Any] = dict(arguments)
    shape: list[Part] = []
    for number, size in enumerate(weight.sizes):
        if isinstance(size, Symbolic):
            raise ValueError(
                f"{node}: size {size} of a parameter must be known when the model is built"
            )
        shape += [", "] if number else []
        shape.append(
            Hole(size, f"{node}_size" if len(weight.sizes) == 1 else f"{node}_size_{number}")
        )
    if not shape:
        shape = ["()"]
    if name in ("zeros", "ones"):
        return (f"torch.{name}(", *shape, ")")
    if name == "constant":
        full = shape if shape == ["()"] else ["(", *shape, ",)" if len(weight.sizes) == 1 else ")"]
        return ("torch.full(", *full, ", ", Hole(float(given["val"]), f"{node}_value"), ")")
    keywords: list[Part] = []
    for each, value in given.items():
        keywords += [f", {each}=", Hole(value, each)]
    function = targets.text(name) if "." in name else f"nn.init.{name}_"  # a plugin's, or torch's
    return (f"{function}(torch.empty(", *shape, ")", *keywords, ")")


def weight(held: Weight, attribute: str, node: str, targets: Targets) -> Statement:
    """The statement that makes a parameter or a buffer."""
    if held.trainable:
        return 0, (f"self.{attribute} = nn.Parameter(", *tensor(held, node, targets), ")")
    return 0, (f"self.register_buffer({quoted(attribute)}, ", *tensor(held, node, targets), ")")
