"""The table of what netwright costs: everything as a ratio to PyTorch by hand, beside its limit.

Usage: python benchmarks/run.py [PART]…   (speed, memory, constructors, long_chain, steps, pictures)
"""

from __future__ import annotations

import sys

import building
import pictures
import running
import torch

PARTS = {
    "speed": running.speed,
    "memory": running.memory,
    "constructors": building.constructors,
    "long_chain": building.long_chain,
    "steps": building.steps,
    "pictures": pictures.pictures,
}


def main(parts: list[str]) -> int:
    """Measure and print; 1 if a limit is missed."""
    torch.manual_seed(0)
    torch.set_num_threads(1)  # what is measured is Python's part, which one thread runs
    missed = 0
    for part in parts or PARTS:
        for row in PARTS[part]():
            print(row, flush=True)
            missed += not row.reached
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
