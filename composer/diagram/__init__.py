"""Diagrams: a graph becomes a scene, Graphviz places it, and it is painted."""

from netwright.composer.diagram.render import render_graph
from netwright.composer.diagram.staging import scene

__all__ = ["render_graph", "scene"]
