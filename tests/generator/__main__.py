"""Many specs, one after the other; the command of `make generate`."""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable
from functools import partial
from multiprocessing import get_context

import torch

from generator.census import never, table
from generator.documents import grown
from generator.holding import text
from generator.plants import told
from generator.trying import Tried, tried
from planted import PLANTED


def main() -> int:
    """0 if everything holds and everything occurred."""
    parser = argparse.ArgumentParser(prog="generator", description=__doc__)
    parser.add_argument("--count", type=int, default=300, help="how many specs")
    parser.add_argument(
        "--seed", type=int, default=random.randrange(2**31), help="of the first one"
    )
    parser.add_argument("--jobs", type=int, default=1, help="how many processes")
    parser.add_argument(
        "--show", action="store_true", help="print the specs instead of trying them"
    )
    parser.add_argument(
        "--planted",
        metavar="NAME",
        help="under a wrong rule of tests/planted, or `all`, each: how soon it is found",
    )
    asked = parser.parse_args()
    if asked.planted:
        names = list(PLANTED) if asked.planted == "all" else [asked.planted]
        return _planted(names, asked.seed, asked.count, asked.jobs)
    seeds = range(asked.seed, asked.seed + asked.count)
    print(f"seeds {seeds.start} to {seeds.stop - 1}", flush=True)
    if asked.show:
        for seed in seeds:
            print(f"# seed {seed}\n{text(grown(seed)[0])}")
        return 0
    start = time.monotonic()
    if asked.jobs == 1:
        torch.set_num_threads(1)
        return _told(map(tried, seeds), start)
    with get_context("spawn").Pool(asked.jobs, torch.set_num_threads, (1,)) as pool:
        return _told(pool.imap_unordered(tried, seeds, chunksize=10), start)


def _planted(names: list[str], seed: int, most: int, jobs: int) -> int:
    """1 if one of the wrong rules is not found."""
    missed = 0
    with get_context("spawn").Pool(jobs, torch.set_num_threads, (1,)) as pool:
        trial = partial(told, seed=seed, most=most)
        for each, said in pool.imap_unordered(trial, names):
            print(f"{each:40} {said or 'NOT FOUND'}", flush=True)
            missed += said is None
    print(f"{len(names) - missed} of {len(names)} found, from seed {seed}")
    return 1 if missed else 0


def _told(found: Iterable[Tried], start: float) -> int:
    """Print what came of all of them, each fault once in full."""
    census: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    count = 0
    for each in found:
        count += 1
        census.update(each.census)
        for said, whole in each.faults.items():
            failed[said] += 1
            if failed[said] == 1:
                print(f"\n-- seed {each.seed}: {said}\n{whole}", flush=True)
    print(table(census))
    print(f"{count:,} specs in {time.monotonic() - start:.0f} s, {failed.total()} faults")
    for said, times in failed.most_common():
        print(f"{times} times: {said}")
    missing = never(census) if count >= 300 else []
    if missing:
        print(f"never: {', '.join(missing)}")
    return 1 if failed or missing else 0


if __name__ == "__main__":
    sys.exit(main())
