"""Leaves: a block class with its settings, applied to types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from netwright.composer.elaborate.reporting import (
    Narrowed,
    Where,
    doubt_symbols,
    explain,
    fix_word,
    narrowed,
    settled,
)
from netwright.composer.elaborate.scope import POISON, BlockValue, Poisoned
from netwright.composer.graph import Fed, Leaf, held
from netwright.plugins.block import Block, defaults, ports
from netwright.plugins.host import said
from netwright.specs import tree as trees
from netwright.specs.problems import Place, shown, suggest
from netwright.specs.sizes import Doubt, Size, SizeError, Symbol, Symbolic, Undecided
from netwright.specs.tensors import Refusal, Tensor


def configured(
    cls: type[Block],
    name: str,
    settings: Mapping[str, Any],
    nodes: Mapping[str, trees.Node],
    where: Where,
) -> Block:
    """The block with these settings. Raises Poisoned (reported)."""
    if any(value is POISON for value in settings.values()):
        raise Poisoned
    for setting, value in settings.items():
        if isinstance(value, BlockValue):
            where.report("NW512", f"{name}.{setting} takes no block", nodes[setting].place)
            raise Poisoned
    try:
        return cls(**settings)
    except ValidationError as error:
        for each in error.errors(include_url=False, include_context=True):
            _invalid(name, each, nodes, where)
        raise Poisoned from error


def _invalid(
    name: str,
    error: Any,
    nodes: Mapping[str, trees.Node],
    where: Where,
) -> None:
    setting, *inner = error["loc"]
    node = nodes.get(setting)
    value = error["input"]
    if node is None:
        where.report(
            "NW513",
            f"plugin error: the default of {name}.{setting} does not fit its own type",
            where.blame,
        )
        return
    for step in inner:
        try:
            node = trees.at(node, (step,))
        except LookupError:
            break
    if isinstance(value, Symbolic):
        where.report(
            "NW306",
            f"{setting} must be one value for every size that dims allows; it is {value}",
            node.place,
            help="give the size in inputs as a number, or do not let the setting depend on it",
        )
        return
    help = ""
    if isinstance(value, str) and value in ("None", "nil"):
        help = "did you mean null?"
    elif isinstance(value, str) and value.lower() in ("yes", "no", "on", "off", "y", "n"):
        help = "only true and false are booleans"
    elif isinstance(value, str) and value.startswith(("(", "[")):
        help = f"write a list: [{', '.join(value.strip('()[]').replace(',', ' ').split())}]"
    elif error["type"] == "less_than_equal" and error["ctx"]["le"] == 1 and 1 < value <= 100:
        help = f"did you mean {value / 100:g}?"
    elif error["type"] == "literal_error":
        near = suggest(
            str(value),
            str(error["ctx"]["expected"]).replace("'", "").replace(" or ", ", ").split(", "),
        )
        help = f"did you mean {near}?" if near else ""
    said = error["msg"].removeprefix("Value error, ").replace("Input should be ", "expected ")
    where.report(
        "NW512",
        f"{'.'.join(map(str, (setting, *inner)))}: {said}, got {shown(value)}",
        node.place,
        help=help,
    )


def known_settings(
    name: str, known: tuple[str, ...], entries: Mapping[str, trees.Entry], where: Where
) -> dict[str, trees.Entry]:
    """The settings written at a node that the block has; a typo is reported and taken for what was meant."""
    found: dict[str, trees.Entry] = {}
    for setting, entry in entries.items():
        if setting in known:
            found[setting] = entry
            continue
        near = suggest(setting, [each for each in known if each not in entries])
        where.report(
            "NW510",
            f"{name} has no setting {shown(setting)}",
            entry.key_place,
            notes=(f"its settings are {', '.join(known) or 'none'}",),
            help=f"did you mean `{near}`?" if near else "",
            fix=fix_word(entry, near),
        )
        if near:
            found[near] = entry
    return found


def missing(
    cls: type[Block], name: str, given: Mapping[str, Any], where: Where, place: Place | None
) -> bool:
    """Whether a required setting is not given; if so, that is reported."""
    wanting = [
        setting
        for setting, default in defaults(cls).items()
        if default is ... and setting not in given
    ]
    for setting in wanting:
        about = describe(cls, setting)
        where.report(
            "NW511",
            f"{name} needs the setting {setting}" + (f": {about}" if about else ""),
            place,
            help=f"add `{setting}: …`",
        )
    return bool(wanting)


def describe(cls: type[Block], setting: str) -> str:
    """The description of a setting."""
    for base in cls.__mro__:
        field = base.__dict__.get(setting)
        if field is not None:
            return getattr(field, "description", None) or ""
    return ""


def leaf(
    block: Block,
    name: str,
    inputs: Mapping[str, Fed],
    places: Mapping[str, Place | None],
    where: Where,
    place: Place | None,
    settings: Mapping[str, trees.Node],
) -> Leaf:
    """The block applied to these types. Raises Poisoned (reported)."""
    args: list[Any] = []
    for port in ports(type(block)):
        fed = inputs.get(port.name)
        args += fed if isinstance(fed, tuple) else [fed]
    try:
        outputs = _inferred(block, name, args)
        found = Leaf(name, block, dict(inputs), outputs)
        _check_weights(found)
    except Refusal as refusal:
        at = next(
            (
                places.get(p)
                for p, fed in inputs.items()
                if fed is not None and fed is refusal.tensor
            ),
            None,
        )
        if refusal.setting is not None and refusal.setting in settings:
            at = settings[refusal.setting].place
        read = [(p, fed) for p, fed in inputs.items() if isinstance(fed, Tensor)]
        notes = tuple(f"{p} is {fed}" for p, fed in read) if len(read) > 1 else ()
        where.report(
            refusal.code, f"{name}: {refusal.message}", at or place, help=refusal.help, notes=notes
        )
        raise Poisoned from refusal
    except Undecided as undecided:
        doubt = undecided.doubt
        help = settled(doubt, lambda facts: _attempt(_inferred, block, name, args, facts))
        where.report("NW304", f"{name}: {explain(doubt)}", place, help=help)
        raise Poisoned from undecided
    except SizeError as error:
        where.report("NW305", f"{name}: {error}", place)
        raise Poisoned from error
    except Exception as error:  # a rule of a plugin may fail in any way; it is named
        message = f"plugin error: the rule of {name} failed with {said(error)}"
        where.report("NW513", message, place)
        raise Poisoned from error
    _caution(block, name, args, where, place)
    return found


def _inferred(block: Block, name: str, args: list[Any]) -> dict[str, Tensor]:
    """What the rule says comes out; sizes are at least 1."""
    inferred = block.infer(*args)
    if not isinstance(inferred, (Tensor, Mapping)):
        raise Refusal(f"plugin error: infer gave {inferred!r}, not a Tensor", code="NW513")
    outputs = {"": inferred} if isinstance(inferred, Tensor) else dict(inferred)
    for tensor in outputs.values():
        for size in tensor.sizes:
            if size < 1:
                raise Refusal(f"{name} would give {tensor}: sizes are at least 1", code="NW307")
    return {port: replace(tensor, origin=None) for port, tensor in outputs.items()}


def _check_weights(leaf: Leaf) -> None:
    """The shape of a parameter is one value for every size that dims allows; else Refusal."""
    for path, sizes, _ in held(leaf):
        for size in sizes:
            if not isinstance(size, int):
                raise Refusal(
                    f"the shape of {path or 'the parameter'} would depend on {size}",
                    help="give that size as a number",
                    code="NW306",
                )


def _attempt(
    rule: Callable[[Block, str, list[Any]], object],
    block: Block,
    name: str,
    args: list[Any],
    facts: Narrowed,
) -> Doubt | bool:
    """Whether a rule accepts these inputs once more is known of their symbols; or what it asks next."""
    try:
        rule(block, name, narrowed(args, facts))
    except Undecided as undecided:
        return undecided.doubt
    except (Refusal, SizeError):
        return False
    return True


def _no_caution(block: Block, name: str, args: list[Any]) -> None:
    for caution in block.cautions(*args):
        raise Refusal(f"{name}: {caution}")


def _caution(block: Block, name: str, args: list[Any], where: Where, place: Place | None) -> None:
    try:
        for caution in block.cautions(*args):
            where.warn("NW308", f"{name}: {caution}", place)
    except Undecided as undecided:
        doubt = undecided.doubt
        help = settled(doubt, lambda facts: _attempt(_no_caution, block, name, args, facts))
        message = _worst(block, args, doubt) or explain(doubt)
        where.warn("NW308", f"{name}: {message}", place, help=help)


def _worst(block: Block, args: list[Any], doubt: Doubt) -> str:
    """What the block warns of where it is undecided, at sizes that bring it about."""
    for example in (doubt.example, doubt.holds):
        if not example:
            continue
        fixed: dict[Symbol, Size] = {
            s: example[s.name] for s in doubt_symbols(doubt) if s.name in example
        }
        try:
            found = next(iter(block.cautions(*narrowed(args, fixed))), "")
        except (Undecided, SizeError):
            continue
        if found:
            values = ", ".join(f"{symbol.name} = {value}" for symbol, value in fixed.items())
            return f"{found} (for {values})"
    return ""


__all__ = ["configured", "known_settings", "leaf", "missing"]
