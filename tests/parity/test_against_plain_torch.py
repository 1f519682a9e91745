"""Specs of the zoo without a reference elsewhere, against the same written out in torch."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from architectures import inputs, model


def test_unet_crops_what_it_skips() -> None:
    made, (image,) = model("unet"), inputs("unet")

    def convolved(double: Any, x: Tensor) -> Tensor:
        result: Tensor = double.conv2(double.conv1(x).relu()).relu()
        return result

    def run(level: Any, x: Tensor) -> Tensor:
        down = convolved(level.down, x)
        if not hasattr(level, "inner"):
            return down
        up = level.upsample(run(level.inner, functional.max_pool2d(down, 2)))
        top, left = ((down.shape[dim] - up.shape[dim]) // 2 for dim in (2, 3))
        middle = down[:, :, top : top + up.shape[2], left : left + up.shape[3]]
        return convolved(level.up, torch.cat([middle, up], 1))

    with torch.no_grad():
        torch.testing.assert_close(made(image), made.logits(run(made.levels, image)))


def test_a_token_is_sent_to_the_two_experts_with_the_highest_scores() -> None:
    made = model("moe_gpt")
    mixture: Any = made.get_submodule("layers.0.feed.mixture")
    x = torch.randn(2, 5, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        found = mixture(x)
        scores = mixture.router(x)
        for batch, seq in torch.cartesian_prod(torch.arange(2), torch.arange(5)).tolist():
            best = scores[batch, seq].argsort(descending=True)[:2]
            weights = scores[batch, seq, best].softmax(0)
            answers = [mixture.experts[int(each)](x[batch, seq]) for each in best]
            expected = sum(weight * answer for weight, answer in zip(weights, answers, strict=True))
            torch.testing.assert_close(found[batch, seq], expected)


def test_fcn_adds_coarse_scores_to_finer_ones() -> None:
    made, (image,) = model("fcn"), inputs("fcn")
    with torch.no_grad():
        backbone: Any = made.backbone
        x = functional.max_pool2d(backbone.stem(image).relu(), 3, 2, 1)
        stages = []
        for stage in backbone.stages:
            x = stage(x)
            stages.append(x)
        scores = made.coarse(stages[3])
        for head, finer in ((made.middle, stages[2]), (made.fine, stages[1])):
            size = finer.shape[2:]
            scores = functional.interpolate(scores, size, mode="bilinear") + head.score(finer)
        expected = functional.interpolate(scores, image.shape[2:], mode="bilinear")
        torch.testing.assert_close(made(image), expected)
        assert not hasattr(backbone, "logits")
