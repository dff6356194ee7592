"""What python -m tutorials.build is made of: cells, agreement, rendering, lint."""
