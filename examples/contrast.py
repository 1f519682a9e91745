"""Put coloured digits and what they are called into one space, and find each by the other.

CLIP, at a size for digits (`digit_clip.yaml`), is trained by the spec `contrastive` of the zoo. A batch
is an image for each of 40 captions (`a red seven`): each image is to find its caption, each caption its
image. With digits that were held out it is then asked both ways.

Takes about half a minute.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from pathlib import Path

import torch
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from sklearn.manifold import TSNE
from torch import Tensor, nn

from learning.digits import NAMES, digits
from learning.figures import grid, panels, save
from learning.training import Batch, Recipe, fit, options
from netwright import composer, specs

PICTURES = {
    "contrast_images.png": "Captions, and the held-out images nearest to each.",
    "contrast_captions.png": "Held-out images, and the caption that is nearest to each.",
    "contrast_space.png": "Held-out images, and just below its words each of the 40 captions, laid out "
    "on a plane so that neighbours stay neighbours (t-SNE).",
}
HERE = Path(__file__).parent
COLOURS = {
    "red": (0.85, 0.25, 0.2),
    "green": (0.2, 0.6, 0.35),
    "blue": (0.2, 0.4, 0.8),
    "black": (0.1, 0.1, 0.1),
}
CAPTIONS = [f"a {colour} {name}" for name in NAMES for colour in COLOURS]
WORDS = ["a", *COLOURS, *NAMES, "<end>"]
TOKENS = torch.tensor(
    [[*map(WORDS.index, text.split()), WORDS.index("<end>")] for text in CAPTIONS]
)


def objective(seed: int) -> nn.Module:
    """The training objective of CLIP, with small Transformers."""
    settings = {"model": str(HERE / "digit_clip.yaml"), "image_size": 8, "vocab": 16, "context": 4}
    return composer.compile(specs.load("contrastive", set=settings), seed=seed)


def painted(images: Tensor, colours: Tensor) -> Tensor:
    """Digits [n, 1, 8, 8] on white, in colours [n] by number: [n, 3, 8, 8], values from -1 to 1."""
    ink = torch.tensor(list(COLOURS.values()))[colours].reshape(-1, 3, 1, 1)
    return 1 - 2 * images * (1 - ink)


def draw(generator: torch.Generator) -> Batch:
    """An image for each caption; all are moved by up to a pixel, so that there are more of them."""
    train, _ = digits()
    digit, colour = torch.arange(40) // 4, torch.arange(40) % 4
    chance = torch.rand(40, len(train), generator=generator)
    images = train.images[(chance * (train.labels == digit.unsqueeze(1))).argmax(1)]
    row, column = torch.randint(3, (2,), generator=generator).tolist()
    moved = nn.functional.pad(images, (1, 1, 1, 1))[:, :, row : row + 8, column : column + 8]
    return {"tokens": TOKENS, "image": painted(moved, colour)}


def recipes() -> dict[str, Recipe]:
    """One that knows nothing finds 40 captions equally likely; CLIP begins a little too sure of itself."""
    return {"clip": Recipe(objective, draw, log(40), by_heart=0.02, tolerance=0.25, steps=100)}


def picture_space(images: Tensor, of_images: Tensor, of_texts: Tensor, out: Path) -> None:
    """Images and captions where t-SNE puts them."""
    layout = TSNE(metric="cosine", init="pca", perplexity=15, random_state=0)
    places = layout.fit_transform(torch.cat([of_images, of_texts]).numpy())
    figure, [[axis]] = panels(size=(6.4, 6.4))
    axis.scatter(places[:, 0], places[:, 1], s=0)
    axis.axis("off")
    for place, image in zip(places, images, strict=False):
        thumbnail = OffsetImage(((image + 1) / 2).permute(1, 2, 0).numpy(), zoom=1.4)
        axis.add_artist(AnnotationBbox(thumbnail, tuple(place), frameon=False, pad=0))
    for place, text in zip(places[len(images) :], CAPTIONS, strict=True):
        words = text.removeprefix("a ")
        axis.annotate(
            words, place, (0, 11), textcoords="offset points", ha="center", fontsize=7, zorder=5
        )
    save(figure, out, "contrast_space.png")


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train, then ask which caption belongs to each image, and which images to each caption."""
    chosen = options(__doc__, arguments)
    model = objective(0)
    losses = fit(model, draw, steps=1000 if chosen.quick else 2500, title="clip")

    _, held_out = digits()
    colour = torch.arange(len(held_out)) % 4
    images, own = painted(held_out.images, colour), held_out.labels * 4 + colour
    with torch.no_grad():
        _, of_images, of_texts = model.get_submodule("clip")(TOKENS, images)
    cosines = of_images @ of_texts.T
    found = cosines.argmax(1)
    nearest = cosines.T.topk(5).indices

    as_shown = ((images + 1) / 2).permute(0, 2, 3, 1)
    asked = [
        CAPTIONS.index(f"a {text}")
        for text in ("red seven", "blue three", "green zero", "black four")
    ]
    lines = [list(as_shown[nearest[each]]) for each in asked]
    save(grid(lines, [CAPTIONS[each] for each in asked]), chosen.out, "contrast_images.png")
    names = [CAPTIONS[each].replace(" ", "\n") for each in found[:10]]
    save(grid([list(as_shown[:10])], columns=names), chosen.out, "contrast_captions.png")
    picture_space(images[:160], of_images[:160], of_texts, chosen.out)

    figures = {
        "first_loss": losses[0],
        "last_loss": sum(losses[-20:]) / 20,
        "captions_found": (found == own).float().mean().item(),
        "images_found": (own[nearest] == torch.arange(40).unsqueeze(1)).float().mean().item(),
    }
    print(
        f"held-out digits: {figures['captions_found']:.1%} find their caption, and of the five images "
        f"nearest to a caption {figures['images_found']:.1%} are what it says"
    )
    return figures


if __name__ == "__main__":
    main()
