"""Ours and PyTorch on the training step of a recurrent network: see README.md here.

Run it as `./dev bench lstm [--sizes 32,64,128 16,128,256] [--threads 1 2] [--rounds 3]`.

A contender is started as `CONTENDER --steps=S --repeats=R --batch=B --length=T --weights=FILE` and
prints `ready` after S steps and `done LOSS` after each of R further runs of S steps; the time
between these lines is taken here. With --check it prints `loss VALUE` after each of S steps.
"""
import argparse
import os
import statistics
import subprocess
import sys
import time

import numpy as np
from safetensors.numpy import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
WORK = os.path.join(ROOT, "build", "bench", "lstm")
VOCABULARY, EMBEDDING = 64, 32


def write_weights(path, hidden):
    """What both start with; names are field paths."""
    rng = np.random.default_rng(0)

    def uniform(*shape):
        bound = 1 / np.sqrt(hidden)
        return rng.uniform(-bound, bound, shape).astype(np.float32)
    save_file({"emb.w": uniform(VOCABULARY, EMBEDDING), "cell.wx": uniform(EMBEDDING, 4 * hidden),
               "cell.wh": uniform(hidden, 4 * hidden), "cell.b": uniform(4 * hidden),
               "head.w": uniform(hidden, VOCABULARY), "head.b": uniform(VOCABULARY)}, path)


def build(hidden):
    """Ours, for one number of hidden units."""
    with open(os.path.join(HERE, "lstm_bench.nn"), encoding="utf-8") as file:
        text = file.read().replace("HIDDEN", str(hidden))
    path = os.path.join(WORK, f"lstm_{hidden}")
    with open(path + ".nn", "w", encoding="utf-8") as file:
        file.write(text)
    subprocess.run([os.path.join(ROOT, "build", "bin", "nnc"), "build", path + ".nn", "-o", path],
                   check=True)
    return path


def lines_of(name, command, threads):
    """Starts a contender bound to `threads` cores, and gives its lines as they come."""
    cores = sorted(os.sched_getaffinity(0))[:threads]
    environment = dict(os.environ, NNRT_THREADS=str(threads), OMP_NUM_THREADS=str(threads))
    if name == "torch":
        command = command + [f"--threads={threads}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment,
                               preexec_fn=lambda: os.sched_setaffinity(0, cores))
    yield from process.stdout
    if process.wait() != 0:
        sys.exit(f"bench: {name} ended with status {process.returncode}")


def time_steps(name, command, threads, steps):
    """Microseconds per step of each repeat in one process."""
    times, last = [], None
    for line in lines_of(name, command, threads):
        now = time.perf_counter()
        if line.startswith("done"):
            times.append((now - last) / steps * 1e6)
        last = now
    if min(times) * steps < 1e5:  # programs hold lines back for up to 0.1 s
        sys.exit(f"bench: {steps} steps of {name} are too few to be timed")
    return times


def check_losses(commands, steps):
    """The largest relative gap between the losses of the first steps."""
    found = {name: [float(line.split()[1])
                    for line in lines_of(name, command + [f"--steps={steps}", "--check"], 1)]
             for name, command in commands.items()}
    return max(abs(a - b) / abs(b) for a, b in zip(found["nnc"], found["torch"], strict=True))


def main():
    parser = argparse.ArgumentParser(prog="./dev bench lstm")
    parser.add_argument("--sizes", nargs="+", default=["32,64,128", "16,128,256"],
                        help="batch, length, hidden units")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--steps", type=int, default=30)
    options = parser.parse_args()
    os.makedirs(WORK, exist_ok=True)
    worst = 0.0
    print(f"time per training step, medians (and least) of {options.rounds} x {options.repeats} "
          "runs, one program after the other in each round")
    for size in options.sizes:
        batch, length, hidden = size.split(",")
        weights = os.path.join(WORK, f"weights_{hidden}.safetensors")
        write_weights(weights, int(hidden))
        flags = [f"--batch={batch}", f"--length={length}", f"--weights={weights}"]
        commands = {"nnc": [build(hidden)] + flags,
                    "torch": [sys.executable, os.path.join(HERE, "torch_lstm.py")] + flags}
        gap = check_losses(commands, 20)
        worst = max(worst, gap)
        print(f"batch {batch}, length {length}, {hidden} hidden units; largest relative gap of 20 "
              f"losses {gap:.1e}")
        timed = [f"--steps={options.steps}", f"--repeats={options.repeats}"]
        for threads in options.threads:
            times = {name: [] for name in commands}
            for _ in range(options.rounds):
                for name, command in commands.items():
                    times[name] += time_steps(name, command + timed, threads, options.steps)
            medians = {name: statistics.median(values) for name, values in times.items()}
            shown = ", ".join(f"{name} {median:.0f} us ({min(times[name]):.0f})"
                              for name, median in medians.items())
            print(f"  {threads} thread{'s'[:threads - 1]}: {shown}, nnc is "
                  f"{medians['torch'] / medians['nnc']:.2f} times as fast", flush=True)
    if worst > 1e-3:
        sys.exit("bench: the losses differ, so the times compare different things")


main()
