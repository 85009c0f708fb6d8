"""The lit format of .nn tests. A file with RUN: lines is an ordinary lit test; any other says in
its comments what must come out:

    // expect: TEXT              the next line that the program prints; {{REGULAR EXPRESSION}}
    // error: TEXT [kind]        `nnc check` reports this error on this line (error@+1: on the next)
    // warning: TEXT [kind]      the same for a warning
    // fails: TEXT               the program ends with status 1 and TEXT on its standard error
    // run-args: --epochs=1      arguments of the program
    // flags: -O0 --f64          flags of nnc
    // stdin: TEXT               a line of standard input
    // modes: run build          how it is executed (default: run); all must print the same. `test`:
                                 by `nnc test`, whose status must tell of the tests that fail.
                                 `check`: not at all, but `nnc check` has nothing to say
    // REQUIRES: ptxas           a feature of test/harness/features.py
"""
import os
import re
import shlex
import shutil
import subprocess

import lit.formats
import lit.Test

DIRECTIVE = re.compile(r"//\s*(expect|error|warning|fails|run-args|flags|stdin|modes|REQUIRES)"
                       r"(@[+-]?\d+)?:(?: |$)(.*)$")
REPORT = re.compile(r"^(error|warning)\[([\w-]+)\]: (.*)$")
PLACE = re.compile(r"^\s*--> .*?:(\d+):(\d+)")


class Mismatch(Exception):
    """The test failed; the text says how."""


def pattern(text):
    """`text` as a regular expression: only what stands in {{ }} is one, the rest is literal."""
    parts = re.split(r"\{\{(.*?)\}\}", text)
    return "".join(part if i % 2 else re.escape(part) for i, part in enumerate(parts))


def read_directives(source):
    """(name, line, text) for every directive, in order; `line` is the line that it speaks of."""
    found = []
    with open(source, encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            match = DIRECTIVE.search(line.rstrip("\n"))
            if not match:
                continue
            name, at, text = match.groups()
            if at:
                number = number + int(at[1:]) if at[1] in "+-" else int(at[1:])
            found.append((name, number, text.strip() if name != "expect" else text.rstrip()))
    return found


def parse_reports(stderr):
    """(severity, line, kind, message) of every diagnostic on nnc's standard error."""
    reports, pending = [], None
    for line in stderr.splitlines():
        head, place = REPORT.match(line), PLACE.match(line)
        if head:
            if pending:
                reports.append((pending[0], 0, pending[1], pending[2]))
            pending = head.groups()
        elif place and pending:
            reports.append((pending[0], int(place.group(1)), pending[1], pending[2]))
            pending = None
    if pending:
        reports.append((pending[0], 0, pending[1], pending[2]))
    return reports


class NNTest(lit.formats.ShTest):
    def __init__(self):
        super().__init__(execute_external=False)

    def execute(self, test, lit_config):
        source = test.getSourcePath()
        with open(source, encoding="utf-8", errors="replace") as text:
            if not source.endswith(".nn") or "RUN:" in text.read():
                return super().execute(test, lit_config)
        directives = read_directives(source)
        missing = {text for name, _, text in directives if name == "REQUIRES"}
        missing -= test.config.available_features
        if missing:
            return lit.Test.UNSUPPORTED, "needs " + ", ".join(sorted(missing))
        if not os.path.exists(dict(test.config.substitutions)["%nnc"]):
            return lit.Test.FAIL, "nnc is not built"
        try:
            Program(test, source, directives).check()
        except Mismatch as mismatch:
            return lit.Test.FAIL, str(mismatch)
        except subprocess.TimeoutExpired as expired:
            return lit.Test.TIMEOUT, f"{expired.cmd} ran past {expired.timeout} s"
        return lit.Test.PASS, ""


class Program:
    """One .nn test: what it says must happen, and the commands that make it happen."""

    def __init__(self, test, source, directives):
        self.source = source
        self.environment = test.config.environment
        self.directives = directives
        self.folder = test.getExecPath() + ".dir"
        nnc = dict(test.config.substitutions)["%nnc"]
        self.nnc = [nnc]
        self.flags = self.words("flags")
        self.arguments = self.words("run-args")

    def texts(self, name):
        return [text for directive, _, text in self.directives if directive == name]

    def words(self, name):
        return [word for text in self.texts(name) for word in shlex.split(text)]

    def run(self, command):
        stdin = "".join(line + "\n" for line in self.texts("stdin"))
        result = subprocess.run(command, input=stdin.encode(), capture_output=True, timeout=240,
                                cwd=self.folder, env=self.environment)
        result.stdout = result.stdout.decode("utf-8", "replace")
        result.stderr = result.stderr.decode("utf-8", "replace")
        result.shown = (f"$ {shlex.join(command)}\n{result.stdout}{result.stderr}"
                        f"[status {result.returncode}]\n")
        return result

    def check(self):
        reports = [d for d in self.directives if d[0] in ("error", "warning")]
        runs = self.texts("expect") or self.texts("fails")
        checked = self.words("modes") == ["check"]
        if not reports and not runs and not checked:
            raise Mismatch(f"{self.source}: no RUN:, expect:, error: or fails: line")
        # A fresh folder per test: programs save files where they are started.
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        if reports or checked:
            self.check_reports(reports)
        if runs and not checked:
            for mode in self.words("modes") or ["run"]:
                self.check_run(mode)

    def check_reports(self, wanted):
        result = self.run(self.nnc + ["check"] + self.flags + [self.source])
        found, problems = parse_reports(result.stderr), []
        for severity, line, text in wanted:
            match = re.match(r"(.*?)\s*\[([\w-]+)\]$", text)
            if not match:
                problems.append(f"line {line}: write `// {severity}: message [kind]`")
                continue
            message, kind = match.groups()
            hit = next((r for r in found if r[:3] == (severity, line, kind)
                        and re.search(pattern(message), r[3])), None)
            if hit:
                found.remove(hit)
            else:
                problems.append(f"not reported: {severity}[{kind}]: {message} on line {line}")
        problems += [f"not expected: {severity}[{kind}]: {message} on line {line}"
                     for severity, line, kind, message in found]
        status = 1 if any(severity == "error" for severity, _, _ in wanted) else 0
        if result.returncode != status:
            problems.append(f"status {result.returncode} instead of {status}")
        if problems:
            raise Mismatch("\n".join(problems) + "\n" + result.shown)

    def check_run(self, mode):
        if mode == "build":
            program = os.path.join(self.folder, "program")
            built = self.run(self.nnc + ["build"] + self.flags + [self.source, "-o", program])
            if built.returncode != 0:
                raise Mismatch(built.shown)
            result = self.run([program] + self.arguments)
        elif mode == "test":
            result = self.run(self.nnc + ["test"] + self.flags + [self.source])
        else:
            command = self.nnc + ["run"] + self.flags + [self.source]
            result = self.run(command + (["--"] + self.arguments if self.arguments else []))
        self.check_output(result, mode)

    def check_output(self, result, mode):
        fails = self.texts("fails")
        failed = mode == "test" and any(text.startswith("FAILED") for text in self.texts("expect"))
        if result.returncode != (1 if fails or failed else 0):
            raise Mismatch(result.shown)
        for text in fails:
            if not re.search(pattern(text), result.stderr):
                raise Mismatch(f"standard error lacks `{text}`\n{result.shown}")
        wanted = self.texts("expect")
        lines = [line.rstrip() for line in result.stdout.splitlines()]
        for number in range(max(len(wanted), len(lines))):
            want = wanted[number] if number < len(wanted) else None
            line = lines[number] if number < len(lines) else None
            if want is None or line is None or not re.fullmatch(pattern(want), line):
                raise Mismatch(f"output line {number + 1}: expected {want!r}, got {line!r}\n"
                               + result.shown)
