"""Checks the .nn test format itself, with a stand-in for nnc that prints what a file holds."""
import os
import sys
import tempfile
import unittest

sys.path.insert(0, "/usr/lib/llvm-22/utils/lit")
import nn_format

# `nnc run FILE` prints the lines after `out:`, `nnc check FILE` those after `report:` on stderr.
STAND_IN = r"""#!/bin/sh
[ "$1" = check ] && { sed -n 's/^report://p' "$2" >&2; exit $(sed -n 's/^status://p' "$2"); }
sed -n 's/^out://p' "$2"; sed -n 's/^err://p' "$2" >&2
exit $(sed -n 's/^status://p' "$2")
"""


class Test:
    def __init__(self, folder):
        self.folder, self.config = folder, self
        self.substitutions = [("%nnc", os.path.join(folder, "nnc"))]
        self.environment = dict(os.environ)

    def getExecPath(self):
        return os.path.join(self.folder, "test")


class NNFormat(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        nnc = os.path.join(self.folder.name, "nnc")
        with open(nnc, "w") as file:
            file.write(STAND_IN)
        os.chmod(nnc, 0o755)

    def tearDown(self):
        self.folder.cleanup()

    def check(self, text):
        source = os.path.join(self.folder.name, "test.nn")
        with open(source, "w") as file:
            file.write(text)
        directives = nn_format.read_directives(source)
        nn_format.Program(Test(self.folder.name), source, directives).check()

    def refuse(self, text):
        with self.assertRaises(nn_format.Mismatch):
            self.check(text)

    def test_output(self):
        self.check("status:0\nout:a 12\n// expect: a {{[0-9]+}}\n")
        self.refuse("status:0\nout:a b\n// expect: a {{[0-9]+}}\n")
        self.refuse("status:0\nout:a\nout:b\n// expect: a\n")
        self.refuse("status:0\nout:a\n// expect: a\n// expect: b\n")
        self.refuse("status:1\nout:a\n// expect: a\n")

    def test_failing_program(self):
        self.check("status:1\nerr:error: gone: x.idx\n// fails: x.idx\n")
        self.refuse("status:1\nerr:error: gone\n// fails: x.idx\n")
        self.refuse("status:139\nerr:error: gone: x.idx\n// fails: x.idx\n")

    def test_reports(self):
        report = "status:1\nreport:error[a-b]: no `x`\nreport:  --> t.nn:4:1\n"
        self.check(report + "// error: no `x` [a-b]\n")
        self.check(report + "\n// error@-1: no {{.*}} [a-b]\n")
        self.refuse(report + "// error: no `y` [a-b]\n")
        self.refuse(report + "// error: no `x` [c-d]\n")
        self.refuse(report + "\n// error: no `x` [a-b]\n")

    def test_more_reports_than_expected(self):
        self.refuse("status:1\nreport:error[a]: x\nreport: --> t:5:1\nreport:error[b]: y\n"
                    "// error: x [a]\n")

    def test_nothing_to_check(self):
        self.refuse("status:0\nout:a\n")


if __name__ == "__main__":
    unittest.main()
