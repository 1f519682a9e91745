"""Many specs, one after the other; the command of `make generate`."""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter
from collections.abc import Mapping
from typing import Any

import torch

from generator.breaking import Misled, refused
from generator.census import never, table
from generator.documents import grown
from generator.holding import Failure, holds, text
from generator.shrinking import shrunk


def failure(spec: Mapping[str, Any], seed: int) -> str | None:
    """What does not hold of a spec, without the numbers and names in it; None if everything does."""
    try:
        holds(spec, random.Random(seed), Counter())
    except Failure as found:
        first = found.said.partition(" at {")[0].partition("\n")[0]
        return f"{found.stage}: {re.sub(r'[0-9]+|[A-Za-z_]+[.][A-Za-z0-9_.]+', '#', first)[:70]}"
    return None


def main() -> int:
    """0 if everything holds and everything occurred."""
    parser = argparse.ArgumentParser(prog="generator", description=__doc__)
    parser.add_argument("--count", type=int, default=300, help="how many specs")
    parser.add_argument(
        "--seed", type=int, default=random.randrange(2**31), help="of the first one"
    )
    parser.add_argument(
        "--show", action="store_true", help="print the specs instead of trying them"
    )
    asked = parser.parse_args()
    torch.set_num_threads(1)
    print(f"seed {asked.seed}")
    census: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for seed in range(asked.seed, asked.seed + asked.count):
        spec, world = grown(seed)
        census.update(world.used)
        if asked.show:
            print(text(spec))
            continue
        try:
            holds(spec, random.Random(seed), census)
            refused(spec, random.Random(seed), census)
        except Misled as found:
            failed[str(found).partition("\n")[0]] += 1
            print(f"\n-- seed {seed}: {found}\n")
        except Failure:
            said = failure(spec, seed) or "only once"
            failed[said] += 1
            if failed[said] == 1:
                small = shrunk(spec, lambda each, seed=seed: failure(each, seed))  # type: ignore[misc]
                print(f"\n-- seed {seed}: {said}\n{text(small)}")
                try:
                    holds(small, random.Random(seed), Counter())
                except Failure as again:
                    print(again)
    print(table(census))
    for said, times in failed.most_common():
        print(f"{times} times: {said}")
    missing = never(census) if asked.count >= 5000 and not asked.show else []
    if missing:
        print(f"never: {', '.join(missing)}")
    return 1 if failed or missing else 0


if __name__ == "__main__":
    sys.exit(main())
