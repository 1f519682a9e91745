"""Specs of the zoo, spoiled: whatever stands in a file, a check answers with a NetwrightError, and soon.

python tests/fuzzing.py 100000        spoils so many, and tells of the first that goes wrong
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator

from netwright.composer.elaborate import elaborate
from netwright.plugins.catalogue import Catalogue
from netwright.specs.load import ZOO, loads
from netwright.specs.problems import NetwrightError, render

VALUES = (
    "0", "-1", "2.5", "true", "null", "''", "[]", "{}", "x", "1e9", "99999999999", "$width", "$(1 / 0)",
    "$(index)", "[1, 2]", "{block: relu}", "...", "_", "$", "$(", "$$", "conv2d", "residual", "attention",
    "[x, x]", "x.0", "x.*", "9223372036854775807", "float", "int64", "{times: 2, share: true}", ".nan",
)  # fmt: skip
LIMIT = 1.0


def spoiled(text: str, chance: random.Random) -> str:
    """The text with one to four changes."""
    for _ in range(chance.randint(1, 4)):
        lines = text.split("\n")
        at = chance.randrange(len(lines))
        match chance.randrange(9):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, lines[at])
            case 2:
                other = chance.randrange(len(lines))
                lines[at], lines[other] = lines[other], lines[at]
            case 3 | 4 | 5:
                key, colon, _ = lines[at].rpartition(": ")
                lines[at] = key + colon + chance.choice(VALUES)
            case 6:
                lines[at] = lines[at].replace(
                    chance.choice("[]{}:,$ "), chance.choice("[]{}:,$ "), 1
                )
            case 7:
                lines[at] = " " * chance.randrange(6) + lines[at].strip()
            case _:
                place = chance.randrange(len(lines[at]) + 1)
                noise = chr(
                    chance.choice((0, 9, 0x1B, 0x7F, 0x202E, 0xD800, chance.randrange(0x3000)))
                )
                lines[at] = lines[at][:place] + noise + lines[at][place:]
        text = "\n".join(lines)
    return text


def spoil(count: int, seed: int) -> Iterator[tuple[str, float, Exception | None]]:
    """Check so many spoiled specs: each with the seconds it took and what it raised, unless that is ours."""
    catalogue = Catalogue()
    texts = [path.read_text(encoding="utf-8") for path in sorted(ZOO.glob("*.yaml"))]
    for number in range(count):
        chance = random.Random(f"{seed}.{number}")
        text = spoiled(chance.choice(texts), chance)
        start = time.process_time()
        failure: Exception | None = None
        try:
            elaborate(loads(text), catalogue)
        except NetwrightError as error:
            try:
                if any(each.code in ("NW000", "NW513") for each in error.problems):
                    failure = error
                render(error.problems, color=True)
            except Exception as error:
                failure = error
        except Exception as error:
            failure = error
        yield text, time.process_time() - start, failure


def main(count: int) -> int:
    """Spoil so many; 1 if one of them was answered wrongly or slowly."""
    slowest = 0.0
    for text, seconds, failure in spoil(count, seed=1):
        if failure is not None or seconds > LIMIT:
            print(text, failure, f"{seconds:.2f} s", sep="\n---\n")
            return 1
        slowest = max(slowest, seconds)
    print(f"{count:,} specs, the slowest {slowest:.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
