"""Warnings are for mistakes: the programs of the language, the library and the examples get none.
no_warnings.py NNC FILE.."""
import subprocess
import sys


def main():
    failed = 0
    for path in sys.argv[2:]:
        shown = subprocess.run([sys.argv[1], "check", path], capture_output=True, text=True).stderr
        # A file of comments alone is no program; the library has some for its documentation.
        if shown and "[empty-program]" not in shown:
            print(shown)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
