"""The folders here are projects of their own: they run in processes of their own, from ``test_downstream.py``."""

collect_ignore_glob = ["*/*"]
