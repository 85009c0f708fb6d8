"""Runs the programs of a document. Usage: snippets.py NNC FOLDER DOCUMENT...

A fence ```nn begins a program, and ```nn more goes on with the one before. Its comments say what
must come out, as in every .nn test: expect, error, warning, fails. One without such comments must
pass `nnc check`."""
import os
import re
import subprocess
import sys

sys.path.insert(0, "/usr/lib/llvm-22/utils/lit")
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import nn_format  # noqa: E402


class Snippet:
    """Stands for lit's test."""

    def __init__(self, nnc, path):
        self.config, self.path = self, path
        self.substitutions = [("%nnc", nnc)]
        self.environment = dict(os.environ)

    def getExecPath(self):
        return self.path


def programs(document):
    """(line, text) of each program; a fence that goes on makes a longer one."""
    found, inside, before = [], None, ""
    with open(document, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            fence = re.match(r"```(nn)?( more)?$", line.rstrip())
            if inside is not None and line.startswith("```"):
                found.append((inside[0], inside[1]))
                before, inside = inside[1], None
            elif inside is not None:
                inside[1] += line
            elif fence and fence.group(1):
                inside = [number, before if fence.group(2) else ""]
    return found


def check(nnc, folder, document, number, text):
    path = os.path.join(folder, f"{os.path.basename(document)[:-3]}_{number}.nn")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    directives = nn_format.read_directives(path)
    if any(name in ("expect", "error", "warning", "fails") for name, _, _ in directives):
        nn_format.Program(Snippet(nnc, path), path, directives).check()
        return
    result = subprocess.run([nnc, "check", path], capture_output=True, text=True)
    if result.returncode:
        raise nn_format.Mismatch(result.stderr)


def main(nnc, folder, *documents):
    os.makedirs(folder, exist_ok=True)
    count, wrong = 0, 0
    for document in documents:
        for number, text in programs(document):
            count += 1
            try:
                check(nnc, folder, document, number, text)
            except nn_format.Mismatch as mismatch:
                wrong += 1
                print(f"{document}:{number}: {mismatch}")
    print(f"{count} programs, {wrong} wrong")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
