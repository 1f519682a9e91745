"""Diagrams: a graph becomes a scene, Graphviz places it, and it is painted."""
