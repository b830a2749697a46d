"""Several gateways on one database: who lives, who owns what, how they talk (docs/decisions/0020-many-gateways.md)."""
