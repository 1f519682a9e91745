"""Weights in files: read under the names of other libraries, compared with a model, and written."""
