"""Draw the pictures that the documents show.

Usage: python examples/pictures.py [FOLDER]        (they go there; by default to docs/images)
"""

from __future__ import annotations

import sys
from pathlib import Path

from netwright import composer, specs

ROOT = Path(__file__).parent.parent


def main(folder: Path) -> None:
    """Write every picture into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    composer.render(specs.load(ROOT / "examples/digits.yaml"), folder / "digits.svg")
    composer.render(specs.load("gpt"), folder / "gpt.svg")
    composer.render(
        specs.load("resnet"), folder / "resnet.svg", depth=1, shapes={"height": 224, "width": 224}
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs/images")
