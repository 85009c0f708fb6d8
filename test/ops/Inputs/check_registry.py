"""Walks the ODS records of the nn dialect: check_registry.py ROOT [--table]

Demands of each op a summary, an example, a gradient status, a family folder with tests, and that
some test of the reference lowering runs it: one in test/ops that looks at the values, or for an op
with a derivative its case in test/autodiff, whose differences fix the values up to a constant.
With --table it prints what each op has.
"""
import glob
import json
import os
import re
import shutil
import subprocess
import sys

# Ops that no tensor flows through, or that another pass takes away.
NO_GRADIENT = {"dim", "to_index", "yield", "grad", "jvp"}
# Ops that compute the same for all rows of a batch, or run row by row.
NOT_BATCHED = {"constant", "iota", "rng_bits", "rng_split", "yield", "grad", "jvp"}
NOT_LOWERED = {"yield", "grad", "jvp", "custom"}


def load(root):
    tblgen = shutil.which("llvm-tblgen")
    include = os.path.join(os.path.dirname(os.path.realpath(tblgen)), "..", "include")
    return json.loads(subprocess.run(
        [tblgen, "--dump-json", "-I", include, "-I", root, f"{root}/dialects/nn/NNOps.td"],
        capture_output=True, text=True, check=True).stdout)


def family_of(op, root):
    """The folder whose .td file holds the op's record."""
    for path in glob.glob(f"{root}/dialects/nn/ops/*/*.td"):
        text = open(path).read()
        if re.search(rf'"{op}"', text):
            return os.path.basename(os.path.dirname(path))
    return None


def main():
    root = sys.argv[1]
    records = load(root)
    tests = {path: open(path).read() for path in
             glob.glob(f"{root}/test/ops/**/*.mlir", recursive=True)}
    runs = "".join(text for text in tests.values() if "nn-run" in text)
    cases = open(f"{root}/test/autodiff/Inputs/cases.mlir").read()
    problems, rows = [], []
    for name in sorted(records["!instanceof"]["Op"]):
        record = records[name]
        op = record["opName"]
        traits = " ".join(trait["def"] for trait in record["traits"])
        status = ("rule" if "NN_Differentiable" in traits else
                  "zero" if "NN_ZeroDerivative" in traits else "none")
        family = family_of(op, root)
        uses = re.compile(rf"\bnn\.{op}\b")
        rows.append((op, family, status, bool(uses.search(runs))))
        if not record["summary"]:
            problems.append(f"nn.{op} has no summary")
        if f"nn.{op}" not in record["description"]:
            problems.append(f"nn.{op} has no example in its description")
        if "NN_Batched" not in traits and op not in NOT_BATCHED:
            problems.append(f"nn.{op} has no rule for a batch")
        if status == "none" and op not in NO_GRADIENT:
            problems.append(f"nn.{op} has neither a derivative rule nor NN_ZeroDerivative")
        if status == "rule" and not uses.search(cases):
            problems.append(f"nn.{op} has a derivative but no case in test/autodiff")
        if op not in NOT_LOWERED and not uses.search(runs) and not uses.search(cases):
            problems.append(f"nn.{op} is run by no test")
        if not family or not os.path.isdir(f"{root}/test/ops/{family}"):
            problems.append(f"nn.{op} has no folder test/ops/{family}")
    if "--table" in sys.argv:
        for row in rows:
            print("{:20} {:12} gradient: {:5} run: {}".format(*row))
    for problem in problems:
        print("FAIL", problem)
    print(f"{len(rows)} ops, {len(problems)} problems")
    sys.exit(bool(problems))


main()
