"""How long `netwright check` takes as a whole process, against a process that only imports.

Usage: python benchmarks/startup.py [ROUNDS]

The measure is a ratio, since seconds depend on the machine: the two kinds of process run in turn,
and the medians are divided. The yardstick imports the libraries that a check cannot do without and
makes one pydantic model.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

YARDSTICK = """
import importlib.metadata, networkx, pluggy, pydantic, yaml
class Model(pydantic.BaseModel):
    size: int
Model(size=1)
"""
CHECK = ["check", "gpt", "--preset", "gpt3"]
WITHOUT_TORCH = """
import sys
from netwright.composer.cli import command
try:
    command()
finally:
    assert "torch" not in sys.modules, "checking imported torch"
"""
LIMIT = 1.3
# As it is once installed: the libraries' bytecode is on disk, and so must be this project's.
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
}


def seconds(command: list[str]) -> float:
    """Wall-clock time of a process; raises CalledProcessError if it fails."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=ENVIRONMENT)
    return time.perf_counter() - start


def main(rounds: int) -> int:
    """Measure and print; 1 if the check takes more than LIMIT times the yardstick, else 0."""
    netwright = str(Path(sys.executable).parent / "netwright")
    subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, *CHECK], check=True, stdout=subprocess.DEVNULL
    )
    seconds([netwright, *CHECK])
    imports, checks = [], []
    for _ in range(rounds):
        imports.append(seconds([sys.executable, "-c", YARDSTICK]))
        checks.append(seconds([netwright, *CHECK]))
    yardstick, check = statistics.median(imports), statistics.median(checks)
    ratio = check / yardstick
    print(f"netwright {' '.join(CHECK)}: {check * 1000:.0f} ms")
    print(f"imports alone: {yardstick * 1000:.0f} ms")
    print(f"ratio: {ratio:.2f} (at most {LIMIT})")
    return int(ratio > LIMIT)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 15))
