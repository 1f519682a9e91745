"""Stretches: copies in a row that a diagram draws as one, and what they are called."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from netwright.composer.graph import Graph, Leaf, Node, Ref, Run
from netwright.specs.sizes import Symbolic
from netwright.specs.tensors import Tensor


@dataclass(frozen=True, slots=True)
class Stretch:
    """The copies of a node from `start` to before `stop`; the runs in which they stand."""

    node: Node
    start: int
    stop: int
    runs: tuple[Run, ...]

    @property
    def times(self) -> int:
        return self.stop - self.start

    @property
    def owns(self) -> bool:
        """Whether the parameters of a shared node are counted here."""
        return self.node.share == self.node.name and self.start == 0

    @property
    def name(self) -> str:
        """As in a path: `conv`, `layers.0-11`."""
        return self._named("-")

    @property
    def title(self) -> str:
        """For the eye: `layers` if it is all of them, else `layers.0 … 2`."""
        whole = self.times == self.node.copies and self.times > 1
        return self.node.name if whole else self._named(" … ")

    def _named(self, between: str) -> str:
        if not self.node.repeated:
            return self.node.name
        last = "" if self.times == 1 else f"{between}{self.stop - 1}"
        return f"{self.node.name}.{self.start}{last}"


class Folder:
    """Puts the copies of a node into stretches: equal ones, and those that differ in numbers only.

    Skeletons are kept by identity: equal elements are one object.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[Graph | Leaf, int]] = {}
        self._numbers: dict[object, int] = {}

    def stretches(self, node: Node, unfolded: bool = False) -> tuple[Stretch, ...]:
        """The stretches of a node, in order; unfolded: one for each copy."""
        found: list[Stretch] = []
        start = 0
        kinds: list[object] = []
        for run in node.runs:
            stop = start + run.times
            if unfolded:
                found += [Stretch(node, at, at + 1, (run,)) for at in range(start, stop)]
            else:
                found.append(Stretch(node, start, stop, (run,)))
                single = run.times == 1 and len(node.runs) > 1
                kinds.append((self._skeleton(run.element), _shown(run)) if single else None)
            start = stop
        return tuple(found) if unfolded else tuple(_together(found, kinds))

    def _skeleton(self, element: Graph | Leaf) -> int:
        """A number that two elements share if they differ in numbers only."""
        known = self._known.get(id(element))
        if known is None:
            kind = _leaf(element) if isinstance(element, Leaf) else self._graph(element)
            number = self._numbers.setdefault(kind, len(self._numbers))
            known = self._known[id(element)] = (element, number)
        return known[1]

    def _graph(self, graph: Graph) -> object:
        return (
            graph.title,
            tuple((name, _fed(fed)) for name, fed in graph.inputs.items()),
            tuple(graph.results.items()),
            graph.ties,
            tuple(
                (
                    node.name,
                    node.block,
                    tuple(node.sources.items()),
                    tuple(node.chained.items()),
                    (node.repeated, node.parallel, node.zipped, node.share),
                    node.scan and (node.scan.over, node.scan.dim, node.scan.carried),
                    tuple(
                        (run.times, self._skeleton(run.element), _shown(run)) for run in node.runs
                    ),
                )
                for node in graph.nodes.values()
            ),
        )


def _together(found: list[Stretch], kinds: list[object]) -> Iterator[Stretch]:
    """Stretches of one copy each, joined where they are of one kind and their settings go one way.

    So `16 … 64` says truly what lies between. A kind of None is joined with nothing.
    """
    start = 0
    while start < len(found):
        stop = start + 1
        while (
            stop < len(found)
            and kinds[start] is not None
            and kinds[stop] == kinds[start]
            and _one_way([each.runs[0] for each in found[start : stop + 1]])
        ):
            stop += 1
        row = found[start:stop]
        yield Stretch(
            row[0].node, row[0].start, row[-1].stop, tuple(run for each in row for run in each.runs)
        )
        start = stop


def _one_way(runs: Sequence[Run]) -> bool:
    """Whether every number in the settings only grows, or only shrinks."""
    for name, first in runs[0].settings.items():
        if isinstance(first, bool) or not isinstance(first, (int, float)):
            continue
        values = [run.settings.get(name) for run in runs]
        numbers = [each for each in values if isinstance(each, (int, float))]
        if sorted(numbers) not in (numbers, numbers[::-1]):
            return False
    return True


def _leaf(leaf: Leaf) -> object:
    ins = tuple((name, _fed(fed)) for name, fed in leaf.inputs.items())
    return leaf.name, ins, tuple((name, _fed(each)) for name, each in leaf.outputs.items())


def _fed(fed: Tensor | tuple[Tensor, ...] | None) -> object:
    if fed is None:
        return None
    tensors = fed if isinstance(fed, tuple) else (fed,)
    return isinstance(fed, tuple), tuple((len(each.sizes), each.dtype) for each in tensors)


def _shown(run: Run) -> object:
    """What of the settings must be equal: which are written, and those that are no numbers."""
    return tuple(
        (name, value if isinstance(value, (bool, str)) else _kind(value))
        for name, value in run.settings.items()
    )


def _kind(value: object) -> str:
    return "number" if isinstance(value, (int, float, Symbolic)) else type(value).__name__


def stretch_of(stretches: tuple[Stretch, ...], copy: int | None) -> int:
    """The number of the stretch in which a copy stands; of None, the last copy's."""
    if copy is None:
        return len(stretches) - 1
    return next(number for number, each in enumerate(stretches) if copy < each.stop)


def tensor_of(graph: Graph, ref: Ref) -> Tensor:
    """The type that is read there; of an input that takes several, the one at the port's number."""
    fed = graph.inputs.get(ref.node)
    if isinstance(fed, tuple):
        return fed[int(ref.port) if ref.port.isdigit() else 0]
    return graph.target(ref)
