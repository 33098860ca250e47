"""Imported for its effect, before the libraries, whose loading takes a second or two: a Ctrl-C meanwhile ends well.

Nothing was begun then, so nothing has to be ended. `run` puts its own handlers in place once its loop is there.
"""

import os
import signal
import sys

if sys.argv[1:2] == ["demo"]:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(0))
