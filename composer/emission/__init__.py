"""Emission: a graph as the source of an ordinary torch file."""

from netwright.composer.emission.source import emit_graph as emit_graph
