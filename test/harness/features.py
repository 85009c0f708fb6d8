"""What this machine and this build can do: the names that REQUIRES: lines may use."""
import ctypes
import glob
import os
import shutil
import subprocess

FASHION_MNIST = "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz"


def llvm_bin():
    """The folder of FileCheck, not, split-file and llc."""
    prefix = subprocess.run(["llvm-config-22", "--prefix"], capture_output=True, text=True)
    return os.path.join(prefix.stdout.strip(), "bin")


def ptxas(root):
    """The path of a ptxas, or None. `./dev ptxas` puts one into .cache/ where none is installed."""
    cache = os.environ.get("NNC_CACHE", os.path.join(root, ".cache"))
    cuda_home = os.environ.get("CUDA_HOME", "")
    candidates = [os.environ.get("PTXAS", ""), os.path.join(cuda_home, "bin", "ptxas"),
                  shutil.which("ptxas") or "", "/usr/local/cuda/bin/ptxas"]
    candidates += sorted(glob.glob(os.path.join(cache, "ptxas", "**", "ptxas"), recursive=True))
    return next((path for path in candidates if os.access(path, os.X_OK) and os.path.isfile(path)),
                None)


def has_gpu():
    """True where the CUDA driver is there and finds a device."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    count = ctypes.c_int(0)
    return (driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0
            and count.value > 0)


def find(root, build, params):
    """All features: cuda, ptxas, fashion-mnist, avx512, sanitize, slow."""
    found = set()
    if has_gpu():
        found.add("cuda")
    if ptxas(root):
        found.add("ptxas")
    if os.path.exists(FASHION_MNIST):
        found.add("fashion-mnist")
    with open("/proc/cpuinfo") as cpuinfo:
        if " avx512f " in cpuinfo.read():
            found.add("avx512")
    cache = os.path.join(build, "CMakeCache.txt")
    if os.path.exists(cache):
        with open(cache) as lines:
            if any("-fsanitize=" in line for line in lines):
                found.add("sanitize")
    if "slow" in params:
        found.add("slow")
    return found
