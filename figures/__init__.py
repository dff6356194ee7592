"""One script per figure: python -m figures.NAME [--preset digits|small|paper] [--redraw]."""
