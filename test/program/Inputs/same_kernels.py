"""same_kernels.py PTX MANIFEST: the manifest has every entry, with what a launch needs."""
import json
import re
import sys

entries = re.findall(r"\.entry\s+([\w$]+)", open(sys.argv[1]).read())
kernels = json.load(open(sys.argv[2]))["kernels"]
assert entries and sorted(entries) == sorted(kernel["symbol"] for kernel in kernels), entries
for kernel in kernels:
    assert {"parameters", "grid", "block", "shared_bytes"} <= set(kernel), kernel
