from __future__ import annotations

from pathlib import Path

import scripts


def test_generator_makes_all_digits(tmp_path: Path) -> None:
    figures = scripts.learned("gan", tmp_path)
    assert figures["recognised"] > 0.2
    assert figures["distinct_digits"] >= 8
    assert figures["spread_of_made"] > 0.7 * figures["spread_of_written"]


def test_both_objectives_train_the_same_networks() -> None:
    gan = scripts.script("gan")
    generating, discriminating = gan.joined(0)
    for name in ("generator", "discriminator"):
        assert generating.get_submodule(name) is discriminating.get_submodule(name)
