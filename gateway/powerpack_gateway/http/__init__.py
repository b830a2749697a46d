"""The Plivo-compatible HTTP API, one file a resource."""
