"""Pictures of GPT-2 against Keras' `plot_model` of the same network, which asks the system's `dot`."""

from __future__ import annotations

import gc
import os
import resource
import statistics
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Any

from timing import Row

from netwright import composer, specs
from netwright.composer.diagram import render_graph

ROUNDS = 5
# A picture costs the same however wide the network is.
SIZES = {"vocab": 1000, "context": 128, "width": 48, "heads": 12, "layers": 12}
FOLDED = "GPT-2 picture, folded ÷ Keras' plot_model"
UNFOLDED = "GPT-2 picture, copy by copy ÷ Keras' plot_model"


def pictures() -> Iterator[Row]:
    """Both pictures, engine warm; a row says so where Keras is not there to be measured."""
    lacking = "keras" if find_spec("keras") is None else "" if which("dot") else "dot"
    lacking = lacking or ("pydot" if find_spec("pydot") is None else "")
    graph = composer.check(specs.load("gpt", set=SIZES))
    if lacking:
        for what, limit in ((FOLDED, "≤ 0.5"), (UNFOLDED, "≤ 1.5")):
            yield Row(what, f"not measured: {lacking} is not installed", limit, True)
        return
    model, plot = _keras()
    with tempfile.TemporaryDirectory() as folder:
        target = str(Path(folder) / "keras.svg")
        folded, unfolded, theirs = _medians(
            lambda: render_graph(graph, "svg"),
            lambda: render_graph(graph, "svg", unfold=["layers"]),
            lambda: plot(model, target, show_shapes=True, show_layer_names=True),
        )
    for what, ours, limit in ((FOLDED, folded, 0.5), (UNFOLDED, unfolded, 1.5)):
        ratio = ours / theirs
        value = f"{ratio:.2f} ({theirs * 1000:.0f} ms by Keras)"
        yield Row(what, value, f"≤ {limit}", ratio <= limit)


def _medians(*works: Callable[[], object]) -> list[float]:
    """Seconds of work of each, in turn; that of programs they start counts too."""
    taken: list[list[float]] = [[] for _ in works]
    for work in works:
        work()
    gc.collect()
    gc.freeze()  # what was imported is not walked again and again
    for _ in range(ROUNDS):
        for work, times in zip(works, taken, strict=True):
            before = _worked()
            work()
            times.append(_worked() - before)
    return [statistics.median(times) for times in taken]


def _worked() -> float:
    """Seconds that this process and those it started have been at work."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _keras() -> tuple[Any, Callable[..., object]]:
    """The network in Keras, and what draws it."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras
    from keras import layers

    width, heads = SIZES["width"], SIZES["heads"]
    tokens = keras.Input((SIZES["context"],), dtype="int64")
    x = layers.Embedding(SIZES["vocab"], width)(tokens)
    x = layers.Dropout(0.1)(x)
    for _ in range(SIZES["layers"]):
        y = layers.LayerNormalization()(x)
        y = layers.MultiHeadAttention(heads, width // heads)(y, y, use_causal_mask=True)
        x = layers.Add()([x, layers.Dropout(0.1)(y)])
        y = layers.LayerNormalization()(x)
        y = layers.Dense(4 * width, activation="gelu")(y)
        y = layers.Dense(width)(y)
        x = layers.Add()([x, layers.Dropout(0.1)(y)])
    x = layers.LayerNormalization()(x)
    logits = layers.Dense(SIZES["vocab"], use_bias=False)(x)
    return keras.Model(tokens, logits), keras.utils.plot_model
