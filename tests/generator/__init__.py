"""Grows valid specs at random, says what must hold of each, and breaks them in ways that must be refused.

`PYTHONPATH=tests python -m generator --count 10000 --seed 0` runs many; a failing spec is made small and
shown as YAML. Blocks, settings and initialisers come from the catalogue: a new block takes part by itself.
"""
