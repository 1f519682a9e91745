"""`netwright blocks`: the blocks listed, one explained, and one use of it to be drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from netwright.composer.elaborate import elaborate
from netwright.composer.graph import Graph
from netwright.plugins.catalogue import Catalogue, Composite, UnknownBlock
from netwright.plugins.describe import Description, describe
from netwright.specs.load import load
from netwright.specs.names import check_name
from netwright.specs.problems import PluginError, Problem, RenderError


def names(namespace: str | None, catalogue: Catalogue) -> list[str]:
    """The blocks of one namespace; of None, the built-in ones and those of plugins that were named."""
    wanted = ["", *catalogue.named] if namespace is None else [namespace]
    for each in wanted:
        if catalogue.plugin(each) is None:
            raise PluginError(catalogue.missing(each))
    return [name for each in wanted for name in catalogue.names(each)]


def explained(name: str, catalogue: Catalogue) -> Description:
    """What there is to say about a block. Raises Wrong if there is none of this name."""
    from netwright.composer.commands import Wrong

    try:
        return describe(name, catalogue.find(name), catalogue.provenance(name))
    except UnknownBlock as error:
        raise Wrong(f"{error.message}; {error.help}") from error


def used(name: str, catalogue: Catalogue) -> tuple[Graph, Sequence[str]]:
    """A network of this one block, by its first example, and which of its nodes is to be opened.

    Without an example, settings and inputs are looked for that its rule takes. Raises RenderError if none
    are found.
    """
    from netwright.plugins.testing.specimen import Specimen
    from netwright.plugins.testing.subjects import NODE

    specimen = Specimen(name, catalogue)
    if not specimen.subjects:
        what = f"no example of {name} is known that could be drawn"
        raise RenderError(Problem("NW604", what, help="write one under `examples` of the block"))
    subject = specimen.subjects[0]
    # As its user would write it: the node and its outputs under names that say something.
    short = name.rpartition("/")[2]
    node = short if check_name(short, "node") is None else f"{short}_"
    document: dict[str, Any] = {**subject.document(), "name": short}
    document["nodes"] = {node: document["nodes"][NODE]}
    if "outputs" in document:
        document["outputs"] = {port: f"{node}.{port}" for port in subject.example.outputs}
    graph, _ = elaborate(load(document), catalogue)
    return graph, [node] if isinstance(specimen.found, Composite) else []
