"""Say a digit in few numbers and get it back; take noise off it; draw new ones.

Three kinds of autoencoders of the zoo, by their objectives `reconstruction`, `denoising` and `elbo`: a
dense one, whose linear version comes to the principal components; a convolutional one that reads
noisy digits; and a variational one, whose codes fill a plane.

Takes about a minute.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import log
from pathlib import Path
from typing import Any

import torch
from sklearn.decomposition import PCA
from torch import nn

from learning.digits import digits
from learning.figures import grid, panels, save
from learning.training import Batch, Recipe, fit, options, rows
from netwright import composer, specs

PICTURES = {
    "reconstruct_codes.png": "Held-out digits, each said in eight numbers and drawn again: by principal "
    "components, by a linear autoencoder, which finds the same, and by a deep one.",
    "reconstruct_noise.png": "Noise added to held-out digits, and taken off again.",
    "reconstruct_plane.png": "The plane of a variational autoencoder with two numbers for a digit: what is "
    "drawn at each place, and where held-out digits lie.",
}
COLOURS = ("blue", "orange", "green", "red", "purple", "brown", "pink", "gray", "olive", "cyan")
HERE = Path(__file__).parent
SETTINGS: dict[str, dict[str, Any]] = {
    "reconstruction": {"model": str(HERE / "digits_autoencoder.yaml"), "features": 64},
    "denoising": {"std": 0.4},
    "elbo": {"features": 64, "latent": 2},
}


def objective(name: str, seed: int, **settings: Any) -> nn.Module:
    """One of the three objectives, for digits."""
    return composer.compile(specs.load(name, set=SETTINGS[name] | settings), seed=seed)


def draw_pixels(generator: torch.Generator, noise: int = 0) -> Batch:
    """128 digits as rows of pixels, and so many random numbers for each if any."""
    (image,) = rows(digits()[0].images, count=128, generator=generator)
    batch = {"x": image.flatten(1)}
    return batch | {"noise": torch.randn(128, noise, generator=generator)} if noise else batch


def draw_noisy(generator: torch.Generator) -> Batch:
    """128 digits, and the noise that is added to them."""
    (image,) = rows(digits()[0].images, count=128, generator=generator)
    return {"image": image, "noise": torch.randn(image.shape, generator=generator)}


def recipes() -> dict[str, Recipe]:
    """At first the dense ones draw next to nothing, the others an even grey."""
    images = digits()[0].images
    blank, grey = images.square().mean().item(), (images - 0.5).square().mean().item()
    dense, denoising, elbo = (partial(objective, name) for name in SETTINGS)
    return {
        "linear": Recipe(
            partial(dense, preset="linear"), draw_pixels, blank, 0.04, tolerance=0.35, lr=2e-2
        ),
        "deep": Recipe(dense, draw_pixels, blank, by_heart=0.035),
        "denoising": Recipe(denoising, draw_noisy, grey, by_heart=0.03, lr=1e-2),
        "variational": Recipe(
            elbo, partial(draw_pixels, noise=2), 64 * log(2), by_heart=26, lr=1e-2
        ),
    }


def picture_codes(linear: nn.Module, deep: nn.Module, out: Path) -> dict[str, float]:
    """Held-out digits from eight numbers, three times; and the squared error of each."""
    train, held_out = digits()
    pixels = held_out.images.flatten(1)
    components = PCA(8).fit(train.images.flatten(1).numpy())
    projected = components.inverse_transform(components.transform(pixels.numpy()))
    with torch.no_grad():
        drawn = {
            "8 principal components": torch.from_numpy(projected).float(),
            "linear, 8 numbers": linear(pixels)["reconstruction"],
            "deep, 8 numbers": deep(pixels)["reconstruction"],
        }
    first = [int((held_out.labels == digit).nonzero()[0]) for digit in range(10)]
    lines = [each[first].reshape(10, 8, 8) for each in (pixels, *drawn.values())]
    save(grid([list(line) for line in lines], ["digit", *drawn]), out, "reconstruct_codes.png")

    errors = [(each - pixels).square().mean().item() for each in drawn.values()]
    spanned = torch.linalg.qr(linear.get_parameter("model.autoencoder.decoder.0.linear.weight"))[0]
    cosines = torch.linalg.svdvals(torch.from_numpy(components.components_).float() @ spanned)
    names = ("components_error", "linear_error", "deep_error", "smallest_cosine")
    return dict(zip(names, [*errors, cosines.min().item()], strict=True))


def picture_noise(denoising: nn.Module, out: Path) -> dict[str, float]:
    """Held-out digits with noise and without; and the squared errors of both."""
    image = digits()[1].one_of_each()
    noise = torch.randn(image.shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        after = denoising(image, noise)["image"]
    noisy = image + SETTINGS["denoising"]["std"] * noise
    lines = [list(each[:, 0]) for each in (image, noisy, after)]
    save(grid(lines, ["digit", "with noise", "noise taken off"]), out, "reconstruct_noise.png")
    before, behind = ((each - image).square().mean().item() for each in (noisy, after))
    return {"noisy_error": before, "denoised_error": behind}


def picture_plane(variational: nn.Module, out: Path) -> dict[str, float]:
    """The plane of codes, drawn and with the held-out digits in it; and what these cost, in nats."""
    held_out = digits()[1]
    vae: Any = variational.get_submodule("model")
    pixels = held_out.images.flatten(1)
    with torch.no_grad():
        mean = vae.mean(torch.relu(vae.hidden(pixels)))
        along = torch.linspace(-2.2, 2.2, 14)
        codes = torch.stack(torch.meshgrid(along, -along, indexing="xy"), dim=-1)
        drawn = torch.sigmoid(vae.logits(torch.relu(vae.decoder(codes))))
        cost = variational(pixels, torch.zeros(len(pixels), 2))["loss"].item()
    figure, ((plane, places),) = panels(1, 2, (7.2, 3.5))
    framed = nn.functional.pad(drawn.reshape(14, 14, 8, 8), (1, 1, 1, 1))
    tiles = framed.permute(0, 2, 1, 3).reshape(140, 140).numpy()
    plane.imshow(tiles, extent=(-2.35, 2.35, -2.35, 2.35))
    for digit in range(10):
        x, y = mean[held_out.labels == digit].T
        places.scatter(
            x, y, s=16, color=f"tab:{COLOURS[digit]}", marker=f"${digit}$", linewidth=0.3
        )
    for axis in (plane, places):
        axis.set(xlabel="first number", ylabel="second number", aspect="equal")
    places.set(xlim=(-3.2, 3.2), ylim=(-3.2, 3.2))
    save(figure, out, "reconstruct_plane.png")
    return {"elbo": cost}


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train all four, draw, and say how well digits come back."""
    chosen = options(__doc__, arguments)
    trained: dict[str, nn.Module] = {}
    for name, recipe in recipes().items():
        trained[name] = recipe.objective(0)
        steps = {"denoising": 400, "linear": 3000}.get(name, 1000) * (1 if chosen.quick else 4)
        fit(trained[name], recipe.batch, steps, recipe.lr, title=name)
    figures = picture_codes(trained["linear"], trained["deep"], chosen.out)
    figures |= picture_noise(trained["denoising"], chosen.out)
    figures |= picture_plane(trained["variational"], chosen.out)
    print(
        f"squared errors from eight numbers: principal components {figures['components_error']:.4f}, "
        f"linear {figures['linear_error']:.4f}, deep {figures['deep_error']:.4f}\n"
        f"with noise {figures['noisy_error']:.4f}, without {figures['denoised_error']:.4f}; "
        f"in the plane {figures['elbo']:.1f} nats"
    )
    return figures


if __name__ == "__main__":
    main()
