"""The graph: what a spec means. Every block resolved, every setting evaluated, every edge typed.

Nested like the file: a `Graph` holds nodes, a node holds one element per copy, an element is a `Leaf` (a
block that is written in torch) or again a `Graph` (a composite). Equal elements are one object, met at
several places; what depends on the place (its path) is therefore never kept inside. All values are frozen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, TypeAlias

from netwright.plugins.blame import as_python, said
from netwright.plugins.block import Block, ports
from netwright.plugins.expression import Apply, Built, Input, Module, Unpack, Value, Weight
from netwright.specs.problems import Place, PluginError, Problem
from netwright.specs.sizes import Size, Symbolic
from netwright.specs.tensors import Tensor

# What an input receives: a tensor, several (a variadic input), or nothing (an optional one).
Fed: TypeAlias = "Tensor | tuple[Tensor, ...] | None"

Pattern: TypeAlias = frozenset[str]
"""Which of the inputs of a graph that may be left out at run time are given."""


@dataclass(frozen=True, slots=True)
class Ref:
    """An output that is read: of an input of the graph (port ""), or of a node.

    copy: the number of one copy of a repeated node; None for a node that is not repeated, and for the last.
    """

    node: str
    port: str = ""
    copy: int | None = None


@dataclass(frozen=True, eq=False)
class Leaf:
    """A block with its settings, applied to inputs of known types."""

    name: str
    """The block's name in the catalogue."""
    block: Block
    inputs: Mapping[str, Fed]
    outputs: Mapping[str, Tensor]

    @cached_property
    def built(self) -> Built:
        """What is written in torch."""
        args: list[Any] = []
        for port in ports(type(self.block)):
            fed = self.inputs.get(port.name)
            if isinstance(fed, tuple):
                args += [Input(f"{port.name}.{index}", each) for index, each in enumerate(fed)]
            else:
                args.append(None if fed is None else Input(port.name, fed))
        return self.block.build(*args)

    @cached_property
    def holdings(self) -> tuple[Module | Weight, ...]:
        """The modules and weights in the expression, each once, in order of appearance."""
        found: list[Module | Weight] = []
        for value in _values(self.built):
            holding = value.module if isinstance(value, Apply) else value
            if isinstance(holding, (Module, Weight)) and not any(holding is each for each in found):
                found.append(holding)
        return tuple(found)

    @cached_property
    def flops(self) -> Size:
        """Operations of matrix products and convolutions. Raises PluginError if the block cannot say."""
        args: list[Any] = []
        for port in ports(type(self.block)):
            fed = self.inputs.get(port.name)
            args += fed if isinstance(fed, tuple) else [fed]
        try:
            found: object = self.block.flops(*args)
        except Exception as error:
            raise self._at_fault(f"failed with {said(error)}") from error
        if type(found) is not int and not isinstance(found, Symbolic):
            raise self._at_fault(f"gave {as_python(found)}, not a number of operations")
        return found

    def _at_fault(self, what: str) -> PluginError:
        return PluginError(Problem("NW513", f"flops of the block {self.name} {what}"))


@dataclass(frozen=True, eq=False)
class Varied(Leaf):
    """A leaf that reads other inputs, or has other settings, in some patterns of the graph around it.

    Its modules and weights are the same in all. `block` is that of the first variant; `inputs` are those
    that any variant reads.
    """

    variants: tuple[tuple[frozenset[Pattern], Leaf], ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """Equal copies in a row."""

    times: int
    element: Element
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The settings written in the spec, evaluated, for display."""


@dataclass(frozen=True, slots=True)
class Scan:
    """One copy run along a dimension of some inputs, step by step.

    over: the inputs that are cut. dim: along which of their dimensions. carried: outputs that go to the
    input of the same name at the next step, and whose last value is the node's; the other outputs are
    stacked along dim. The element's own types are those of one step. steps: how many there are.
    """

    over: tuple[str, ...]
    dim: int
    carried: tuple[str, ...]
    steps: Size


@dataclass(frozen=True, eq=False)
class Node:
    """A node: what it reads, and what stands there, one element for each copy."""

    name: str
    block: str
    """The block as the spec names it."""
    sources: Mapping[str, Ref | tuple[Ref, ...]]
    """Input of the block -> what it reads; of copies: what the first one reads."""
    runs: tuple[Run, ...]
    repeated: bool = False
    """Written with `repeat` or `for`: the copies are NAME.0, NAME.1, … (also when there is one)."""
    chained: Mapping[str, str] = field(default_factory=dict)
    """Of copies: output of one -> input of the next. Other inputs get the same value in every copy."""
    parallel: bool = False
    """Of copies: they do not read one another."""
    zipped: frozenset[str] = frozenset()
    """Inputs of which copy i reads copy i of the node in `sources` (whose Ref has no copy)."""
    share: str = ""
    """The node of this graph whose module is used again; its own name: the copies share one module."""
    scan: Scan | None = None
    ran: Mapping[str, Tensor] = field(default_factory=dict)
    """Of a scan: the types of the node's outputs, which its element's are the steps of."""
    when: frozenset[Pattern] | None = None
    """The patterns in which it runs; None: in all. What it holds is there in all."""
    otherwise: Mapping[str, Ref | None] = field(default_factory=dict)
    """Output -> what stands for it where the node does not run; None: nothing. Others are not read then."""
    place: Place | None = None
    note: str = ""

    @property
    def copies(self) -> int:
        return sum(run.times for run in self.runs)

    @property
    def outputs(self) -> Mapping[str, Tensor]:
        """Types of the outputs, of copies the last one's."""
        return self.ran or self.runs[-1].element.outputs

    def elements(self) -> Iterator[tuple[int, Element]]:
        """First copy number and element of each run."""
        number = 0
        for run in self.runs:
            yield number, run.element
            number += run.times


@dataclass(frozen=True, eq=False)
class Graph:
    """A composite (or the whole network) with its settings, applied to inputs of known types."""

    name: str
    """The block's name, or the network's."""
    title: str
    """Where it stands, for a docstring: `gpt.yaml, block `layer``."""
    description: str
    inputs: Mapping[str, Fed]
    """In order; the captured ones last."""
    nodes: Mapping[str, Node]
    """In an order in which they can run, as near to the file's as possible. Only nodes that are needed."""
    results: Mapping[str, Ref | tuple[Ref, ...]]
    """Output -> what it is. A name may be an input's: then it is passed through."""
    form: Literal["tensor", "tuple", "dict"]
    """What the model returns."""
    outputs: Mapping[str, Tensor]
    captured: tuple[str, ...] = ()
    """Inputs that are not declared, but read by a body from the spec around it."""
    optional: frozenset[str] = frozenset()
    """Inputs that need not be fed."""
    may_lack: tuple[str, ...] = ()
    """Those of them of which it is known only at run time whether they are given."""
    sizes: Mapping[str, Size] = field(default_factory=dict)
    """Names bound by the shapes of the inputs."""
    shapes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Input -> its shape as written, such as ("batch", "seq", "dim")."""
    params: Mapping[str, Any] = field(default_factory=dict)
    ties: tuple[tuple[str, str], ...] = ()
    """(own parameter, the one it is tied to), as paths from this graph."""
    inits: tuple[tuple[str, str, tuple[tuple[str, Any], ...]], ...] = ()
    """(pattern, initialiser, its arguments), nearest first: those of nodes (patterns begin with the
    node's name), then the spec's own. An initialiser of a plugin is an import path."""
    order: tuple[str, ...] = ()
    """The nodes as they run, with those that are left out and those that are not needed."""
    patterns: frozenset[Pattern] = frozenset()
    """Which of them may be given together; empty where there are none."""
    place: Place | None = None

    @property
    def whole(self) -> Pattern:
        """The pattern in which the most is given."""
        return max(self.patterns, key=lambda each: (len(each), sorted(each)), default=frozenset())

    def _repr_mimebundle_(self, **_: Any) -> Mapping[str, str]:
        """What a notebook shows: the picture, or what is wrong."""
        from netwright.composer.diagram.notebook import bundle

        return bundle(self)

    def target(self, ref: Ref) -> Tensor:
        """The type that is read there."""
        if ref.node in self.inputs:
            fed = self.inputs[ref.node]
            assert isinstance(fed, Tensor)
            return fed
        node = self.nodes[ref.node]
        if ref.copy is None:
            return node.outputs[ref.port]
        element = node.runs[-1].element
        for first, each in node.elements():
            if first > ref.copy:
                break
            element = each
        return element.outputs[ref.port]


Element: TypeAlias = Leaf | Graph


def left_out(optional: Iterable[str], given: Pattern) -> str:
    """A choice in words: `when `mask` is left out`; empty where everything is given."""
    names = [f"`{name}`" for name in optional if name not in given]
    if not names:
        return ""
    listed = " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]
    return f"when {listed} {'are' if len(names) > 1 else 'is'} left out"


def weights(element: Element, prefix: str = "") -> Iterator[tuple[str, tuple[Size, ...], bool]]:
    """Every parameter and buffer: (path, sizes, is a parameter), under its own path, tied ones too.

    Walks all copies: for counting use `netwright.composer.counting`, which multiplies.
    """
    if isinstance(element, Leaf):
        for path, sizes, trainable in held(element):
            yield f"{prefix}{path}".removesuffix("."), sizes, trainable
        return
    for node in element.nodes.values():
        if node.share:
            if node.share == node.name:
                yield from weights(node.runs[0].element, f"{prefix}{node.name}.")
            continue
        number = 0
        for run in node.runs:
            for _ in range(run.times):
                own = f"{prefix}{node.name}.{number}." if node.repeated else f"{prefix}{node.name}."
                yield from weights(run.element, own)
                number += 1


def held(leaf: Leaf) -> Iterator[tuple[str, tuple[Size, ...], bool]]:
    """Parameters and buffers of a leaf, by the path under its node.

    A block whose expression has one module *is* that module: its weights stand directly under the node.
    With several modules, each is an attribute named as torch's class in snake case; the composer writes a
    class for such a block.
    """
    modules = [each for each in leaf.holdings if isinstance(each, Module)]
    for holding in leaf.holdings:
        if isinstance(holding, Weight):
            yield holding.name, holding.sizes, holding.trainable
        else:
            own = "" if len(modules) == 1 and len(leaf.holdings) == 1 else f"{attribute(holding)}."
            yield from ((own + name, sizes, True) for name, sizes in holding.parameters)
            yield from ((own + name, sizes, False) for name, sizes in holding.buffers)


def attribute(module: Module) -> str:
    """The attribute under which one of several modules of a block is kept."""
    name = module.target.rpartition(".")[2]
    return "".join(f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))


def _values(tree: Any) -> Iterator[Value]:
    """All values in an expression, depth first, arguments before what uses them."""
    if isinstance(tree, Unpack):
        yield from _values(tree.value)
    elif isinstance(tree, Mapping):
        for each in tree.values():
            yield from _values(each)
    elif isinstance(tree, (list, tuple)):
        for each in tree:
            yield from _values(each)
    elif isinstance(tree, slice):
        yield from _values((tree.start, tree.stop, tree.step))
    elif isinstance(tree, Value):
        for name in tree.__dataclass_fields__:
            yield from _values(getattr(tree, name))
        yield tree
