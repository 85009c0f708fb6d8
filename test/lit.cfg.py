"""How lit finds and runs the tests: see test/README.md.

Run by `./dev test`, or directly: `lit test/ops` (`-Dbuild=FOLDER` for another build than build/).
"""
import os
import sys

root = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
sys.path.insert(0, os.path.join(root, "test", "harness"))

import features  # noqa: E402
import nn_format  # noqa: E402

build = os.path.join(root, lit_config.params.get("build", "build"))
llvm_bin = features.llvm_bin()

config.name = "nnc"
config.test_source_root = os.path.join(root, "test")
config.test_exec_root = os.path.join(build, "test")
config.suffixes = {".nn", ".mlir", ".test"}
config.excludes = {"Inputs", "harness"}
config.test_format = nn_format.NNTest()
config.available_features |= features.find(root, build, lit_config.params)

config.substitutions += [
    ("%nn-opt", os.path.join(build, "bin", "nn-opt")),
    ("%nnc", os.path.join(build, "bin", "nnc")),
    ("%bin", os.path.join(build, "bin")),
    ("%build", build),
    ("%root", root),
    ("%python", sys.executable),
    ("%ptxas", features.ptxas(root) or "ptxas"),
]

# Tests see this build, LLVM's tools, and nothing of the user's CUDA or nnc settings.
config.environment["PATH"] = os.pathsep.join(
    [os.path.join(build, "bin"), llvm_bin, os.environ.get("PATH", "")])
config.environment["XDG_CACHE_HOME"] = config.environment["HOME"] = ""  # nothing is kept of runs
config.environment["ASAN_OPTIONS"] = "detect_container_overflow=0:detect_leaks=0"
config.environment["UBSAN_OPTIONS"] = "print_stacktrace=1"

# A test that hangs fails instead of holding up the run (lit needs psutil to end it).
if lit_config.maxIndividualTestTimeIsSupported[0]:
    lit_config.maxIndividualTestTime = lit_config.maxIndividualTestTime or 300
