"""Cloudbill: raw cloud bills in, numbers people act on out."""
