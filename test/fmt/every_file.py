"""Formats copies of the repository's .nn files, indented by chance: a second time changes nothing,
and the programs that can be compiled emit the same IR. Usage: every_file.py NNC ROOT FOLDER"""
import os
import re
import shutil
import subprocess
import sys

nnc, root, folder = sys.argv[1:]
TOPS = ("examples", "stdlib", "test", "bench")
COMPILED = ("examples", os.path.join("test", "program"), os.path.join("test", "stdlib"))
PLACE = re.compile(r"^#loc.*\n|loc\([^()]*(?:\([^()]*\)[^()]*)*\)|\.nn:\d+:\d+", re.MULTILINE)


def call(*arguments, cwd):
    return subprocess.run([nnc, *arguments], cwd=cwd, text=True, capture_output=True)


def untidy(source, target):
    """A copy whose lines begin and end with spaces that mean nothing."""
    with open(source, "rb") as file:
        lines = file.read().split(b"\n")
    with open(target, "wb") as file:
        for number, line in enumerate(lines):
            if number or not line.startswith(b"#!"):
                line = b" " * (number * 7 % 5) + line.strip(b" ") + b" " * (number % 2)
            file.write(line + b"\n" * (number + 1 < len(lines)))


def copy(name):
    """A copy of all .nn files under `folder`; returns its root and their paths."""
    top, found = os.path.join(folder, name), []
    for part in TOPS:
        for at, _, names in os.walk(os.path.join(root, part)):
            for file in names:
                if file.endswith(".nn"):
                    path = os.path.relpath(os.path.join(at, file), root)
                    os.makedirs(os.path.dirname(os.path.join(top, path)), exist_ok=True)
                    untidy(os.path.join(root, path), os.path.join(top, path))
                    found.append(path)
    return top, sorted(found)


def read(top, path):
    with open(os.path.join(top, path), encoding="utf-8", errors="surrogateescape") as file:
        return file.read()


def emitted(top, path):
    result = call("run", "--emit=nn", path, cwd=top)
    return PLACE.sub("", result.stdout) if result.returncode == 0 else ""


shutil.rmtree(folder, ignore_errors=True)
old, files = copy("old")
new, _ = copy("new")
refused = [f for f in files if call("run", "--emit=ast", f, cwd=old).returncode]
right = [f for f in files if f not in refused]
wrong = []
if call("fmt", *right, cwd=new).returncode:
    wrong.append("a file was not formatted")
once = {f: read(new, f) for f in right}
call("fmt", *files, cwd=new)
wrong += [f"{f}: the second time changes it" for f in right if read(new, f) != once[f]]
wrong += [f"{f}: touched in spite of its errors" for f in refused if read(new, f) != read(old, f)]
programs = {f: emitted(old, f) for f in right if f.startswith(COMPILED)}
programs = {f: text for f, text in programs.items() if text}
wrong += [f"{f}: another program" for f, text in programs.items() if emitted(new, f) != text]
print(*wrong, f"{len(right)} formatted, {len(refused)} refused, {len(programs)} compiled", sep="\n")
sys.exit(bool(wrong))
