"""The end of a level: its outputs, what is dead, ties and initialisers; then the frozen graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from netwright.composer.elaborate import absent, wiring
from netwright.composer.elaborate.initialising import initialisers, numbered
from netwright.composer.elaborate.inputs import written
from netwright.composer.elaborate.reading import is_star, starred
from netwright.composer.elaborate.reporting import Where, fix_word
from netwright.composer.elaborate.scope import POISON, Poison, Poisoned
from netwright.composer.elaborate.unknown import unknowns
from netwright.composer.elaborate.wiring import Written
from netwright.composer.graph import Element, Fed, Graph, Leaf, Node, Ref, held
from netwright.specs import tree as trees
from netwright.specs.document import Definition
from netwright.specs.problems import shown, suggest
from netwright.specs.sizes import Size, decide

if TYPE_CHECKING:
    from netwright.composer.elaborate.level import Level, State


def finish(
    level: Level, name: str, definition: Definition, tree: trees.Mapping, root: bool
) -> Graph | None:
    """The graph of a level that has run; None if something in it is poison."""
    form, asked = _asked(level, definition, tree)
    results: dict[str, Ref] = {}
    outputs: dict[str, Any] = {}
    poisoned = not asked
    tolerant = level.elaborator.lookup.tolerant
    for port, reference in asked.items():
        try:
            results[port], outputs[port] = level.resolve(reference, level.where)
            if outputs[port] is None:
                poisoned = True
                _report_left_out(level, port, results[port].node, reference, tree)
        except Poisoned:
            found = absent.reference(level, reference) if tolerant else None
            if found is None:
                poisoned = True
            else:
                results[port], outputs[port] = found, absent.ANY
    alive = _dead(level, tree, asked, root)
    ties = tuple(_ties(level))
    inits = tuple(initialisers(level, definition, tree))
    if poisoned or any(_is_poison(state) for state in level.states.values()):
        return None
    nodes = _needed(level, results)
    return Graph(
        name=name,
        title=_title(level, name, tree, root),
        description=definition.description,
        inputs=_known({**level.inputs, **level.captured_types}),
        nodes={
            each: node
            for each, node in level.nodes.items()
            if each in nodes and (each in alive or each not in level.states)
        },
        order=tuple(level.order),
        results=results,
        form=form,
        outputs=outputs,
        captured=tuple(level.captured_types),
        optional=frozenset(port for port, decl in definition.ports.items() if decl.optional),
        sizes={
            size: value
            for size, value in level.scope.private.items()
            if value is not POISON and size != "..."
        }
        if not level.scope.inline
        else {},
        shapes=written(definition),
        params=dict(level.scope.params),
        # What is tied to a node that is left out keeps its own parameter.
        ties=tuple(tie for tie in ties if all(each.partition(".")[0] in nodes for each in tie)),
        inits=(*inits,),
        place=tree.place,
    )


def _report_left_out(
    level: Level, port: str, name: str, reference: Written, tree: trees.Mapping
) -> None:
    level.where.report(
        "NW206",
        f"{f'the output {port}' if port else 'the output'} is {name}, which may be left out",
        reference.node.place if reference.node is not None else tree.place,
        help="what comes out is there whatever is given: let it be made of other inputs",
    )


def _known(types: Mapping[str, Any]) -> dict[str, Fed]:
    """The types of the inputs of a level without poison."""
    return {name: fed for name, fed in types.items() if not isinstance(fed, Poison)}


def _title(level: Level, name: str, tree: trees.Mapping, root: bool) -> str:
    """Where the definition stands, the same for all its uses."""
    file = tree.source.name.replace("\\", "/").rpartition("/")[2]
    if root or level.where.blame is not None:
        return file
    return f"{file}, block `{name}`"


def _is_poison(state: State) -> bool:
    return state.outputs is None and state.node is None


def _asked(
    level: Level, definition: Definition, tree: trees.Mapping
) -> tuple[Literal["tensor", "tuple", "dict"], dict[str, Written]]:
    """The outputs as written: a reference, a list, or names; else the last node."""
    where = level.where
    entry = tree.entries.get("outputs")
    if entry is None or definition.outputs is None:
        last = next(reversed(level.states), None)
        if last is None:
            where.report(
                "NW208",
                "there are no nodes, so nothing comes out",
                tree.entries["nodes"].node.place,
            )
            return "tensor", {}
        return "tensor", {"": Written(last)}
    if isinstance(entry.node, trees.Scalar):
        reference = wiring.reference(entry.node, where)
        if reference is not None and is_star(reference):
            return "tuple", _listed(level, [reference])
        return "tensor", {"": reference} if reference else {}
    form: Literal["tuple", "dict"] = "tuple"
    if isinstance(entry.node, trees.Sequence):
        items = {str(index): item for index, item in enumerate(entry.node.items)}
    else:
        items = {name: each.node for name, each in entry.node.entries.items()}
        form = "dict"
    if not items:
        ends = [name for name in level.network if not level.network.out_degree(name)]
        where.report(
            "NW208",
            "there are no outputs",
            entry.node.place,
            help=f"nothing reads {', '.join(ends)}: name one of them",
        )
    references = {name: wiring.reference(item, where) for name, item in items.items()}
    if None in references.values():
        return form, {}
    found = [(name, each) for name, each in references.items() if each is not None]
    if form == "dict":
        return form, dict(found)
    return form, _listed(level, [each for _, each in found])


def _listed(level: Level, references: Iterable[Written]) -> dict[str, Written]:
    """The outputs of a list, with every copy in the place of `node.*`."""
    found: list[Written] = []
    for each in references:
        if not is_star(each):
            found.append(each)
            continue
        try:
            copies = starred(level, each, level.where)
        except Poisoned:
            found.append(each)
            continue
        rest = each.rest[1:]
        found += [Written(each.name, (str(i), *rest), each.node) for i in range(len(copies))]
    return {str(index): each for index, each in enumerate(found)}


def _dead(level: Level, tree: trees.Mapping, asked: Mapping[str, Written], root: bool) -> set[str]:
    """Warn of nodes and inputs that nothing reads; the nodes that are needed."""
    alive = wiring.needed(level.network, [reference.name for reference in asked.values()])
    outputs = tree.entries.get("outputs")
    exposed = outputs is not None and outputs.node.source is not tree.source
    if (
        not asked or exposed
    ):  # a `use` that exposes inner nodes means to leave out what is behind them
        return alive if asked else set(level.states)
    for state in level.states.values():
        if state.name not in alive and not level.network.out_degree(state.name):
            level.where.at(state.name).warn(
                "NW207",
                f"nothing reads {state.name}: it is left out",
                state.entry.key_place,
                help="name it under outputs, or remove it",
            )
    if root:
        read = {
            name for state in level.states.values() if state.name in alive for name in state.reads
        }
        read |= {reference.name for reference in asked.values()}
        for name in level.inputs.keys() - read:
            level.where.warn(
                "NW207",
                f"nothing reads the input {name}",
                trees.place_of(tree, ("inputs", name), key=True),
            )
    return alive


def _needed(level: Level, results: Mapping[str, Ref]) -> set[str]:
    """The finished nodes that the results depend on, spliced ones included."""
    found: set[str] = set()
    waiting = [ref.node for ref in results.values()]
    while waiting:
        name = waiting.pop()
        if name in found or name not in level.nodes:
            continue
        found.add(name)
        waiting.append(level.nodes[name].share)
        for source in level.nodes[name].sources.values():
            waiting += [ref.node for ref in source] if isinstance(source, tuple) else [source.node]
    return found


# -- ties ----------------------------------------------------------------------------------------


def _ties(level: Level) -> Iterator[tuple[str, str]]:
    for body in level.spliced:
        yield from body.ties
    for state in level.states.values():
        entry = state.tree.entries.get("tie") if state.tree is not None else None
        if entry is None:
            continue
        where = level.where.at(state.name)
        for own, each in (
            entry.node.entries.items() if isinstance(entry.node, trees.Mapping) else ()
        ):
            other = str(each.node.plain())
            if state.node is None:  # its own parameters are not known
                _tied_to(level, other, each.node, where)
                continue
            names = (
                [f"{state.name}.{i}.{own}" for i in range(state.node.copies)]
                if numbered(state.node)
                else [f"{state.name}.{own}"]
            )
            size = _weight(level, names[0])
            if not isinstance(size, tuple):
                near = suggest(own, size)
                where.report(
                    "NW209",
                    f"{state.name} has no parameter {shown(own)}",
                    each.key_place,
                    help=f"did you mean {near}?" if near else f"it has {', '.join(size) or 'none'}",
                    fix=fix_word(each, near),
                )
                continue
            target = _tied_to(level, other, each.node, where)
            if target is None:
                continue
            if unknowns((*size, *target)):
                continue  # they depend on a mistake that is reported
            if len(size) != len(target) or any(
                decide("==", a, b) is not True for a, b in zip(size, target, strict=True)
            ):
                where.report(
                    "NW301",
                    f"tied parameters differ in shape: {own} is {list(size)}, {other} is {list(target)}",
                    each.node.place,
                )
                continue
            yield from ((name, other) for name in names)


def _tied_to(level: Level, path: str, node: trees.Node, where: Where) -> tuple[Size, ...] | None:
    """The sizes of the parameter that another is tied to; None (reported) if there is none."""
    target = _weight(level, path)
    if isinstance(target, tuple):
        return target
    base = path.partition(".")[0]
    if base in level.states and level.states[base].node is None:
        return None  # its parameters are not known
    near = suggest(path, target)
    where.report(
        "NW209",
        f"there is no parameter {shown(path)} to tie to",
        node.place,
        help=f"did you mean {near}?" if near else "",
        fix=fix_word(node, near),
    )
    return None


def _weight(level: Level, path: str) -> tuple[Size, ...] | list[str]:
    """The sizes of the parameter at a path from this spec; a list of near paths if there is none."""
    nodes: Mapping[str, Node] = level.nodes
    name, _, rest = path.partition(".")
    while name in nodes:
        node = nodes[name]
        element: Element = node.runs[0].element
        if node.share not in ("", name):
            return [f"{path.removesuffix(rest).removesuffix(f'{name}.')}{node.share}.{rest}"]
        if numbered(node):
            number, _, rest = rest.partition(".")
            if not number.isdigit() or int(number) >= node.copies:
                return [f"{name}.{i}" for i in range(min(node.copies, 4))]
            element = next(
                run for first, run in reversed(list(node.elements())) if first <= int(number)
            )
        if isinstance(element, Leaf):
            weights = {each: sizes for each, sizes, trainable in held(element) if trainable}
            prefix = path.removesuffix(rest)
            return weights[rest] if rest in weights else [f"{prefix}{each}" for each in weights]
        nodes = element.nodes
        name, _, rest = rest.partition(".")
    return list(nodes)
