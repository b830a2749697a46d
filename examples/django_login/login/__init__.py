"""A login code by text."""
