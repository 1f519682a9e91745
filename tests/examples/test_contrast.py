from __future__ import annotations

from math import log
from pathlib import Path

import torch

import scripts


def test_images_and_captions_find_each_other(tmp_path: Path) -> None:
    figures = scripts.learned("contrast", tmp_path)
    assert figures["captions_found"] >= 0.93
    assert figures["images_found"] >= 0.93
    assert figures["last_loss"] < 0.15 * log(40)


def test_images_are_what_their_captions_say() -> None:
    contrast = scripts.script("contrast")
    batch = contrast.draw(torch.Generator().manual_seed(0))
    assert batch["image"].shape == (40, 3, 8, 8)
    red = contrast.CAPTIONS.index("a red seven")
    image = batch["image"][red].flatten(1)
    assert image[0].min() > image[1].min()
    assert image[0].min() > image[2].min()
    assert batch["tokens"].argmax(1).tolist() == [3] * 40
