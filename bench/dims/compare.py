"""Sizes known when running against sizes known when compiling: see README.md here.

Run it as `./dev bench dims [--sizes 8,64 3,37] [--threads 1 2] [--rounds 5]`.
"""
import argparse
import os
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
WORK = os.path.join(ROOT, "build", "bench", "dims")
LIMIT = 1.15
ROWS = 200_000  # that a run works through: long enough for lines to come out one by one
FLAGS = 'arg batch: int = 1 "examples"\narg length: int = 1 "steps of each"'


def build(name, flags, batch, length):
    """Makes a program of the template and builds it."""
    with open(os.path.join(HERE, "dims_bench.nn"), encoding="utf-8") as file:
        text = file.read()
    text = text.replace("\nSIZES\n", f"\n{flags}\n")
    text = text.replace("BATCH", batch).replace("LENGTH", length)
    path = os.path.join(WORK, name)
    with open(path + ".nn", "w", encoding="utf-8") as file:
        file.write(text)
    subprocess.run([os.path.join(ROOT, "build", "bin", "nnc"), "build", path + ".nn", "-o", path],
                   check=True)
    return path


def time_steps(command, threads, steps, repeats):
    """Microseconds per step of each repeat in one process, and its last loss."""
    cores = sorted(os.sched_getaffinity(0))[:threads]
    flags = [f"--steps={steps}", f"--repeats={repeats}"]
    process = subprocess.Popen(command + flags, stdout=subprocess.PIPE, text=True,
                               env=dict(os.environ, NNRT_THREADS=str(threads)),
                               preexec_fn=lambda: os.sched_setaffinity(0, cores))
    times, last, loss = [], None, None
    for line in process.stdout:
        now = time.perf_counter()
        if line.startswith("done"):
            times.append((now - last) / steps * 1e6)
            loss = line.split()[1]
        last = now
    if process.wait() != 0 or len(times) != repeats:
        sys.exit(f"bench: {command[0]} ended with status {process.returncode}")
    if min(times) * steps < 1e5:  # programs hold lines back for up to 0.1 s
        sys.exit(f"bench: {steps} steps of {command[0]} are too few to be timed")
    return times, loss


def main():
    parser = argparse.ArgumentParser(prog="./dev bench dims")
    parser.add_argument("--sizes", nargs="+", default=["8,64", "16,128", "3,37"])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    os.makedirs(WORK, exist_ok=True)
    dynamic = build("dynamic", FLAGS, "batch", "length")
    worst = 0.0
    print(f"time per training step, medians (and least) of {options.rounds} x {options.repeats} "
          "runs, one program after the other in each round")
    for size in options.sizes:
        batch, length = size.split(",")
        steps = max(1, ROWS // (int(batch) * int(length)))
        commands = {"dynamic": [dynamic, f"--batch={batch}", f"--length={length}"],
                    "static": [build(f"static_{batch}_{length}", "", batch, length)]}
        for threads in options.threads:
            times, losses = {name: [] for name in commands}, {}
            for _ in range(options.rounds):
                for name, command in commands.items():
                    found, losses[name] = time_steps(command, threads, steps,
                                                      options.repeats)
                    times[name] += found
            if losses["dynamic"] != losses["static"]:
                sys.exit(f"bench: the losses differ: {losses}")
            medians = {name: statistics.median(values) for name, values in times.items()}
            ratio = medians["dynamic"] / medians["static"]
            worst = max(worst, ratio)
            shown = ", ".join(f"{name} {median:.0f} us ({min(times[name]):.0f})"
                              for name, median in medians.items())
            least = min(times["dynamic"]) / min(times["static"])
            print(f"  batch {batch:>3}, length {length:>3}, {threads} thread{'s'[:threads - 1]}: "
                  f"{shown}, ratio {ratio:.2f} ({least:.2f})", flush=True)
    print(f"largest ratio {worst:.2f}, limit {LIMIT}")
    if worst > LIMIT:
        sys.exit(1)


main()
