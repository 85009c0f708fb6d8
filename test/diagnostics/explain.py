"""Checks the texts of `nnc explain`: the wrong example of each kind gives exactly that kind, and
`nnc check` accepts the mended one without a word. explain.py NNC KINDS.def FOLDER SCRATCH."""
import os
import re
import shutil
import subprocess
import sys

# Kinds that appear only when code is made have no example that `nnc check` refuses.
WITHOUT_WRONG = {"not-compiled", "size-in-graph"}


def write_program(text, folder):
    """The files of one example; the program itself is the block without a name."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for name in re.findall(r"\(`(\S+)` is a folder\.\)", text):
        os.mkdir(os.path.join(folder, name))
    program = None
    for name, body in re.findall(r"^```nn ?(.*)\n((?:.*\n)*?)```$", text, re.M):
        path = os.path.join(folder, name or "example.nn")
        with open(path, "wb") as file:
            file.write(body.encode().replace(rb"\xFF", b"\xff"))
        program = program if name else path
    return program


def check(nnc, text, folder):
    result = subprocess.run([nnc, "check", write_program(text, folder)], capture_output=True)
    shown = result.stderr.decode("utf-8", "replace")
    return result.returncode, re.findall(r"^(?:error|warning)\[([\w-]+)\]", shown, re.M), shown


def main():
    nnc, registry, folder, scratch = sys.argv[1:]
    with open(registry, encoding="utf-8") as file:
        kinds = re.findall(r"DIAGNOSTIC\(\w+, \"([\w-]+)\", (\w+)", file.read())
    problems = []
    for name in sorted(set(os.listdir(folder)) - {kind + ".md" for kind, _ in kinds}):
        problems.append(f"{name} explains no kind")
    for kind, severity in kinds:
        path = os.path.join(folder, kind + ".md")
        if not os.path.exists(path):
            problems.append(f"{kind}: not explained")
            continue
        with open(path, encoding="utf-8") as file:
            text = file.read()
        wrong, mended = re.split(r"^(?:Mended|Correct):$", text, flags=re.M)
        if kind not in WITHOUT_WRONG:
            status, found, shown = check(nnc, wrong, os.path.join(scratch, kind, "wrong"))
            if set(found) != {kind} or status != (severity == "Error"):
                problems.append(f"{kind}: the wrong example gives {found}\n{shown}")
        status, found, shown = check(nnc, mended, os.path.join(scratch, kind, "mended"))
        if found or status:
            problems.append(f"{kind}: the mended example gives {found}\n{shown}")
        said = subprocess.run([nnc, "explain", kind], capture_output=True, text=True).stdout
        if not said.startswith(f"{severity.lower()}[{kind}]\n") or "```" in said:
            problems.append(f"{kind}: `nnc explain` prints\n{said}")
    print("\n".join(problems) or f"{len(kinds)} kinds are explained")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
