"""Ends the process of the first endless test by a signal, as a crash would. crash.py NNC FILE."""
import os
import signal
import subprocess
import sys

nnc = subprocess.Popen([sys.argv[1], "test", sys.argv[2], "--timeout=0.5"],
                       stdout=subprocess.PIPE, text=True)
for line in nnc.stdout:
    print(line, end="")
    if line == "begun\n":
        with open(f"/proc/{nnc.pid}/task/{nnc.pid}/children", encoding="ascii") as children:
            os.kill(int(children.read().split()[0]), signal.SIGABRT)
sys.exit(nnc.wait() != 1)
