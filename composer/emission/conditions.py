"""Conditions: what runs only if some optional input is given, in `forward`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from netwright.composer.emission.parts import Part, Statement, key
from netwright.composer.emission.sharing import told
from netwright.composer.graph import Graph, Leaf, Pattern
from netwright.plugins.expression import Apply, Call, Input, Module, Unpack, Value, Weight
from netwright.specs.sizes import Symbolic
from netwright.specs.tensors import Tensor

_ROOM = 88
"""A statement of at most so many characters, less its indentation, may hold a condition."""


class Conditional:
    """What runs under conditions in one forward method, and which variables may be None in it."""

    def __init__(self, graph: Graph, variables: Mapping[str, str]) -> None:
        """variables: input that may be left out -> its parameter."""
        self._known = graph.patterns
        self._variables = variables
        self._bound: dict[str, frozenset[Pattern]] = {
            variable: frozenset(each for each in graph.patterns if name in each)
            for name, variable in variables.items()
        }
        """Variable that does not always hold a tensor -> the patterns in which it does."""
        self._here: frozenset[Pattern] | None = None
        """The patterns in which what is written now runs; None: in all."""
        self._test: frozenset[Pattern] | None = None
        """Those in which `_then` runs; None: nothing is open."""
        self._then: list[Statement] = []
        self._other: list[Statement] = []

    def enter(self, when: frozenset[Pattern] | None) -> list[Statement]:
        """What is written next runs in these patterns. Returns what stood under another condition."""
        is_same = self._test is not None and when in (self._test, self._known - self._test)
        before = [] if is_same else self.close()
        self._here = when
        if not is_same:
            self._test = when
        return before

    def add(self, then: Iterable[Statement], other: Iterable[Statement]) -> None:
        """Statements that run under the condition, and those that run otherwise."""
        if self._here != self._test:
            then, other = other, then
        self._then += then
        self._other += other

    def close(self) -> list[Statement]:
        """What has been written under the condition."""
        when, then, other = self._test, self._then, self._other
        self._here, self._test, self._then, self._other = None, None, [], []
        if when is None:
            return []
        return self.choice([(when, then), (self._known - when, other)], 0)

    def choice(
        self, written: Sequence[tuple[frozenset[Pattern], list[Statement]]], depth: int
    ) -> list[Statement]:
        """Statements for each of some patterns, which are all that are known here."""
        known = frozenset().union(*(when for when, _ in written))
        (when, then), *others = written
        rest = others[0][1] if len(others) == 1 else self.choice(others, depth)
        tests = [condition(each, known, self._variables) for each in (when, known - when)]
        return branches(tests[0], tests[1], then, rest, depth)

    def bind(self, name: str, when: frozenset[Pattern] | None, otherwise: str | None) -> None:
        """A variable has a new value.

        when: the patterns in which its node runs; None: all. otherwise: the variable from which it has
        its value in the others; None: it has none.
        """
        patterns = self._known if when is None else when
        if otherwise is not None:
            patterns |= self._bound.get(otherwise, self._known)
        self._bound.pop(name, None)
        if patterns != self._known:
            self._bound[name] = patterns

    @contextmanager
    def within(self, when: frozenset[Pattern]) -> Iterator[None]:
        """What is written inside runs in these patterns only."""
        outer, self._here = self._here, when
        yield
        self._here = outer

    def present(self, types: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Of some variables those that hold a tensor wherever this runs."""
        here = self._known if self._here is None else self._here
        return {
            name: tensor for name, tensor in types.items() if here <= self._bound.get(name, here)
        }


def condition(
    wanted: Collection[Pattern], known: Collection[Pattern], variables: Mapping[str, str]
) -> str:
    """What holds in the wanted ones of the known patterns, as Python.

    variables: input -> the variable that is None where it is not given.
    """
    known = sorted(known, key=lambda each: (-len(each), sorted(each)))
    others = [each for each in known if each not in wanted]
    both = _all_of(wanted, others, variables)
    if both is not None:
        return " and ".join(f"{name} is {'not ' * is_given}None" for name, is_given in both)
    either = _all_of(others, list(wanted), variables)
    if either is not None:
        return " or ".join(
            f"{name} is {'' if is_given else 'not '}None" for name, is_given in either
        )
    each = (condition([one], known, variables) for one in known if one in wanted)
    return " or ".join(f"({text})" if " and " in text else text for text in each)


def _all_of(
    wanted: Collection[Pattern], others: Collection[Pattern], variables: Mapping[str, str]
) -> list[tuple[str, bool]] | None:
    """The fewest statements, each of one input, that hold together in all wanted and no other."""
    holding: list[tuple[str, bool]] = []
    for name in variables:
        states = {name in each for each in wanted}
        if len(states) == 1:
            holding.append((name, states.pop()))
    for each in list(holding):
        fewer = [one for one in holding if one != each]
        if not any(_hold(fewer, other) for other in others):
            holding = fewer
    if not holding or any(_hold(holding, other) for other in others):
        return None
    return [(variables[name], is_given) for name, is_given in holding]


def _hold(said: Iterable[tuple[str, bool]], pattern: Pattern) -> bool:
    return all((name in pattern) == is_given for name, is_given in said)


def branches(
    test: str, opposite: str, then: Sequence[Statement], other: Sequence[Statement], depth: int
) -> list[Statement]:
    """Statements under a condition, and those that run otherwise: in one line where that reads well."""
    if not then and not other:
        return []
    short = _ternary(test, then, other)
    if short is not None:
        return [short]
    if not then:
        test, then, other = opposite, other, ()
    found: list[Statement] = [(depth, (f"if {test}:",)), *_deeper(then)]
    if other:
        found += [(depth, ("else:",)), *_deeper(other)]
    return found


def _deeper(statements: Iterable[Statement]) -> list[Statement]:
    return [(depth + 1, parts) for depth, parts in statements]


def _ternary(test: str, then: Sequence[Statement], other: Sequence[Statement]) -> Statement | None:
    """`x = self.scale(x) if factor is not None else x`."""
    if len(then) != 1 or len(other) != 1 or then[0][0] != other[0][0]:
        return None
    (depth, parts), (_, others) = then[0], other[0]
    target = _target(parts)
    is_plain = not any(type(part) is str and " if " in part for part in (*parts, *others))
    if not target or target != _target(others) or not is_plain:
        return None
    found = (*parts, f" if {test} else ", str(others[0]).removeprefix(target), *others[1:])
    size = sum(len(part) if type(part) is str else 12 for part in found)
    return (depth, found) if size + 4 * depth <= _ROOM else None


def _target(parts: Sequence[Part]) -> str:
    """`x = ` of `x = f(y)`; nothing of a statement that binds several names, or none."""
    name, sign, _ = str(parts[0]).partition(" = ")
    return f"{name}{sign}" if sign and name.isidentifier() else ""


# One expression for several


def general(leaves: Sequence[Leaf]) -> Leaf | None:
    """The leaf whose expression does for all, where torch takes None for an input that is not given."""
    most = max(leaves, key=lambda each: len(_fed(each)))
    return most if all(_does(most.built, each.built) for each in leaves) else None


def _fed(leaf: Leaf) -> set[str]:
    return {port for port, fed in leaf.inputs.items() if fed is not None}


def _does(general: Any, special: Any) -> bool:
    """Whether they are equal but for inputs that only the first hands to arguments of torch's functions."""
    if isinstance(general, Input):
        return isinstance(special, Input) and general.name == special.name
    if isinstance(general, Module | Weight):
        return isinstance(special, Module | Weight) and bool(told(general) == told(special))
    if type(general) is not type(special):
        return False
    if isinstance(general, Call):
        own, others = dict(general.kwargs), dict(special.kwargs)
        added = [own[name] for name in own if others.get(name) is None]
        return (
            general.target == special.target
            and all(others[name] is None or name in own for name in others)
            and all(each is None or (_takes_none(general) and isinstance(each, Input)) for each in added)
            and _does(general.args, special.args)
            and all(
                _does(value, others[name])
                for name, value in own.items()
                if others.get(name) is not None
            )
        )  # fmt: skip
    if isinstance(general, Apply) and _takes_none(general.module):
        common = len(special.args)
        return (
            all(isinstance(each, Input) for each in general.args[common:])
            and _does(general.module, special.module)
            and _does(general.args[:common], special.args)
            and _does(general.kwargs, special.kwargs)
        )
    if isinstance(general, Symbolic):
        return bool(general.polynomial == special.polynomial)
    if isinstance(general, Value | Unpack):
        names = general.__dataclass_fields__
        return all(_does(getattr(general, each), getattr(special, each)) for each in names)
    if isinstance(general, list | tuple):
        return len(general) == len(special) and all(map(_does, general, special))
    if isinstance(general, Mapping):
        return list(general) == list(special) and all(
            _does(general[each], special[each]) for each in general
        )
    if isinstance(general, slice):
        ends = [(each.start, each.stop, each.step) for each in (general, special)]
        return _does(*ends)
    return bool(key(general) == key(special))


def _takes_none(call: Call | Module) -> bool:
    """Whether an argument that may be left out, and takes a tensor, may be None: so it is in torch."""
    return call.target.startswith("torch.")
