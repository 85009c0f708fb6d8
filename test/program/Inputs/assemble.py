"""assemble.py PTXAS ARCH FILE...: every PTX file must assemble, with no CUDA variable set."""
import os
import subprocess
import sys

ptxas, arch, files = sys.argv[1], sys.argv[2], sys.argv[3:]
environment = {key: value for key, value in os.environ.items() if not key.startswith("CUDA")}
entries = 0
for file in files:
    with open(file) as text:
        entries += text.read().count(".visible .entry")
    subprocess.run([ptxas, "-arch=" + arch, "-o", file + ".cubin", file], check=True,
                   env=environment)
print(f"{len(files)} files, {entries} kernels")
sys.exit(entries == 0)
