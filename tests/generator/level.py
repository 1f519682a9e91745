"""One level of a spec that is growing: what is live in it, what is in scope, what is written so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

from cases import COMPOSITES
from generator.scope import Scope, Unwritable
from generator.typing_rules import same
from netwright.plugins.block import Block
from netwright.plugins.catalogue import Catalogue
from netwright.plugins.describe import describe
from netwright.plugins.docstrings import Example, parse_example
from netwright.specs.names import check_name
from netwright.specs.sizes import Size, Symbolic, symbols
from netwright.specs.tensors import INTEGER, Tensor

Kind = Literal["root", "block", "body"]

CATALOGUE = Catalogue()
BLOCKS: dict[str, type[Block]] = {}
EXAMPLES: dict[str, tuple[Example, ...]] = {}
for _name in CATALOGUE.names():
    _found = CATALOGUE.find(_name)
    if isinstance(_found, type):
        BLOCKS[_name] = _found
    _own = describe(_name, _found).examples
    EXAMPLES[_name] = (*_own, *map(parse_example, COMPOSITES.get(_name, ())))

# Names that the emitted code has to keep apart from its own, beside plain ones.
NAMES = (
    "conv", "norm", "act", "proj", "mix", "head", "gate", "pool", "torch", "nn", "F", "Tensor", "self",
    "super", "list", "len", "print", "output", "shape", "forward_", "math", "Module", "range",
    "int", "layers", "weight", "bias", "index", "tuple", "dict", "init", "result", "cls", "args",
)  # fmt: skip
LIKELY = 0.6
FEATURES = frozenset({"share", "parallel", "scan", "use"})


@dataclass(frozen=True)
class Live:
    """A tensor that may be read: the reference, and its type."""

    ref: str
    type: Tensor


@dataclass
class World:
    """What all levels of one spec share. symbols: of the file, with their facts."""

    random: Random
    grow: Callable[[Level], bool]
    features: frozenset[str] = FEATURES
    wishes: tuple[str, ...] = ()
    """What this spec shall have in it if it can, as the census calls it."""
    symbols: dict[str, tuple[Size, dict[str, int]]] = field(default_factory=dict)
    used: Counter[str] = field(default_factory=Counter)
    number: int = 0
    nodes: int = 0

    def fresh(self, stem: str) -> str:
        self.number += 1
        return f"{stem}{self.number}"

    def chance(self, probability: float, what: str = "") -> bool:
        """Whether it happens; if it is a wish, and has not come true, it is likely."""
        if what in self.wishes and not self.used[what]:
            probability = max(probability, LIKELY)
        return self.random.random() < probability

    def wished(self, kind: str) -> str | None:
        """A wish of this kind (`block`, `dtype`) that has not come true: what follows the kind."""
        for each in self.wishes:
            if (
                each.startswith(f"{kind} ")
                and not self.used[each]
                and self.random.random() < LIKELY
            ):
                return each.partition(" ")[2]
        return None


class Level:
    """The file (root), a composite (block) or an inline body, on its way.

    parent: the level of the node where it is used. definer: the level in whose `blocks` it is written.
    """

    def __init__(
        self, world: World, kind: Kind, parent: Level | None = None, definer: Level | None = None
    ) -> None:
        self.world, self.kind, self.parent, self.definer = world, kind, parent, definer
        self.random = world.random
        self.params: dict[str, Any] = {}
        self.values: dict[str, Any] = {}
        """Values of the own params."""
        self.asked: dict[str, Any] = {}
        """Params that the node must set."""
        self.sizes: dict[str, Size] = {}
        self.inputs: dict[str, Any] = {}
        self.sources: dict[str, Live] = {}
        self.types: dict[str, Tensor] = {}
        self.nodes: dict[str, Any] = {}
        self.blocks: dict[str, Any] = {}
        self.live: list[Live] = []
        self.stars: list[tuple[str, tuple[Tensor, ...]]] = []
        self.weights: list[tuple[str, str, tuple[Size, ...]]] = []
        """(node, parameter, sizes) of leaves that stand once."""
        self.leaves: dict[str, tuple[str, dict[str, Any]]] = {}
        """Node -> block and settings, of leaves whose module may be shared."""
        self.composites: dict[str, dict[str, Any]] = {}
        """Node -> what it reads, of composites that stand once."""
        self.above = "x" if kind == "body" else ""
        self.implicit = False
        """Whether a node reads the one above without saying so."""
        self.rest = ""
        """Where `...` is written: in the shape of an input, or in that of a setting."""
        self.depth: int = 0 if parent is None else parent.depth + 1

    # -- names ------------------------------------------------------------------------------------------

    def visible_params(self) -> dict[str, Any]:
        if self.kind == "body":
            assert self.parent is not None
            return self.parent.visible_params()
        return {**(self.definer.visible_params() if self.definer else {}), **self.values}

    def visible_sizes(self) -> dict[str, Size]:
        if self.kind == "body":
            assert self.parent is not None
            return self.parent.visible_sizes()
        return self.sizes

    def scope(self, **extra: Any) -> Scope:
        return Scope(
            self.random, {**self.visible_params(), **self.visible_sizes(), **extra}, self.new_param
        )

    def owner(self) -> Level:
        """The nearest level that can have params and blocks."""
        level = self
        while level.kind == "body":
            assert level.parent is not None
            level = level.parent
        return level

    def new_param(self, value: Any) -> str | None:
        """A param of this value; a composite's may be one that its user has to set."""
        own = self.owner()
        if len(own.params) >= 6 or (isinstance(value, (list, tuple)) and not value):
            return None
        kind = {bool: "bool", int: "int", float: "float", str: "str", list: "list"}.get(type(value))
        if kind is None or (isinstance(value, str) and value.startswith("$")):
            return None
        name = self.world.fresh("p")
        form: Any = value
        if own.kind == "block" and self.world.chance(0.5):
            form = kind if self.world.chance(0.5) else {"type": kind}
            own.asked[name] = value
        elif self.world.chance(0.3) or (
            isinstance(value, str) and value in ("int", "float", "bool")
        ):
            form = {"type": kind, "default": value, "help": "a param"}
        elif self.world.chance(0.3):
            form = {"default": value, "choices": [value]}
        if isinstance(form, dict) and kind in ("int", "float") and self.world.chance(0.5):
            form |= {"min": value - 1, "max": value + 1}
        own.params[name], own.values[name] = form, value
        self.world.used["params"] += 1
        return name

    def new_name(self) -> str:
        """A name for a node, of its own among the nodes and inputs that are seen here."""
        taken: set[str] = {"x", "add", "body", "residual"}
        level: Level | None = self
        while level is not None:
            taken |= level.nodes.keys() | level.inputs.keys()
            level = level.parent if level.kind == "body" else None
        for _ in range(4):
            name = self.random.choice(NAMES)
            if name not in taken and check_name(name, "node") is None:
                return name
        return self.world.fresh("n")

    # -- tensors ----------------------------------------------------------------------------------------

    def reachable(self) -> list[Live]:
        """What a node here may read; what lies outside of a composite comes in as a further input."""
        found = list(self.live)
        if self.kind == "body":
            assert self.parent is not None
            found += [each for each in self.parent.reachable() if each.ref.split(".")[0] != "x"]
        return found

    def new_tensor(self, wanted: Tensor) -> Live:
        """A tensor of this type from outside: an input of the file, handed down to here."""
        if self.kind == "root":
            name = (
                "x" if "x" not in self.nodes and "x" not in self.inputs else self.world.fresh("x")
            )
            shape = [self._dim(size) for size in wanted.sizes]
            dtype = wanted.dtype
            decl: Any = {"shape": shape, "dtype": dtype}
            if wanted.below is not None:
                decl["below"] = self._dim(wanted.below)
            elif dtype == "float" and self.world.chance(0.7):
                decl = shape
            self.inputs[name] = decl
            origin = name if wanted.below is None and dtype in INTEGER else None
            made = Live(name, Tensor(wanted.sizes, dtype, wanted.below, origin))
            self.types[name] = made.type
            self.live.append(made)
            self.above = self.above or name
            return made
        assert self.parent is not None
        outer = self.parent.new_tensor(wanted)
        return outer if self.kind == "body" else self.take(outer)

    def new_optional(self, wanted: Tensor) -> Live:
        """An input of the file that may be left out: only what is optional may read it."""
        if any(
            each.name not in self.world.symbols for size in wanted.sizes for each in symbols(size)
        ):
            raise Unwritable(str(wanted))
        name = self.world.fresh("x")
        shape = [self._dim(size) for size in wanted.sizes]
        self.inputs[name] = {"shape": shape, "dtype": wanted.dtype, "optional": True}
        return Live(name, wanted)

    def _dim(self, size: Size) -> Any:
        if isinstance(size, int):
            return self.scope().write(size, 0.85)
        text = str(size)
        for each in symbols(size):
            self.sizes.setdefault(each.name, self.world.symbols[each.name][0])
        return text if text.isidentifier() else f"$({text})"

    def take(self, outer: Live) -> Live:
        """An input of this composite for a tensor of the level where it is used."""
        for name, each in self.sources.items():
            if each.ref == outer.ref:
                return Live(name, self.types[name])
        name = "x" if not self.inputs else self.world.fresh("y")
        shape: list[Any] = []
        for size in outer.type.sizes:
            known = [n for n, own in self.sizes.items() if own is size]
            if known and self.world.chance(0.7):
                shape.append(self.random.choice(known))
            elif self.world.chance(0.6) or (isinstance(size, Symbolic) and self.world.chance(0.7)):
                fresh = self.world.fresh(self.random.choice("nchwd"))
                self.sizes[fresh] = size
                shape.append(fresh)
            elif isinstance(size, int) and self.world.chance(0.5):
                shape.append(self.scope().write(size, 0.5))
            else:
                shape.append("_")
        if self.rest != "setting" and self.world.chance(0.25):
            start = self.random.randint(0, len(shape))
            end = self.random.randint(start, len(shape))
            binds = [n for n in self.sizes if n in shape[start:end]]
            if not binds:
                shape[start:end] = ["..."]
                self.rest = "input"
        decl: Any = {"shape": shape}
        kind = outer.type
        if self.world.chance(0.3):
            decl["dtype"] = self.random.choice([kind.dtype, "any"])
        if isinstance(kind.below, int) and self.world.chance(0.3):
            decl["below"] = kind.below + self.random.choice([0, 0, 1])
        self.inputs[name] = shape if len(decl) == 1 and self.world.chance(0.7) else decl
        self.sources[name], self.types[name] = outer, kind
        made = Live(name, kind)
        self.live.append(made)
        self.above = self.above or name
        return made

    def add(self, name: str, node: Any, outputs: dict[str, Tensor]) -> None:
        """A finished node with the types of its outputs."""
        self.nodes[name] = node
        self.world.nodes += 1
        self.above = name
        for port, each in outputs.items():
            self.live.append(Live(f"{name}.{port}" if port else name, each))

    def feed(self, picked: dict[str, Live | tuple[Live, ...]], names: list[str]) -> dict[str, Any]:
        """The `from` of a node that reads these, in one of its forms; empty where the node above is meant."""
        if not names:
            return {}
        if names[0] not in picked:  # the node above would go to it
            raise Unwritable(names[0])
        forms: list[Any] = []
        refs = {
            port: [each.ref for each in live] if isinstance(live, tuple) else live.ref
            for port, live in picked.items()
        }
        first = names[0] if names else ""
        if list(refs) == [first] and refs[first] in (self.above, [self.above]):
            forms.append(None)
        mapping: dict[str, Any] = dict(refs)
        if len(refs) > 1 and refs.get(first) == self.above and self.world.chance(0.5):
            del mapping[first]
        forms.append(mapping)
        if list(refs) == names[: len(refs)]:
            listed = list(refs.values())
            if len(listed) == 1 and isinstance(listed[0], list):
                forms.append(
                    listed[0] if len(listed[0]) > 1 or self.world.chance(0.5) else listed[0][0]
                )
            elif not any(isinstance(each, list) for each in listed):
                forms.append(listed if len(listed) > 1 else listed[0])
        form = self.random.choice(forms)
        self.implicit |= form is None or (isinstance(form, dict) and first not in form)
        return {} if form is None else {"from": form}

    def shape(self, values: Any) -> list[Any]:
        """A setting that is a shape: bare names are sizes in scope. Raises Unwritable."""
        written: list[Any] = []
        if "..." in [each for each in values if isinstance(each, str)]:
            # it would stand for what it matched in the composite's input
            if self.owner().rest == "input":
                raise Unwritable("...")
            self.owner().rest = "setting"
        for each in values:
            own = [
                name
                for name, size in self.visible_sizes().items()
                if size is each
                or (isinstance(each, int) and isinstance(size, int) and size == each)
            ]
            if isinstance(each, str):
                written.append(each)
            elif own and self.world.chance(0.8):
                written.append(self.random.choice(own))
            else:
                written.append(self.scope().write(each, 0.8))
        return written


__all__ = [
    "BLOCKS",
    "CATALOGUE",
    "EXAMPLES",
    "FEATURES",
    "Level",
    "Live",
    "Unwritable",
    "World",
    "same",
]
