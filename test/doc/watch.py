"""`nnc check --watch` reports again when a file of the program changes.
Usage: watch.py NNC FOLDER"""
import os
import subprocess
import sys

nnc, folder = sys.argv[1:]
os.makedirs(folder, exist_ok=True)
program, part = os.path.join(folder, "a.nn"), os.path.join(folder, "b.nn")


def write(path, text):
    """Whole at once, so that no check sees half of it."""
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".new", path)


def read_until(end):
    text = ""
    for line in watching.stderr:
        text += line
        if end in line:
            return text
    sys.exit(f"ended without `{end}`:\n{text}")


write(part, "pub fn f(x: f32) -> f32 = x\n")
write(program, 'import "b.nn" { f }\nprint(g(1))\n')
watching = subprocess.Popen([nnc, "check", "--watch", program], stderr=subprocess.PIPE, text=True)
try:
    assert "[unknown-name]" in read_until("has errors")
    write(program, 'import "b.nn" { f }\nprint(f(1.5))\n')
    read_until("no errors")
    write(part, "pub fn f(x: str) -> str = x + x\n")
    assert "[type-mismatch]" in read_until("has errors")
finally:
    watching.kill()
print("seen")
