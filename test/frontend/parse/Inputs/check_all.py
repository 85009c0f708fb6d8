"""Runs nnc-parse on every file of a folder: the exit code must be the digit that the name begins
with, and a failure must say why in a few lines, within 20 seconds."""
import glob
import os
import subprocess
import sys

tool, folder = sys.argv[1:]
wrong = 0
for path in sorted(glob.glob(os.path.join(folder, "*.nn"))):
    run = subprocess.run([tool, "--quiet", path], capture_output=True, timeout=20)
    want = int(os.path.basename(path)[0])
    text = run.stderr.decode("utf-8")
    told = text.startswith("error[") if want else text == ""
    if run.returncode != want or not told or len(text) > 3000:
        print(f"{path}: status {run.returncode}\n{text[:500]}")
        wrong += 1
sys.exit(1 if wrong else 0)
