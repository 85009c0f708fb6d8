"""Checks of the repository itself; `check.py NAME` runs one, its text says what it refuses."""
import fnmatch
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
BUILD = os.environ.get("NNC_BUILD", os.path.join(ROOT, "build"))
SKIPPED = ("build*", ".git", ".cache", ".venv*", "install", "__pycache__", "fixtures")
TEXT = (".cpp", ".h", ".td", ".def", ".g4", ".py", ".nn", ".mlir", ".test", ".md", ".txt", ".cmake",
        ".json", ".ll", ".sh")
CODE = (".cpp", ".h", ".td", ".def", ".g4", ".py", ".cmake")
THIS = os.path.join("test", "repo", "check.py")


def files(*suffixes):
    """Paths, relative to the root, of the files in the tree that end so."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(name for name in folders
                            if not any(fnmatch.fnmatch(name, skip) for skip in SKIPPED))
        for name in sorted(names):
            if name.endswith(suffixes) or (folder == ROOT and name == "dev"):
                yield os.path.relpath(os.path.join(folder, name), ROOT)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def lines(path):
    return enumerate(read(path).splitlines(), 1)


def colons():
    """RUN, CHECK or another FileCheck prefix without its colon: such a line silently never runs."""
    for path in files(".mlir", ".nn", ".test"):
        text = read(path)
        names = {"RUN", "CHECK", "REQUIRES", "UNSUPPORTED"}
        for group in re.findall(r"--?check-prefix(?:es)?[= ]([\w,-]+)", text):
            names |= set(group.split(","))
        pattern = re.compile(r"^\s*(?://|#|;)?\s*(?:%s)(?:-(?:NEXT|NOT|SAME|DAG|LABEL|EMPTY|"
                             r"COUNT-\d+))?\s+\S" % "|".join(sorted(names)))
        for number, line in lines(path):
            # Prose that happens to begin so has a small word after it.
            if pattern.match(line) and not re.search(r"^\W*[A-Z-]+ (lines?|or|and|is|has)\b", line):
                yield f"{path}:{number}: no colon: {line.strip()}"


def sizes():
    """Files of more than 800 lines, and lines of more than 100 columns (130 in tables)."""
    for path in files(*TEXT):
        count = read(path).count("\n")
        if count > 800:
            yield f"{path}: {count} lines, split it"
        if path.endswith(CODE):
            limit = 130 if path.endswith((".td", ".def")) else 100
            for number, line in lines(path):
                if len(line) > limit and "http" not in line and "RUN:" not in line:
                    yield f"{path}:{number}: {len(line)} columns"


def machine_paths():
    """Paths that exist on one machine only."""
    pattern = re.compile(r"(?<![\w.$}/-])/(?:work|root|home)/\w")
    for path in files(*TEXT):
        for number, line in lines(path):
            if path != THIS and pattern.search(line):
                yield f"{path}:{number}: {line.strip()}"


def links():
    """Links in documents to files that are not there, and paths in backticks that name none."""
    tops = "compiler|runtime|dialects|stdlib|examples|test|bench|docs|cmake"
    for path in files(".md"):
        here = os.path.join(ROOT, os.path.dirname(path))
        fenced = False
        for number, line in lines(path):
            fenced ^= line.lstrip().startswith("```")
            if fenced:
                continue
            for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", line):
                if "://" not in target and not os.path.exists(os.path.join(here, target)):
                    yield f"{path}:{number}: dead link {target}"
            for target in re.findall(r"`((?:%s)/[\w./-]+)`" % tops, line):
                if not any(os.path.exists(os.path.join(base, target)) for base in (ROOT, here)):
                    yield f"{path}:{number}: no such file {target}"


def left_over_words():
    """Words that say that something is unfinished."""
    pattern = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    for path in files(*TEXT):
        for number, line in lines(path):
            if path != THIS and pattern.search(line):
                yield f"{path}:{number}: {line.strip()}"


def file_names():
    """File names that say nothing about what is inside."""
    for path in files(*TEXT):
        if re.search(r"(?i)^(.*_)?(utils?|helpers?|common|misc|manager)\.", os.path.basename(path)):
            yield path


def all_tests(*folders):
    """The text of every test, as one string."""
    return "\n".join(read(path) for path in files(".nn", ".mlir", ".test", ".cpp")
                     if path.startswith(folders or ("test", "examples")))


def generated(pattern):
    """What `pattern` finds in the headers that TableGen made in the build folder."""
    found = set()
    for folder, _, names in os.walk(BUILD):
        for name in names:
            if name.endswith(".h.inc"):
                with open(os.path.join(folder, name), errors="replace") as file:
                    found |= set(re.findall(pattern, file.read()))
    return sorted(found)


def untested_kinds():
    """Kinds of diagnostics that no test expects."""
    path = os.path.join("compiler", "diagnostics", "Kinds.def")
    if os.path.exists(os.path.join(ROOT, path)):
        tests = all_tests()
        for kind in re.findall(r"^\s*\w+\(\s*\w+\s*,\s*\"([\w-]+)\"", read(path), re.M):
            if f"[{kind}]" not in tests:
                yield f"{path}: nothing tests the kind {kind}"


def untested_ops():
    """Ops of the dialects that no test names."""
    tests = all_tests("test")
    for op in generated(r'StringLiteral\("((?:nn|host|kernel)\.[\w.]+)"\)'):
        if not re.search(r"\b%s\b" % re.escape(op), tests):
            yield f"no test names the op {op}"


def untested_passes():
    """Passes that no test runs."""
    tests = all_tests("test")
    names = set(generated(
        r'getArgumentName\(\) \{\s*return ::llvm::StringLiteral\("([\w-]+)"\)'))
    for path in files(".cpp"):
        names |= set(re.findall(r'getArgument\(\) const \w+ \{ return "([\w-]+)"', read(path)))
    for name in sorted(names):
        if not re.search(r"(?<!\w)%s(?![\w-])" % re.escape(name), tests):
            yield f"no test runs the pass {name}"


def untested_library():
    """Public functions and models of the standard library that no test or example uses."""
    tests = all_tests()
    for path in files(".nn"):
        if path.startswith("stdlib"):
            for name in re.findall(r"^pub (?:fn|model|struct) (\w+)", read(path), re.M):
                if not re.search(r"\b%s\b" % name, tests):
                    yield f"{path}: nothing tests {name}"


CHECKS = {check.__name__: check for check in (
    colons, sizes, machine_paths, links, left_over_words, file_names, untested_kinds, untested_ops,
    untested_passes, untested_library)}


def main():
    check = CHECKS[sys.argv[1]]
    problems = list(check())
    for problem in problems:
        print(problem)
    if problems:
        print(f"refused: {check.__doc__}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
