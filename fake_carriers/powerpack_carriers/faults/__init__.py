"""Faults of a carrier, one small file each; docs/writing-a-fault.md teaches writing one."""
