"""The disk is full when the first year's plugin state is due, and again at the end.

Argument: lnd_in of a run of two years with restart files. A limit on the size of files stands for
the disk: ELM's own restart file fits below it, the plugin's files do not.
"""

import resource
import signal
import sys

from phase_elm.minielm import MiniElm

STATE, REPORT = 250_000, 2_000  # bytes; the plugin's state has 300,000, its report 10,000


def room(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with MiniElm(sys.argv[1]) as model:
    room(STATE)
    model.run_years(1)
    room(resource.RLIM_INFINITY)
    model.run_years(1)
    room(REPORT)
room(resource.RLIM_INFINITY)
print("the run came to its end")
