# Long because it is one table: an entry for each spec of the zoo.
"""The specs of the zoo at sizes that run quickly, and the reference that each must reproduce."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import torch
from architecture import Architecture
from sequences_and_graphs import SEQUENCES_AND_GRAPHS
from torch import nn

from netwright import composer, specs
from netwright.composer.checkpoints.tables import Source, table
from netwright.composer.graph import Graph
from netwright.composer.trial import made_up
from references import reference

ARCHITECTURES = {
    **SEQUENCES_AND_GRAPHS,
    "mlp": Architecture(
        "mlp",
        set={"sizes": [728, 16, 10]},
        reference="mlp_728_16_10",
        names="handwritten/mlp",
        inputs={"x": "x"},
        shapes={"batch": 3},
    ),
    "lenet5": Architecture(
        "lenet5",
        reference="lenet5_modern",
        names="handwritten/lenet5",
        inputs={"image": "x"},
        shapes={"batch": 3},
    ),
    "resnet18": Architecture(
        "resnet",
        preset="resnet18",
        reference="tv_resnet18",
        names="torchvision/resnet",
        inputs={"image": "x"},
        shapes={"batch": 2, "height": 40, "width": 49},
    ),
    "resnet50": Architecture(
        "resnet",
        preset="resnet50",
        reference="tv_resnet50",
        names="torchvision/resnet",
        inputs={"image": "x"},
        shapes={"batch": 2, "height": 40, "width": 49},
    ),
    "resnext": Architecture(
        "resnet",
        set={
            "depths": [1, 1, 1, 1],
            "bottleneck": True,
            "groups": 4,
            "group_width": 16,
            "classes": 10,
        },
        reference="tv_resnext",
        names="torchvision/resnet",
        inputs={"image": "x"},
        shapes={"batch": 2, "height": 40, "width": 49},
    ),
    "conv_autoencoder": Architecture(
        "conv_autoencoder",
        set={"widths": [4, 8, 12]},
        shapes={"batch": 2, "height": 16, "width": 24},
    ),
    "unet": Architecture(
        "unet",
        set={"features": 4, "depth": 2},
        shapes={"batch": 2, "height": 47, "width": 52},
    ),
    "ddpm": Architecture(
        "ddpm",
        set={"widths": [8, 16, 16, 16], "layers": 1, "groups": 4},
        reference="ddpm_cifar10",
        names="diffusers/ddpm",
        inputs={"image": "sample", "timestep": "timestep"},
        shapes={"batch": 2, "height": 16, "width": 24},
    ),
    "seq2seq_bahdanau": Architecture(
        "seq2seq_bahdanau",
        set={"source_vocab": 40, "target_vocab": 40, "embedding": 16, "hidden": 24},
        reference="lstm_seq2seq_bahdanau",
        names="handwritten/seq2seq_bahdanau",
        inputs={"source": "src", "target": "tgt", "lengths": "lengths"},
        shapes={"batch": 2, "source_seq": 7, "target_seq": 5},
    ),
    "seq2seq_luong": Architecture(
        "seq2seq_luong",
        set={"source_vocab": 40, "target_vocab": 40, "embedding": 16, "hidden": 24},
        reference="lstm_seq2seq_luong",
        names="handwritten/seq2seq_luong",
        inputs={"source": "src", "target": "tgt", "lengths": "lengths"},
        shapes={"batch": 2, "source_seq": 7, "target_seq": 5},
    ),
    "softmax_regression": Architecture(
        "softmax_regression",
        set={"features": 9, "classes": 4},
        shapes={"batch": 3},
    ),
    "deep_linear": Architecture(
        "deep_linear",
        set={"sizes": [12, 12, 12, 12]},
        reference="deep_linear_mc",
        names="handwritten/deep_linear",
        inputs={"rows": "rows", "columns": "cols"},
        shapes={"observed": 5},
        constant=(1,),
    ),
    "alexnet": Architecture(
        "alexnet",
        set={"hidden": 64, "classes": 10},
        reference="tv_alexnet",
        names="torchvision/alexnet",
        inputs={"image": "x"},
        shapes={"batch": 2, "height": 70, "width": 81},
    ),
    "vgg": Architecture(
        "vgg",
        preset="vgg16",
        set={"hidden": 64, "classes": 10},
        reference="tv_vgg16",
        names="torchvision/vgg",
        inputs={"image": "x"},
        shapes={"batch": 2, "height": 33, "width": 40},
    ),
    "densenet": Architecture(
        "densenet",
        preset="densenet121",
        reference="tv_densenet121",
        names="torchvision/densenet",
        inputs={"image": "x"},
        shapes={"batch": 2, "height": 61, "width": 70},
    ),
    "mobilenet_v2": Architecture(
        "mobilenet_v2",
        set={
            "expansions": [1, 6],
            "widths": [8, 16],
            "depths": [1, 2],
            "strides": [1, 2],
            "classes": 10,
        },
        reference="tv_mobilenet_v2",
        names="torchvision/mobilenet_v2",
        inputs={"image": "x"},
        shapes={"batch": 2, "height": 33, "width": 40},
    ),
    "mobilenet_v3": Architecture(
        "mobilenet_v3",
        set={
            "widths": [8, 16, 16],
            "expanded": [8, 24, 32],
            "squeezed": [8, 0, 8],
            "kernels": [3, 5, 5],
            "strides": [1, 2, 1],
            "plain": 2,
            "stem": 8,
            "hidden": 20,
            "classes": 10,
        },
        reference="tv_mobilenet_v3",
        names="torchvision/mobilenet_v3",
        inputs={"image": "x"},
        shapes={"batch": 2, "height": 33, "width": 40},
    ),
    "regnet": Architecture(
        "regnet",
        set={"widths": [16, 24], "depths": [1, 2], "classes": 10},
        reference="tv_regnet",
        names="torchvision/regnet",
        inputs={"image": "x"},
        shapes={"batch": 2, "height": 33, "width": 40},
    ),
    "shufflenet_v2": Architecture(
        "shufflenet_v2",
        set={"widths": [16, 24, 32], "depths": [2, 2, 2], "stem": 8, "head": 48, "classes": 10},
        reference="tv_shufflenet_v2",
        names="torchvision/shufflenet_v2",
        inputs={"image": "x"},
        shapes={"batch": 2, "height": 33, "width": 40},
    ),
    "squeezenet": Architecture(
        "squeezenet",
        preset="squeezenet1_1",
        set={"classes": 10},
        reference="tv_squeezenet",
        names="torchvision/squeezenet",
        inputs={"image": "x"},
        shapes={"batch": 2, "height": 33, "width": 40},
    ),
    "googlenet": Architecture(
        "googlenet",
        set={"classes": 10},
        reference="tv_googlenet",
        names="torchvision/googlenet",
        inputs={"image": "x"},
        shapes={"batch": 2, "height": 49, "width": 60},
    ),
    "efficientnet": Architecture(
        "efficientnet",
        set={
            "expansions": [1, 6],
            "kernels": [3, 5],
            "widths": [8, 16],
            "depths": [1, 2],
            "strides": [1, 2],
            "stem": 8,
            "head": 16,
            "classes": 10,
        },
        reference="tv_efficientnet",
        names="torchvision/efficientnet",
        inputs={"image": "x"},
        shapes={"batch": 2, "height": 33, "width": 40},
    ),
    "convnext": Architecture(
        "convnext",
        set={"depths": [2, 1], "widths": [8, 12], "classes": 10},
        reference="tv_convnext",
        names="torchvision/convnext",
        inputs={"image": "x"},
        shapes={"batch": 2, "height": 32, "width": 41},
    ),
    "vit": Architecture(
        "vit",
        preset="vit_tiny_16",
        reference="timm_vit_tiny_patch16_224",
        names="timm/vit",
        inputs={"image": "x"},
        shapes={"batch": 2},
    ),
    "swin": Architecture(
        "swin",
        set={
            "image_size": 32,
            "patch_size": 2,
            "width": 8,
            "depths": [2, 2],
            "heads": [2, 4],
            "window_size": 4,
            "classes": 10,
        },
        reference="tv_swin",
        names="torchvision/swin",
        inputs={"image": "x"},
        shapes={"batch": 2},
    ),
    "autoencoder": Architecture(
        "autoencoder",
        set={"sizes": [12, 8, 3]},
        shapes={"batch": 3},
    ),
    "vae": Architecture(
        "vae",
        reference="vae_mlp",
        names="pytorch_examples/vae",
        inputs={"x": "x", "noise": "eps"},
        shapes={"batch": 2},
    ),
    "dcgan_generator": Architecture(
        "dcgan_generator",
        set={"latent": 5, "widths": [16, 8]},
        shapes={"batch": 2},
    ),
    "dcgan_discriminator": Architecture(
        "dcgan_discriminator",
        set={"widths": [8, 16]},
        shapes={"batch": 2},
    ),
    "dcgan": Architecture(
        "dcgan",
        set={"generator_widths": [64, 32, 16, 8], "discriminator_widths": [8, 16, 32, 64]},
        reference="dcgan",
        names="pytorch_examples/dcgan",
        inputs={"noise": "z"},
        shapes={"batch": 2},
    ),
    "noising": Architecture(
        "noising",
        shapes={"batch": 3, "height": 4, "width": 5},
        alike=True,
    ),
    "dit": Architecture(
        "dit",
        set={"size": 8, "width": 16, "layers": 2, "heads": 2, "frequencies": 8, "classes": 5},
        shapes={"batch": 2},
        alike=True,
    ),
    "char_lstm": Architecture(
        "char_lstm",
        set={"vocab": 11, "embedding": 6, "hidden": 8},
        shapes={"batch": 2, "seq": 5},
    ),
    "seq2seq": Architecture(
        "seq2seq",
        set={"source_vocab": 40, "target_vocab": 40, "embedding": 16, "hidden": 24, "layers": 2},
        inputs={"source": "src", "target": "tgt", "lengths": "lengths"},
        shapes={"batch": 2, "source_seq": 7, "target_seq": 5},
    ),
    "captioner": Architecture(
        "captioner",
        set={"vocab": 30, "embedding": 8, "hidden": 12, "encoder_preset": "resnet18"},
        shapes={"batch": 2, "height": 61, "width": 70, "seq": 5},
    ),
    "classification": Architecture(
        "classification",
        set={"model": "lenet5", "classes": 10, "channels": 1, "height": 32, "width": 32},
        shapes={"batch": 3},
    ),
    "reconstruction": Architecture("reconstruction", shapes={"batch": 3}),
    "denoising": Architecture("denoising", shapes={"batch": 2, "height": 16, "width": 24}),
    "elbo": Architecture("elbo", set={"features": 12, "latent": 4}, shapes={"batch": 3}),
    "gan_discriminator_loss": Architecture(
        "gan_discriminator_loss", shapes={"batch": 2}, untrained="generator"
    ),
    "gan_generator_loss": Architecture("gan_generator_loss", shapes={"batch": 2}),
    "denoising_diffusion": Architecture(
        "denoising_diffusion", shapes={"batch": 2, "height": 16, "width": 24}
    ),
    "matrix_completion": Architecture("matrix_completion", shapes={"observed": 5}),
    "fcn": Architecture(
        "fcn",
        preset="fcn_resnet18",
        shapes={"batch": 2, "height": 40, "width": 49},
    ),
}
REFERENCED = [name for name, each in ARCHITECTURES.items() if each.reference]


@cache
def graph(name: str) -> Graph:
    """The checked graph of an architecture."""
    each = ARCHITECTURES[name]
    return composer.check(specs.load(each.spec, preset=each.preset, set=each.set))


def model(name: str, **options: Any) -> nn.Module:
    """The compiled model in eval mode, with the weights of its reference, or those of seed 0."""
    each = ARCHITECTURES[name]
    made = composer.compile(graph(name), seed=0, **options).eval()
    if each.reference:
        fill(made, each)
    return made


def fill(made: nn.Module, architecture: Architecture) -> None:
    """Give the model the weights of its reference."""
    values = dict(reference(architecture.reference).values)
    composer.load_weights(made, values, names=architecture.table)


def sources(name: str, made: nn.Module) -> dict[str, Source]:
    """Where the reference has each tensor of the model, by its table of names."""
    each = ARCHITECTURES[name]
    found = table(each.table)
    spelt = found.spelling(reference(each.reference).values)
    own = [path for path in made.state_dict() if not path.endswith("num_batches_tracked")]
    return {
        path: replace(source, name=spelt(source.name))
        for path, source in found.sources(own).items()
    }


def inputs(name: str, **sizes: int) -> list[torch.Tensor]:
    """Made-up input of small sizes; `sizes` gives others."""
    return made_up(graph(name), {**ARCHITECTURES[name].shapes, **sizes})


def outputs(result: Any) -> list[torch.Tensor]:
    """What a model returned, one tensor or several, as a list."""
    if isinstance(result, Mapping):
        return list(result.values())
    return [result] if isinstance(result, torch.Tensor) else list(result)
