"""Golden messages: many small programs in one file, each with all that `nnc check` says about it.

    === name
    program
    ---
    what is printed, with the program called `x.nn`

golden.py NNC CASES SCRATCH compares; golden.py --renew NNC CASES SCRATCH writes what is said now.
"""
import os
import re
import subprocess
import sys


def said(nnc, program, scratch):
    os.makedirs(scratch, exist_ok=True)
    with open(os.path.join(scratch, "x.nn"), "wb") as file:
        file.write(program.encode().replace(rb"\xFF", b"\xff"))
    result = subprocess.run([nnc, "check", "x.nn"], cwd=scratch, capture_output=True)
    text = result.stderr.decode("utf-8", "replace")
    if result.returncode not in (0, 1) or (result.returncode == 1) != ("error[" in text):
        text += f"[status {result.returncode}]\n"
    # Places in the library depend on where it is.
    return re.sub(r"(?:/[\w.-]+)+/stdlib/", "stdlib/", text)


def main():
    renew = sys.argv[1] == "--renew"
    nnc, path, scratch = sys.argv[-3:]
    nnc = os.path.abspath(nnc)
    with open(path, encoding="utf-8") as file:
        head, *cases = re.split(r"^=== ", file.read(), flags=re.M)
    out, failed = head, 0
    for case in cases:
        name, rest = case.split("\n", 1)
        program, _, wanted = rest.partition("\n---\n")
        text = said(nnc, program + "\n", scratch)
        out += f"=== {name}\n{program}\n---\n{text.rstrip()}\n"
        if text.rstrip() != wanted.rstrip():
            failed += 1
            print(f"{name}: expected\n{wanted.rstrip()}\n{name}: but nnc says\n{text.rstrip()}\n")
    if renew:
        with open(path, "w", encoding="utf-8") as file:
            file.write(out)
        return 0
    print(f"{len(cases)} programs, {failed} with other messages")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
