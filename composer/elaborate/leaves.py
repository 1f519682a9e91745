"""Leaves: a block class with its settings, applied to types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from netwright.composer.elaborate import recovery
from netwright.composer.elaborate.refusals import refused_settings
from netwright.composer.elaborate.reporting import (
    Narrowed,
    Where,
    doubt_symbols,
    explain,
    fix_word,
    narrowed,
    settled,
)
from netwright.composer.elaborate.scope import POISON, Poisoned
from netwright.composer.elaborate.unknown import unknowns, within
from netwright.composer.graph import Fed, Leaf, held
from netwright.plugins.blame import as_python, said
from netwright.plugins.block import Block, defaults, ports
from netwright.plugins.expression import Module, Unpack, Value, Weight
from netwright.plugins.initialisers import INITIALISERS
from netwright.specs import tree as trees
from netwright.specs.document import NODE_KEYS
from netwright.specs.problems import Place, shown, suggest
from netwright.specs.sizes import Doubt, Size, SizeError, Symbol, Symbolic, Undecided
from netwright.specs.tensors import DTYPES, Refusal, Tensor


class RuleFailedError(Exception):
    """A method of a block failed, or gave what it may not: its author's mistake."""


def applied(
    cls: type[Block],
    name: str,
    values: Mapping[str, Any],
    nodes: Mapping[str, trees.Node],
    inputs: Mapping[str, Any],
    places: Mapping[str, Place | None],
    where: Where,
    block_place: Place | None,
    from_place: Place | None,
) -> Leaf:
    """A block class with these settings, applied to these types.

    What is wrong is reported, and the leaf is then what was probably meant. Raises Poisoned where that
    cannot be told, and RuleFailedError.
    """
    wrong = {
        **dict.fromkeys(missing(cls, name, values, where, block_place), POISON),
        **refused_settings(cls, name, values, nodes, where),
    }
    if any(kind is POISON for kind in inputs.values()):
        raise Poisoned
    if not wrong:
        return leaf(cls(**values), name, inputs, places, where, from_place, nodes)
    args = _arguments(cls, inputs)
    found: list[tuple[Block, dict[str, Tensor]]] = []
    refusals: list[tuple[Block, Refusal]] = []
    for block in recovery.configurations(cls, values, wrong):
        try:
            found.append((block, _inferred(block, name, args)))
        except Refusal as refusal:
            refusals.append((block, refusal))
        except (Undecided, SizeError):
            continue
    if not found:
        if not refusals or len({refusal.message for _, refusal in refusals}) > 1:
            raise Poisoned
        # Whatever was meant, this does not fit.
        first = refusals[0][1]
        if first.setting in wrong:
            raise Poisoned
        if not within(args) or recovery.certain(
            lambda each: _inferred(refusals[0][0], name, each), args
        ):
            _refused(first, name, inputs, places, where, from_place, nodes)
        leaves = [_mended(block, name, inputs, args, refusal) for block, refusal in refusals]
        found = [(each.block, dict(each.outputs)) for each in leaves]
    outputs = recovery.merged([each for _, each in found])
    if outputs is None:
        raise Poisoned
    return Leaf(name, found[0][0], dict(inputs), outputs)


def _arguments(cls: type[Block], inputs: Mapping[str, Any]) -> list[Any]:
    args: list[Any] = []
    for port in ports(cls):
        fed = inputs.get(port.name)
        args += fed if isinstance(fed, tuple) else [fed]
    return args


def known_settings(
    name: str, known: tuple[str, ...], entries: Mapping[str, trees.Entry], where: Where
) -> dict[str, trees.Entry]:
    """The settings written at a node that the block has; a typo is reported and taken for what was meant."""
    found: dict[str, trees.Entry] = {}
    for setting, entry in entries.items():
        if setting in known:
            found[setting] = entry
            continue
        near = suggest(setting, [each for each in (*known, *NODE_KEYS) if each not in entries])
        where.report(
            "NW510",
            f"{name} has no setting {shown(setting)}",
            entry.key_place,
            notes=(f"its settings are {', '.join(known) or 'none'}",),
            help=f"did you mean `{near}`?" if near else "",
            fix=fix_word(entry, near),
        )
        if near in known:
            found[near] = entry
    return found


def missing(
    cls: type[Block], name: str, given: Mapping[str, Any], where: Where, place: Place | None
) -> list[str]:
    """The required settings that are not given; each is reported."""
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
    return wanting


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
    """The block applied to these types; if it refuses, what was probably meant (reported), or Poisoned."""
    args = _arguments(type(block), inputs)
    try:
        outputs = _inferred(block, name, args)
        found = Leaf(name, block, dict(inputs), outputs)
        _check_weights(found)
    except Refusal as refusal:
        if not within(args) or recovery.certain(lambda each: _inferred(block, name, each), args):
            _refused(refusal, name, inputs, places, where, place, settings)
        if refusal.code == "NW303":
            for mended in recovery.converted(inputs, refusal):
                if recovery.accepts_dtypes(block, _arguments(type(block), mended)):
                    return leaf(block, name, mended, places, where, place, settings)
        return _mended(block, name, inputs, args, refusal)
    except Undecided as undecided:
        doubt = undecided.doubt
        if unknowns((doubt.left, doubt.right)):
            certain = recovery.certain(lambda each: _inferred(block, name, each), args)
            if certain is not None:
                _refused(certain, name, inputs, places, where, place, settings)
            return _mended(block, name, inputs, args, certain or Refusal(""))
        help = settled(doubt, lambda facts: _attempt(_inferred, block, name, args, facts))
        where.report("NW304", f"{name}: {explain(doubt)}", place, help=help)
        raise Poisoned from undecided
    except SizeError as error:
        where.report("NW305", f"{name}: {error}", place)
        raise Poisoned from error
    _caution(block, name, args, where, place)
    return found


def _refused(
    refusal: Refusal,
    name: str,
    inputs: Mapping[str, Fed],
    places: Mapping[str, Place | None],
    where: Where,
    place: Place | None,
    settings: Mapping[str, trees.Node],
) -> None:
    """Report what a rule says no to, at the setting or the reference that is at fault."""
    at = next(
        (places.get(p) for p, fed in inputs.items() if fed is not None and fed is refusal.tensor),
        None,
    )
    if refusal.setting is not None and refusal.setting in settings:
        at = settings[refusal.setting].place
    read = [(p, fed) for p, fed in inputs.items() if isinstance(fed, Tensor)]
    notes = tuple(f"{p} is {fed}" for p, fed in read) if len(read) > 1 else ()
    message = f"{name}: {refusal.message}"
    where.report(refusal.code, message, at or place, help=refusal.help, notes=notes)


def _mended(
    block: Block, name: str, inputs: Mapping[str, Fed], args: list[Any], refusal: Refusal
) -> Leaf:
    """The leaf as it would be if what was refused were mended. Raises Poisoned if that is anyone's guess."""
    if refusal.setting in defaults(type(block)):
        others = recovery.configurations(type(block), block.settings(), {refusal.setting: POISON})
        pairs = [(other, recovery.outputs(other, args)) for other in others]
    else:
        pairs = [(block, recovery.outputs(block, each)) for each in recovery.mended(args)]
    found = [(other, outputs) for other, outputs in pairs if outputs is not None]
    outputs = recovery.merged([each for _, each in found]) if found else None
    if outputs is None:
        raise Poisoned from refusal
    return Leaf(name, found[0][0], dict(inputs), outputs)


def _inferred(block: Block, name: str, args: list[Any]) -> dict[str, Tensor]:
    """What the rule says comes out; sizes are at least 1."""
    inferred = _ask(name, "infer", block.infer, *args)
    outputs = dict(inferred) if isinstance(inferred, Mapping) else {"": inferred}
    for tensor in outputs.values():
        if not isinstance(tensor, Tensor):
            raise RuleFailedError(f"infer of {name} gave {as_python(tensor)}, not a Tensor")
        if tensor.dtype not in DTYPES:
            raise RuleFailedError(f"infer of {name} gave the dtype {tensor.dtype}, which is none")
        for size in tensor.sizes:
            if type(size) is not int and not isinstance(size, Symbolic):
                raise RuleFailedError(f"infer of {name} gave the size {size!r}, which is none")
            if size < 1:
                raise Refusal(f"{name} would give {tensor}: sizes are at least 1", code="NW307")
    return {port: replace(tensor, origin=None) for port, tensor in outputs.items()}


def _ask(name: str, method: str, function: Callable[..., Any], *args: Any) -> Any:
    """What a method of a block answers. Raises what a rule may raise, and RuleFailedError for all else."""
    try:
        return function(*args)
    except (Refusal, Undecided, SizeError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise RuleFailedError(f"{method} of {name} failed with {said(error)}") from error


def _check_built(leaf: Leaf) -> None:
    """What a block builds is an expression for each of its outputs; else RuleFailedError."""
    built = _ask(leaf.name, "build", lambda: leaf.built)
    parts: Mapping[str, Any] = built if isinstance(built, Mapping) else {"": built}
    for value in parts.values():
        if not isinstance(value, Value) and not (isinstance(value, Unpack) and value is built):
            kind = type(value).__name__
            raise RuleFailedError(
                f"build of {leaf.name} gave {as_python(value)} ({kind}), not a Value"
            )
    if not isinstance(built, Unpack) and parts.keys() != leaf.outputs.keys():
        listed = " and ".join(
            ", ".join(names) or "none" for names in (leaf.outputs.keys(), parts.keys())
        )
        message = f"infer and build of {leaf.name} give different outputs: {listed}"
        raise RuleFailedError(message)


def _check_weights(leaf: Leaf) -> None:
    """The shape of a parameter is one value for every size that dims allows; else Refusal."""
    if within(leaf.inputs.values()):
        return
    _check_built(leaf)
    for path, sizes, _ in held(leaf):
        for size in sizes:
            if not isinstance(size, int):
                raise Refusal(
                    f"the shape of {path or 'the parameter'} would depend on {size}",
                    help="give that size as a number, or pool and flatten before it",
                    code="NW306",
                )
    for module in leaf.holdings:
        if isinstance(module, Weight):
            _check_init(leaf, module)
        if isinstance(module, Module):
            for size in (*module.args, *(value for _, value in module.kwargs)):
                if isinstance(size, Symbolic):
                    raise Refusal(
                        f"{module.target.rpartition('.')[2]} is made for one size, not for {size}",
                        help="give that size as a number, or pool and flatten before it",
                        code="NW306",
                    )


def _check_init(leaf: Leaf, weight: Weight) -> None:
    """A weight begins by an initialiser of netwright's, or by a function with its import path."""
    name = weight.init[0]
    if name not in INITIALISERS and "." not in name:
        near = suggest(name, INITIALISERS)
        hint = f"did you mean {near}?" if near else "write an import path for one of your own"
        raise RuleFailedError(
            f"weight {weight.name!r} of {leaf.name} begins as {shown(name)}, no initialiser; {hint}"
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
        for caution in _ask(name, "cautions", lambda: tuple(block.cautions(*args))):
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


__all__ = ["RuleFailedError", "applied", "known_settings", "leaf", "missing"]
