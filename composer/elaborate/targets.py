"""Which block a node names: a class of a plugin, a composite of the file or of a plugin, or a body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from netwright.composer.elaborate.absent import Absent, ports_of, settings_of
from netwright.composer.elaborate.reporting import Where, fix_word
from netwright.composer.elaborate.scope import BlockValue, Local, Poisoned, Scope
from netwright.composer.elaborate.values import value_of
from netwright.plugins.block import Block, Port, defaults, ports
from netwright.plugins.catalogue import Catalogue, Composite, UnknownBlock
from netwright.specs import tree as trees
from netwright.specs.problems import NetwrightError, shown, suggest


@dataclass(frozen=True, slots=True)
class Lookup:
    """Where blocks are looked for that no spec defines. lacking: namespaces that are reported missing."""

    catalogue: Catalogue
    lacking: set[str] = field(default_factory=set)
    tolerant: bool = False
    """A block that cannot be had is warned of, and stands for itself."""


@dataclass(frozen=True, slots=True)
class Target:
    """What stands at a node. One of leaf, local, body is set.

    None is, where a param gives null for a block, as it may for a node that is left out.
    preset: settings that come with the block where it is itself the value of a setting.
    """

    name: str
    ports: tuple[Port, ...]
    known: tuple[str, ...]
    leaf: type[Block] | None = None
    local: Local | None = None
    body: BlockValue | None = None
    preset: Mapping[str, tuple[trees.Entry, Scope]] = field(default_factory=dict)

    @property
    def is_null(self) -> bool:
        """Whether there is no block."""
        return self.leaf is None and self.local is None and self.body is None


def target(
    node: trees.Node,
    scope: Scope,
    lookup: Lookup,
    where: Where,
    within: tuple[BlockValue, ...] = (),
) -> Target:
    """The block that a node names: as a text, or under the key `block`. Raises Poisoned (reported).

    within: the values of params that lead here.
    """
    found = _target(node, scope, lookup, where, within)
    if found.leaf is Absent:
        return replace(found, ports=ports_of(node), known=settings_of(node))
    return found


def _target(
    node: trees.Node, scope: Scope, lookup: Lookup, where: Where, within: tuple[BlockValue, ...]
) -> Target:
    if isinstance(node, trees.Mapping):
        if "block" not in node.entries:
            where.report("NW103", "the node names no block", node.place, help="add `block: …`")
            raise Poisoned
        node = node.entries["block"].node
    if not isinstance(node, trees.Scalar) or not isinstance(node.value, str):
        said = shown(node.plain())
        hint = (
            "; quote it if it is a name"
            if isinstance(node, trees.Scalar) and node.value is not None
            else ""
        )
        where.report("NW501", f"expected the name of a block, got {said}{hint}", node.place)
        raise Poisoned
    if not node.value.startswith("$"):
        return _named(node.value, node, scope, lookup, where)
    value = value_of(node, scope, where)
    if isinstance(value, str):
        return _named(value, node, scope, lookup, where)
    if value is None:
        return Target(node.value, (Port("x"),), ())
    if not isinstance(value, BlockValue):
        where.report("NW501", f"{node.value} is {shown(value)}, not a block", node.place)
        raise Poisoned
    if any(each.tree is value.tree and each.scope is value.scope for each in within):
        where.report("NW501", f"{node.value} is a block that comes down to itself", node.place)
        raise Poisoned
    return _valued(value, lookup, where, within)


def _valued(
    value: BlockValue, lookup: Lookup, where: Where, within: tuple[BlockValue, ...] = ()
) -> Target:
    if value.is_body:
        return Target("body", (Port("x"),), (), body=value)
    inner = target(value.tree, value.scope, lookup, where, (*within, value))
    if not isinstance(value.tree, trees.Mapping):
        return inner
    entries = {
        name: (entry, value.scope) for name, entry in value.tree.entries.items() if name != "block"
    }
    if "from" in entries:
        where.report(
            "NW204",
            "a block in a setting has no `from`: it reads what its block gives it",
            entries.pop("from")[0].key_place,
        )
    return Target(
        inner.name,
        inner.ports,
        inner.known,
        inner.leaf,
        inner.local,
        inner.body,
        {**inner.preset, **entries},
    )


def _named(name: str, node: trees.Scalar, scope: Scope, lookup: Lookup, where: Where) -> Target:
    local = scope.block(name)
    if local is not None:
        return composite(local)
    try:
        found = lookup.catalogue.find(name)
    except UnknownBlock as error:
        if error.no_plugin and lookup.tolerant:
            if name.rpartition("/")[0] not in lookup.lacking:
                where.warn("NW501", error.message, node.place, help=error.help)
            return Target(name, (), (), leaf=Absent)
        if error.no_plugin and name.rpartition("/")[0] in lookup.lacking:
            raise Poisoned from error
        near = suggest(name, scope.block_names()) or error.suggestion
        where.report(
            "NW501",
            error.message if "/" in name else f"there is no block called {shown(name)}",
            node.place,
            help=f"did you mean `{near}`?" if near else error.help,
            fix=fix_word(node, near),
        )
        if near is None:
            raise Poisoned from error
        return _named(near, node, scope, lookup, where)
    except NetwrightError as error:
        if lookup.tolerant:
            for problem in error.problems:
                where.warn(problem.code, problem.message, node.place, help=problem.help)
            return Target(name, (), (), leaf=Absent)
        for problem in error.problems:
            where.report(problem.code, problem.message, node.place, help=problem.help)
        raise Poisoned from error
    if isinstance(found, Composite):
        return composite(Local(name, found.definition, found.tree, None, foreign=True))
    return Target(name, ports(found), tuple(defaults(found)), leaf=found)


def composite(local: Local) -> Target:
    """The target that a composite block is."""
    declared = local.definition.ports
    inputs = tuple(Port(name, optional=decl.optional) for name, decl in declared.items())
    known = tuple(local.definition.params)
    return Target(local.name, inputs, known, local=local, preset=local.preset)
