"""Draw the pictures that the documents show, and write the page of the gallery.

Usage: python examples/pictures.py [FOLDER]        (they go there; by default to docs/images)
"""

from __future__ import annotations

import ast
import shlex
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from netwright import composer, specs

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Picture:
    """One picture of the gallery: of which network, what it shows, and with which options."""

    name: str
    spec: str
    text: str
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def command(self) -> str:
        """How it is drawn on the command line."""
        words = ["netwright", "render", self.spec, "-o", f"{self.name}.svg"]
        for option, value in self.options.items():
            if option == "shapes":
                value = ",".join(f"{name}={size}" for name, size in value.items())
            for each in value if isinstance(value, list) else [value]:
                words += [f"--{option}"] if each is True else [f"--{option}", str(each)]
        return shlex.join(words)


GALLERY = (
    Picture(
        "transformer",
        "transformer",
        "Encoder and decoder, each folded to one layer of six. Attention is a block that comes "
        "with netwright, so it stays closed; the picture says so. What shares the one table of "
        "embeddings is far from it, so a dashed stub at each names the others.",
    ),
    Picture(
        "resnet",
        "resnet",
        "The first stage keeps the width, the other three are alike but for their sizes: they are "
        "one frame, with `128 … 512` where they differ.",
        {"shapes": {"batch": 8, "height": 224, "width": 224}},
    ),
    Picture(
        "unet",
        "unet",
        "Down on the left, up on the right, and across what each level hands over. It contains "
        "itself: each level is a frame in the one above, and what would not fit on a page stays "
        "closed.",
        {"shapes": {"batch": 1, "height": 572, "width": 572}},
    ),
    Picture(
        "moe_gpt",
        "moe_gpt",
        "Eight experts side by side, of which a router chooses. All copies that are read at once "
        "are one line, `8 ×`.",
    ),
    Picture(
        "seq2seq",
        "seq2seq_bahdanau",
        "A scan: the decoder runs step by step, so its outline is dashed and dotted.",
    ),
    Picture("vae", "vae", "Two outputs, and noise that comes from outside."),
    Picture(
        "gat",
        "gat",
        "A block that comes with netwright, opened because it was asked for.",
        {"expand": ["conv1"]},
    ),
    Picture(
        "gpt_heat",
        "gpt",
        "Where the parameters are: colour instead of families. A number counts all copies.",
        {"heat": "parameters", "depth": 3},
    ),
    Picture(
        "gpt_print",
        "gpt",
        "For paper: no colours, families told apart by the band at the left of a box; operations "
        "in each box; and one part pointed out.",
        {
            "theme": "print",
            "flops": True,
            "highlight": ["layers.feed"],
            "shapes": {"batch": 1, "seq": 1024},
        },
    ),
    Picture(
        "gpt_wide",
        "gpt",
        "From left to right, in the dark.",
        {"direction": "LR", "depth": 2, "theme": "dark"},
    ),
)

_HEAD = """\
# Gallery

Pictures of architectures that come along, each drawn by the command above it. A picture without a
theme is light, and dark where your browser prefers that. This page and its pictures are made by
`make pictures`. [Further down](#what-they-learn) is what such networks learn.
"""

_LEARNED = """\
## What they learn

Each of these is a script of plain torch that is read in a minute; the networks and what they are trained
for are specs. It needs `pip install '.[examples]'`, a processor and a minute or two, and downloads
nothing. `make examples` runs them all, and makes these pictures. What a spec
becomes is an ordinary module: `examples/accelerated.py` trains one of them under Hugging Face's
accelerate, on several processes or devices, without a change to it.
"""


def learned(script: Path) -> str:
    """The section of the gallery on an example that learns; empty for any other script."""
    tree = ast.parse(script.read_text(encoding="utf-8"))
    pictures: dict[str, str] = next(
        (
            ast.literal_eval(each.value)
            for each in tree.body
            if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "PICTURES"
        ),
        {},
    )
    if not pictures:
        return ""
    title, _, text = (ast.get_docstring(tree) or "").partition("\n\n")
    shown = (
        f"{what}\n\n![{Path(name).stem.replace('_', ' ')}](images/examples/{name})\n"
        for name, what in pictures.items()
    )
    command = (
        f"<!-- not run: it trains for minutes -->\n```sh\npython examples/{script.name}\n```\n"
    )
    head = f"### {script.stem.replace('_', ' ')}\n\n{title}\n\n{text}\n"
    return "\n".join((head, command, *shown))


def page() -> str:
    """The text of the gallery."""
    sections = (
        f"## {each.name}\n\n{each.text}\n\n<!-- not run: `make pictures` draws it -->\n"
        f"```sh\n{each.command}\n```\n\n"
        f"![{each.name}, as drawn](images/gallery/{each.name}.svg)\n"
        for each in GALLERY
    )
    scripts = filter(None, map(learned, sorted((ROOT / "examples").glob("*.py"))))
    return "\n".join((_HEAD, *sections, _LEARNED, *scripts))


def main(folder: Path) -> None:
    """Write every picture into `folder`, those of the gallery into `folder/gallery`."""
    (folder / "gallery").mkdir(parents=True, exist_ok=True)
    composer.render(specs.load(ROOT / "examples/digits.yaml"), folder / "digits.svg")
    composer.render(specs.load("gpt"), folder / "gpt.svg")
    composer.render(
        specs.load("resnet"), folder / "resnet.svg", depth=1, shapes={"height": 224, "width": 224}
    )
    for picture in GALLERY:
        target = folder / "gallery" / f"{picture.name}.svg"
        composer.render(specs.load(picture.spec), target, **picture.options)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        main(ROOT / "docs/images")
        (ROOT / "docs/gallery.md").write_text(page(), encoding="utf-8")
