"""SMPP 3.4 without I/O."""
