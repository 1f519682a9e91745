"""Published numbers of parameters, counted without torch and by the compiled model; operations."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from architectures import ARCHITECTURES, graph, inputs
from netwright import composer, specs
from netwright.composer.counting import Summary

PUBLISHED = [
    ("mlp", None, {"sizes": [728, 16, 10]}, 11_834),
    ("lenet5", None, {}, 61_706),
    ("resnet", "resnet18", {}, 11_689_512),
    ("resnet", "resnet34", {}, 21_797_672),
    ("resnet", "resnet50", {}, 25_557_032),
    ("resnet", "resnet101", {}, 44_549_160),
    ("resnet", "resnet152", {}, 60_192_808),
    ("alexnet", None, {}, 61_100_840),
    ("alexnet", "original", {}, 60_965_224),
    ("vgg", "vgg11", {}, 132_863_336),
    ("vgg", "vgg16", {}, 138_357_544),
    ("vgg", "vgg16_bn", {}, 138_365_992),
    ("vgg", "vgg19", {}, 143_667_240),
    ("densenet", "densenet121", {}, 7_978_856),
    ("densenet", "densenet161", {}, 28_681_000),
    ("densenet", "densenet169", {}, 14_149_480),
    ("densenet", "densenet201", {}, 20_013_928),
    ("mobilenet_v2", None, {}, 3_504_872),
    ("efficientnet", "efficientnet_b0", {}, 5_288_548),
    ("efficientnet", "efficientnet_b4", {}, 19_341_616),
    ("convnext", "convnext_tiny", {}, 28_589_128),
    ("convnext", "convnext_large", {}, 197_767_336),
    ("swin", "swin_tiny", {}, 28_288_354),
    ("swin", "swin_base", {}, 87_768_224),
    ("vit", "vit_tiny_16", {}, 5_717_416),
    ("vit", "vit_base_16", {}, 86_567_656),
    ("vit", "vit_base_32", {}, 88_224_232),
    ("vit", "vit_large_16", {}, 304_326_632),
    ("vit", "vit_huge_14", {}, 632_045_800),
    ("softmax_regression", None, {}, 7_850),
    ("deep_linear", None, {}, 30_000),
    ("autoencoder", "linear", {}, 784 * 16 * 2 + 784 + 16),
    ("vae", None, {}, 652_824),
    ("dcgan_generator", None, {}, 3_576_704),
    ("dcgan_discriminator", None, {}, 2_765_568),
    ("dcgan", None, {}, 6_342_272),
    # 675,129,632 published, with the 294,912 waves of the positions, which are not learned.
    ("dit", "dit_xl_2", {}, 675_129_632 - 294_912),
    # The 384 million of the paper.
    ("seq2seq", "sutskever", {}, 384_144_000),
    # An embedding, two LSTMs of 4 * 512 gates with two biases each, 129 scores of 512 features.
    ("char_lstm", None, {}, 128 * 128 + 2_048 * (128 + 512 + 2) + 2_048 * (1_024 + 2) + 128 * 513),
    # ResNet-50 without its 2,049,000 at the end; its 2048 features as one of 10,000 words of 512; the rest.
    (
        "captioner",
        None,
        {},
        25_557_032 - 2_049_000 + 512 * 2_049 + 10_000 * 512 + 2_048 * (1_024 + 2) + 10_000 * 513,
    ),
    ("gpt", None, {}, 124_439_808),
    ("gpt", "gpt2_medium", {}, 354_823_168),
    ("gpt", "gpt2_large", {}, 774_030_080),
    ("gpt", "gpt2_xl", {}, 1_557_611_200),
    ("gpt", "gpt3", {}, 174_604_259_328),
    ("gcn", None, {}, 23_063),
    # 9 weights a pair of channels and a bias each: 1-16-32-64 down, 64-32-16-1 up.
    ("conv_autoencoder", None, {}, 46_529),
    ("unet", None, {}, 31_030_658),
    ("ddpm", None, {}, 35_746_307),
    ("transformer", None, {}, 63_082_496),
    ("bert", None, {}, 109_482_240),
    ("bert", "bert_large", {}, 335_141_888),
    ("t5", None, {}, 60_506_624),
    ("t5", "t5_base", {}, 222_903_552),
    ("t5", "t5_large", {}, 737_668_096),
    ("t5", "t5_3b", {}, 2_851_598_336),
    ("t5", "t5_11b", {}, 11_307_321_344),
    ("t5", "t5_v1_1_small", {}, 76_961_152),
    ("t5", "t5_v1_1_base", {}, 247_577_856),
    ("t5", "t5_v1_1_large", {}, 783_150_080),
    ("t5", "t5_v1_1_xl", {}, 2_849_757_184),
    ("t5", "t5_v1_1_xxl", {}, 11_135_332_352),
    ("llama", "llama_7b", {}, 6_738_415_616),
    ("llama", "llama_13b", {}, 13_015_864_320),
    ("llama", "llama_33b", {}, 32_528_943_616),
    ("llama", "llama_65b", {}, 65_285_660_672),
    ("llama", "llama2_70b", {}, 68_976_648_192),
    ("llama", "llama3_8b", {}, 8_030_261_248),
    ("llama", "llama3_70b", {}, 70_553_706_496),
    ("llama", "mistral_7b", {}, 7_241_732_096),
    ("llama", "tinyllama_1b", {}, 1_100_048_384),
    ("llama", "qwen2_7b", {}, 7_615_616_512),
    ("mixtral", "mixtral_8x7b", {}, 46_702_792_704),
    ("mixtral", "mixtral_8x22b", {}, 140_630_071_296),
    # Where the positions of the encoder are counted as weights, there are 1500 times the width more.
    ("whisper", "tiny", {}, 37_760_640 - 1500 * 384),
    ("whisper", "base", {}, 72_593_920 - 1500 * 512),
    ("whisper", "small", {}, 241_734_912 - 1500 * 768),
    ("whisper", "medium", {}, 763_857_920 - 1500 * 1024),
    ("whisper", "large", {}, 1_543_304_960 - 1500 * 1280),
    ("whisper", "large_v3", {}, 1_543_490_560 - 1500 * 1280),
    ("mlp_mixer", "mixer_b16", {}, 59_880_472),
    ("mlp_mixer", "mixer_l16", {}, 208_196_168),
    ("masked_language_modelling", None, {}, 109_514_298),
    ("clip", None, {}, 151_277_313),
    ("clip", "vit_b16", {}, 149_620_737),
    ("clip", "vit_l14", {}, 427_616_513),
    ("clip", "vit_l14_336", {}, 427_944_193),
    ("gat", None, {}, 92_373),
    ("graph_network", None, {}, 213_760),
    ("seq2seq_bahdanau", None, {}, 31_714_576),
    ("seq2seq_luong", None, {}, 14_715_664),
    # GPT-2 with 8 feed-forward layers and a router of 8 * 768 instead of one, twelve times.
    ("moe_gpt", None, {}, 124_439_808 + 12 * (7 * 4_722_432 + 6_144)),
    # ResNet-50 without its 2,049,000 at the end; 21 scores of 2048, 1024 and 512 channels.
    ("fcn", None, {}, 25_557_032 - 2_049_000 + 21 * (2048 + 1024 + 512 + 3)),
]
WITHOUT_TORCH = """
import sys
sys.modules["torch"] = None  # importing it now fails
from netwright.composer.cli import main
sys.exit(main())
"""


@pytest.mark.parametrize(("spec", "preset", "settings", "count"), PUBLISHED)
def test_summary_counts_parameters_without_torch(
    spec: str, preset: str | None, settings: Mapping[str, Any], count: int
) -> None:
    command = [sys.executable, "-c", WITHOUT_TORCH, "summary", spec, "--json"]
    command += ["--preset", preset] if preset else []
    command += [f"--set={name}={value}" for name, value in settings.items()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.stderr
    assert json.loads(done.stdout)["parameters"] == count


@pytest.mark.parametrize(("spec", "preset", "settings", "count"), PUBLISHED)
def test_compiled_models_have_as_many_parameters(
    spec: str, preset: str | None, settings: Mapping[str, Any], count: int
) -> None:
    loaded = specs.load(spec, preset=preset, set=settings)
    made = composer.compile(loaded, device="meta")
    assert sum(each.numel() for each in made.parameters()) == count
    assert all(each.is_meta for each in made.parameters())


@pytest.mark.parametrize("name", [name for name, each in ARCHITECTURES.items() if each.traced])
@pytest.mark.parametrize("longer", [0, 8])
def test_operations_are_those_that_torch_counts(name: str, longer: int) -> None:
    shapes = {size: value + longer for size, value in ARCHITECTURES[name].shapes.items()}
    made = composer.compile(graph(name), device="meta").eval().requires_grad_(False)
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        made(*(each.to("meta") for each in inputs(name, **shapes)))
    counted = Summary(graph(name), shapes=shapes).as_json()["flops"]
    assert counted == counter.get_total_flops()
    assert (counted > 0) == bool(list(made.parameters()))
