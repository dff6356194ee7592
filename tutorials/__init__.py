"""Pages to read along: python -m tutorials.NAME runs one."""
