"""Specs, spoiled: whatever stands in a file, a check answers with a NetwrightError, and soon.

python tests/fuzzing.py 100000 [SEED]     spoils so many, and tells of all that go wrong
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import netwright.blocks
from netwright import composer
from netwright.composer.elaborate import elaborate
from netwright.plugins.catalogue import Catalogue
from netwright.specs.load import ZOO, loads
from netwright.specs.problems import NetwrightError, Problems, render
from netwright.specs.reading import read_text

VALUES = (
    "0", "-1", "2.5", "true", "null", "''", "[]", "{}", "x", "1e9", "99999999999", "$width", "$(1 / 0)",
    "$(index)", "[1, 2]", "{block: relu}", "...", "_", "$", "$(", "$$", "conv2d", "residual", "attention",
    "[x, x]", "x.0", "x.*", "9223372036854775807", "float", "int64", "{times: 2, share: true}", ".nan",
    "9223372036854775808", "-9223372036854775808", "1e308", "1e309", "-0.0", "5e-324", "0x1F", "0o17",
    "1_000", "12:30", "2024-01-01", "no", "~", "1" * 400, "9" * 5000, "a" * 65, "a" * 5000, "[" * 120,
    "[" * 60 + "]" * 60, "{a: " * 50 + "1" + "}" * 50, "{use: gpt}", "{use: ../gpt.yaml}",
    "{use: /dev/zero}",
    "os.system", "..", "x..y", "x.0.1.2.3", "x.-1", "$x.y", "$(x.y)", "{shape: [2], below: 0}",
    "{index: 1}",
    "{over: [x], dim: 99}", "&a [*a]", "*a", "!!python/name:os.system", "<<", "|", ">", "'", '"',
    "- - -", "? a",
    "# x", "%YAML 1.1", "---", "...\n---", "{body: {a: relu}}", "[x.*, x.*]", "{weight: x.weight}",
    "1000000000",
)  # fmt: skip
CHARACTERS = (
    "\0", "\t", "\x1b", "\x7f", "\x85", "\xa0", "\u00ad", "\u0301", "\u200b", "\u2028", "\u2029", "\u202e",
    "\u2066", "\ud800", "\udfff", "\ufb01", "\ufeff", "\uff05", "\uffff", "\U0001d41c", "\U0001f600",
    "\r", "\r\n",
)  # fmt: skip
NAMES = (
    "x",
    "index",
    "width",
    "heads",
    "classes",
    "layers",
    "nowhere",
    "batch",
    "height",
    "seq",
    "depths",
    "body",
)
BINARY = (
    "+",
    "-",
    "*",
    "/",
    "//",
    "%",
    "**",
    "<",
    "<=",
    "==",
    "!=",
    ">",
    ">=",
    "and",
    "or",
    "in",
    "is",
    "@",
    ",",
)
FUNCTIONS = (
    "min",
    "max",
    "abs",
    "ceil",
    "floor",
    "round",
    "sqrt",
    "len",
    "sum",
    "int",
    "given",
    "print",
    "str",
)
ATOMS = (
    "0", "1", "2", "-1", "9", "1e308", "0.1", "9" * 30, "'a'", '"$x"', "true", "false", "null", "[]",
    "[1, 2, 3]",
    "None", "()", "{}", "1.", ".5", "1e", "0x1", "1j",
)  # fmt: skip
TOKEN = re.compile(r"\$?\w[\w.]*|\S|\s+")
LIMIT = 1.0


def expression(chance: random.Random, depth: int = 4) -> str:
    """Something like an expression, mostly by the grammar, over names that may not be there."""
    form = chance.randrange(10 if depth else 3)
    deeper = depth - 1
    if form < 2:
        return chance.choice(ATOMS)
    if form == 2:
        return chance.choice(NAMES)
    if form < 6:
        left, right = expression(chance, deeper), expression(chance, deeper)
        return f"{left} {chance.choice(BINARY)} {right}"
    if form == 6:
        count = chance.choice((0, 1, 1, 2, 3))
        inside = ", ".join(expression(chance, deeper) for _ in range(count))
        return f"{chance.choice(FUNCTIONS)}({inside})"
    one, two, three = (expression(chance, deeper) for _ in range(3))
    return chance.choice(
        (
            f"({one})", f"-{one}", f"not {one}", f"{one} if {two} else {three}", f"[{one}, {two}]",
            f"{one}[{two}]",
            f"{one}[{two}:{three}]", f"[{one} for x in {two}]", f"[x for x in [{one}]] * {two}",
            f"{one} ** {two} ** 9",
            f"({one}", f"{one})", f"{one}.real", f"lambda: {one}", f"{one} := 1", "f'{x}'", "9 ** 9 ** 9",
        )
    )  # fmt: skip


def lines(text: str, chance: random.Random) -> str:
    """A line is gone, twice there, elsewhere, or in another place of the tree."""
    own = text.split("\n")
    at, other = chance.randrange(len(own)), chance.randrange(len(own))
    match chance.randrange(4):
        case 0:
            del own[at]
        case 1:
            own.insert(at, own[at])
        case 2:
            own[at], own[other] = own[other], own[at]
        case _:
            own[at] = " " * chance.randrange(8) + own[at].strip()
    return "\n".join(own)


def values(text: str, chance: random.Random) -> str:
    """What stands after a colon is something else."""
    own = text.split("\n")
    at = chance.randrange(len(own))
    key, colon, _ = own[at].rpartition(": ")
    value = chance.choice(VALUES)
    if chance.random() < 0.4:
        value = f"$({expression(chance)})"
        value = chance.choice((value, json.dumps(value)))
    own[at] = key + colon + value
    return "\n".join(own)


def tokens(text: str, chance: random.Random) -> str:
    """A word or a sign is gone, twice there, another one of the file, or a value."""
    own = TOKEN.findall(text)
    at, other = chance.randrange(len(own)), chance.randrange(len(own))
    match chance.randrange(5):
        case 0:
            del own[at]
        case 1:
            own.insert(at, own[other])
        case 2:
            own[at], own[other] = own[other], own[at]
        case 3:
            own[at] = own[other]
        case _:
            own[at] = chance.choice(VALUES)
    return "".join(own)


def numbers(text: str, chance: random.Random) -> str:
    """A number is another one, near it or at a limit."""
    found = list(re.finditer(r"(?<![\w.])-?\d+(?:\.\d+)?", text))
    if not found:
        return text
    which = chance.choice(found)
    value = which[0]
    near = ["0"]
    if value.lstrip("-").isdigit() and len(value) < 100:
        near = [str(int(value) + step) for step in (-1, 1, 2)]
    far = [
        "0",
        "-1",
        str(2**31),
        str(2**63),
        str(10**9),
        "1" + "0" * 18,
        "1.5",
        "1e-7",
        "1e400",
        "9" * 4301,
    ]
    return text[: which.start()] + chance.choice((*near, *far)) + text[which.end() :]


def expressions(text: str, chance: random.Random) -> str:
    """An expression has another part in it, or is another one."""
    found = list(re.finditer(r"\$\(([^\n]*?)\)|\$\w+", text))
    if not found:
        return text
    which = chance.choice(found)
    inside = (which[1] or which[0][1:]) + " "
    place = chance.randrange(len(inside))
    grown = chance.choice(
        (
            expression(chance), inside[:place] + expression(chance, 2) + inside[place:],
            inside[:place] + inside[place + 1 :],
            f"({inside}) {chance.choice(BINARY)} {expression(chance, 2)}",
        )
    )  # fmt: skip
    return text[: which.start()] + f"$({grown})" + text[which.end() :]


def branches(text: str, chance: random.Random) -> str:
    """Lines with all that is under them are gone, or stand again elsewhere."""
    own = text.split("\n")
    at = chance.randrange(len(own))
    depth = len(own[at]) - len(own[at].lstrip())
    end = at + 1
    while end < len(own) and len(own[end]) - len(own[end].lstrip()) > depth:
        end += 1
    branch = own[at:end]
    if chance.random() < 0.5:
        del own[at:end]
    place = chance.randrange(len(own) + 1)
    before = own[place - 1] if place else ""
    step = len(before) - len(before.lstrip()) + chance.choice((0, 2)) - depth
    moved = [" " * max(0, len(each) - len(each.lstrip()) + step) + each.lstrip() for each in branch]
    own[place:place] = moved
    return "\n".join(own)


def characters(text: str, chance: random.Random) -> str:
    """A character more, of those that nobody expects; or a bracket, a quote, a space for another."""
    place = chance.randrange(len(text) + 1)
    match chance.randrange(3):
        case 0:
            return text[:place] + chance.choice(CHARACTERS) + text[place:]
        case 1:
            return text[:place] + chr(chance.randrange(0x3000)) + text[place + 1 :]
        case _:
            old = chance.choice("[]{}:,$ '\"")
            place = text.find(old, place)
            return (
                text
                if place < 0
                else text[:place] + chance.choice("[]{}:,$ \"'&*!") + text[place + 1 :]
            )


CHANGES: tuple[Callable[[str, random.Random], str], ...] = (
    lines, values, values, tokens, numbers, expressions, expressions, branches, characters,
)  # fmt: skip


def texts() -> list[str]:
    """Specs of the zoo and composite blocks; some of them as JSON."""
    folders = [ZOO, *map(Path, netwright.blocks.__path__)]
    found = [
        path.read_text(encoding="utf-8")
        for folder in folders
        for path in sorted(folder.glob("*.yaml"))
    ]
    trees = [read_text(text, "spec.yaml", Problems()).plain() for text in found[::4]]
    return found + [json.dumps(tree, indent=1) for tree in trees]


def spoiled(text: str, chance: random.Random) -> str:
    """The text with one to four changes."""
    for _ in range(chance.choice((1, 1, 2, 3, 4))):
        text = chance.choice(CHANGES)(text, chance) or " "
    return text


def spoil(count: int, seed: int) -> Iterator[tuple[str, float, Exception | None]]:
    """Check so many spoiled specs: each with the seconds it took and what it raised, unless that is ours.

    What is accepted is emitted too.
    """
    catalogue = Catalogue()
    whole = texts()
    for number in range(count):
        chance = random.Random(f"{seed}.{number}")
        text = spoiled(chance.choice(whole), chance)
        start = time.process_time()
        failure: Exception | None = None
        try:
            composer.emit(elaborate(loads(text), catalogue)[0])
        except NetwrightError as error:
            try:
                if any(each.code in ("NW000", "NW513") for each in error.problems):
                    failure = error
                render(error.problems, color=True).encode()
            except Exception as error:
                failure = error
        except Exception as error:
            failure = error
        yield text, time.process_time() - start, failure


def main(count: int, seed: int) -> int:
    """Spoil so many; 1 if one of them was answered wrongly or slowly."""
    slowest, wrong = 0.0, 0
    for text, seconds, failure in spoil(count, seed):
        if failure is not None or seconds > LIMIT:
            wrong += 1
            print(text, repr(failure), f"{seconds:.2f} s", sep="\n---\n", flush=True)
        slowest = max(slowest, seconds)
    print(f"{count:,} specs of seed {seed}, {wrong} wrong, the slowest {slowest:.2f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1))
