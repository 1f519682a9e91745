"""The same file gives the same graph and source in every process, whatever its hash seed."""

from __future__ import annotations

import os
import subprocess
import sys

PROGRAM = """
from netwright import composer, specs

graph = composer.check(specs.load("resnet"))
print([run.settings for node in graph.nodes.values() for run in node.runs])
print(composer.emit(graph))
"""


def test_nothing_depends_on_the_hash_seed() -> None:
    printed = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            check=True,
            capture_output=True,
            env=os.environ | {"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1", "2", "3")
    }
    assert len(printed) == 1
