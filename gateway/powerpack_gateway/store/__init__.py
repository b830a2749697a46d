"""What the gateway remembers, behind one Protocol."""
