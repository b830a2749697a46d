"""The Powerpack gateway: an ESME with a Plivo-compatible face."""
