"""Names: of nodes, inputs, params, blocks and sizes."""

from __future__ import annotations

import keyword
import re
import unicodedata
from dataclasses import dataclass

from netwright.specs.problems import shown

#: Characters of a name.
MAX_NAME = 64

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")

# The attributes of torch.nn.Module, fixed with version 1 of the language. `block` is the key that
# tells a node from a body, and the others are what the model itself is given.
RESERVED_NODES = frozenset(
    [
        "T_destination",
        "add_module",
        "apply",
        "bfloat16",
        "block",
        "buffers",
        "call_super_init",
        "children",
        "compile",
        "cpu",
        "cuda",
        "double",
        "dump_patches",
        "eval",
        "extra_repr",
        "float",
        "forward",
        "get_buffer",
        "get_extra_state",
        "get_parameter",
        "get_submodule",
        "half",
        "ipu",
        "load_state_dict",
        "modules",
        "mtia",
        "named_buffers",
        "named_children",
        "named_modules",
        "named_parameters",
        "parameters",
        "register_backward_hook",
        "register_buffer",
        "register_forward_hook",
        "register_forward_pre_hook",
        "register_full_backward_hook",
        "register_full_backward_pre_hook",
        "register_load_state_dict_post_hook",
        "register_load_state_dict_pre_hook",
        "register_module",
        "register_parameter",
        "register_state_dict_post_hook",
        "register_state_dict_pre_hook",
        "requires_grad_",
        "set_extra_state",
        "set_submodule",
        "share_memory",
        "state_dict",
        "tie_weights",
        "to",
        "to_empty",
        "train",
        "training",
        "type",
        "xpu",
        "zero_grad",
    ]
)


@dataclass(frozen=True, slots=True)
class NameFault:
    """Why a name is not allowed.

    Attributes:
        message: in one line, with the name as written.
        help: a name that is allowed, where there is a near one.
    """

    message: str
    help: str = ""


def check_name(name: str, kind: str) -> NameFault | None:
    """What is wrong with a name, or None.

    Args:
        name: as written.
        kind: what it names, `node`, `param` and so on; a `node` has reserved names besides.
    """
    is_reserved = kind == "node" and name in RESERVED_NODES
    is_keyword = keyword.iskeyword(name)
    match = _NAME.match(name)
    end = match.end() if match else 0
    if name and end == len(name) <= MAX_NAME and not is_reserved and not is_keyword:
        return None
    what = f"{shown(name)} cannot name {_article(kind)}"
    if not name:
        return NameFault(f"{what}: it is empty")
    if len(name) > MAX_NAME:
        return NameFault(
            f"{what}: it has {len(name):,} characters, and at most {MAX_NAME} are allowed"
        )
    if end < len(name):
        return NameFault(f"{what}: {_fault(name, end)}", _instead(name, kind))
    if is_keyword:
        return NameFault(f"{what}: it is a reserved word of Python", f"`{name}_`, for instance")
    return NameFault(
        f"{what}: it is reserved, because a model has an attribute of this name",
        f"`{name}_`, for instance",
    )


def _article(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def _fault(name: str, index: int) -> str:
    letter = name[index]
    if index == 0 and (letter.isdigit() or letter == "_") and letter.isascii():
        return f"it begins with {shown(letter)}, and names begin with a letter"
    described = unicodedata.name(letter, "")
    point = f"U+{ord(letter):04X}" + (f" {described}" if described else "")
    return f"character {index} is {shown(letter)} ({point}), and names are A-Z a-z 0-9 _"


# Letters of other scripts that look like ASCII ones, Cyrillic and Greek.
_LOOKALIKES = str.maketrans(
    "авекмнорстухіјѕԁԛԝһАВЕКМНОРСТУХІЈЅԌԚԜοαρντυικΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "abekmhopctyxijsdqwhABEKMHOPCTYXIJSGQWoapvtuikABEZHIKMNOPTYX",
)


def _instead(name: str, kind: str) -> str:
    """A name of ASCII that is near, as help; empty if there is none."""
    plain = unicodedata.normalize("NFKD", name.translate(_LOOKALIKES))
    kept = "".join(
        letter for letter in plain if unicodedata.category(letter) not in ("Mn", "Cf", "Cc")
    )
    near = re.sub(r"[^A-Za-z0-9_]+", "_", kept)
    if not kept.strip("_").endswith(near.strip("_")[-1:] or "?"):
        near = near.rstrip("_")
    near = near.lstrip("_")
    if near and near[0].isdigit():
        near = f"n{near}"
    if not near:
        return ""
    if keyword.iskeyword(near) or (kind == "node" and near in RESERVED_NODES):
        near += "_"
    return f"`{near[:MAX_NAME]}`, for instance"
