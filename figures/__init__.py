"""One script per figure: python -m figures.NAME [--preset digits|small|paper] [--redraw]."""

import os
import signal
import sys

os.environ["MPLBACKEND"] = "agg"        # pictures go to files, whatever was asked for
if sys.argv[:1] == ["-m"] and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)       # until scnn_np.tools.console.run
