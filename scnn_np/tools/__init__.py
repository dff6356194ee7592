"""What every room uses: random streams, files, progress, provenance, pictures."""
