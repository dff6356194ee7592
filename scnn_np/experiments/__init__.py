"""Runs by their settings: one that can be made again, many that survive a kill, models."""
