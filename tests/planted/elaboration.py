"""Wrong rules of elaboration: scans, copies, sharing, ties, what is left out, what is remembered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

from netwright.composer import counting
from netwright.composer.elaborate import copies, elaborator, results, scans, sharing
from netwright.composer.elaborate.loops import Loop
from netwright.composer.elaborate.scope import freeze
from netwright.composer.elaborate.targets import Target
from netwright.composer.graph import Element, Node, Ref
from netwright.specs import tree as trees
from netwright.specs.tensors import Tensor
from planted.patching import replaced


@contextmanager
def state_changes_its_size() -> Iterator[None]:
    """What a scan carries must keep its rank and dtype; that it keeps its sizes is not asked."""

    def wrong(
        element: Element, over: list[str], types: dict[str, Any], *rest: Any
    ) -> tuple[str, ...]:
        for name, tensor in element.outputs.items():
            before = types.get(name)
            if before is None or (before.rank, before.dtype) == (tensor.rank, tensor.dtype):
                continue
            return right(element, over, types, *rest)
        return tuple(name for name in element.outputs if name in types)

    right = scans._carried
    with replaced(scans, "_carried", wrong):
        yield


@contextmanager
def scans_stack_along_one() -> Iterator[None]:
    """What a scan stacks is said to have its length in dim 1, also where another dim was cut."""
    right = scans.scan

    def wrong(*args: Any) -> Node:
        node = right(*args)
        assert node.scan is not None
        ran = {
            port: tensor if port in node.scan.carried else _moved(tensor, node.scan.dim)
            for port, tensor in node.ran.items()
        }
        return replace(node, ran=ran)

    with replaced(scans, "scan", wrong):
        yield


def _moved(tensor: Tensor, dim: int) -> Tensor:
    sizes = list(tensor.sizes)
    length = sizes.pop(dim)
    sizes.insert(min(1, len(sizes)), length)
    return Tensor(tuple(sizes), tensor.dtype, tensor.below)


@contextmanager
def exposed_keeps_what_is_dead() -> Iterator[None]:
    """`expose` replaces the outputs, but what nothing then needs stays, with its parameters."""
    is_exposed = False
    dead, needed = results._dead, results._needed

    def wrong_dead(level: Any, tree: Any, asked: Any, root: bool) -> set[str]:
        nonlocal is_exposed
        outputs = tree.entries.get("outputs")
        is_exposed = outputs is not None and outputs.node.source is not tree.source
        found = dead(level, tree, asked, root)
        return set(level.states) if is_exposed else found

    def wrong_needed(level: Any, refs: Mapping[str, Ref]) -> set[str]:
        return set(level.nodes) if is_exposed else needed(level, refs)

    with ExitStack() as stack:
        stack.enter_context(replaced(results, "_dead", wrong_dead))
        stack.enter_context(replaced(results, "_needed", wrong_needed))
        yield


@contextmanager
def shared_module_meets_other_features() -> Iterator[None]:
    """A shared module may meet inputs for which its parameters would have another shape."""

    def wrong(*args: Any) -> None:
        return None

    with ExitStack() as stack:
        stack.enter_context(replaced(copies, "check_shared", wrong))
        stack.enter_context(replaced(sharing, "check_shared", wrong))
        yield


@contextmanager
def only_the_first_copy_is_tied() -> Iterator[None]:
    """Of copies that tie a parameter only the first one is tied."""
    right = results._ties

    def wrong(level: Any) -> Iterator[tuple[str, str]]:
        for own, other in right(level):
            number = own.split(".")[1]
            if not number.isdigit() or number == "0":
                yield own, other

    with replaced(results, "_ties", wrong):
        yield


@contextmanager
def left_out_hands_on_what_is_written_first() -> Iterator[None]:
    """A node that is left out hands on the input that `from` names first, not the block's first."""
    right = copies._leave_out

    def wrong(level: Any, state: Any, where: Any) -> None:
        right(level, state, where)
        if list(state.outputs) == [""] and state.feeds:
            first = next(iter(state.feeds.values()))
            state.outputs = {"": level.resolve(first[0], where, state.place)}

    with replaced(copies, "_leave_out", wrong):
        yield


@contextmanager
def first_state_is_chained() -> Iterator[None]:
    """Of several named outputs only the first goes to the next copy; the others begin anew in each."""
    right = copies._chain

    def wrong(target: Target, element: Element) -> dict[str, str]:
        return dict(list(right(target, element).items())[:1])

    with replaced(copies, "_chain", wrong):
        yield


@contextmanager
def number_of_a_copy_in_a_body() -> Iterator[None]:
    """`index` in a setting makes copies differ; in a body it is overlooked, and all are like the first."""
    right = copies._varies

    def wrong(target: Target, repeated: Loop, written: Any) -> bool:
        seen = {
            name: (entry, scope)
            for name, (entry, scope) in written.items()
            if not isinstance(entry.node, trees.Mapping)
        }
        return right(target, repeated, seen)

    with replaced(copies, "_varies", wrong):
        yield


@contextmanager
def bounds_are_not_remembered() -> Iterator[None]:
    """A block is worked out once for equal types, and a type is compared without its bound."""

    def unbounded(value: Any) -> Any:
        if isinstance(value, Tensor):
            return replace(value, below=None)
        if isinstance(value, dict):
            return {name: unbounded(each) for name, each in value.items()}
        return tuple(map(unbounded, value)) if isinstance(value, tuple) else value

    def wrong(value: Any, *around: Any) -> Any:
        return freeze(unbounded(value), *around)

    with replaced(elaborator, "freeze", wrong):
        yield


@contextmanager
def shared_parameters_count_twice() -> Iterator[None]:
    """The summary counts the parameters of a shared module once for each use."""
    right = counting.Counter.run

    def wrong(self: counting.Counter, node: Node, index: int) -> counting.Totals:
        return right(self, replace(node, share=""), index)

    with replaced(counting.Counter, "run", wrong):
        yield


FAULTS = (
    state_changes_its_size,
    scans_stack_along_one,
    exposed_keeps_what_is_dead,
    shared_module_meets_other_features,
    only_the_first_copy_is_tied,
    left_out_hands_on_what_is_written_first,
    first_state_is_chained,
    number_of_a_copy_in_a_body,
    bounds_are_not_remembered,
    shared_parameters_count_twice,
)
