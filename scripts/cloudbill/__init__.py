"""Cloudbill: raw cloud bills in, numbers people act on out."""

__version__ = "1.1.0"
"""The only version number; dbt_project.yml, which can quote nothing, repeats it."""
