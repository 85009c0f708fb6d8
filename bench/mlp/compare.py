"""Ours, PyTorch and JAX on the training step of examples/mlp.nn's network: see README.md here.

Run it as `./dev bench mlp [--threads 1 2] [--rounds 3] [--only torch jax]`.
"""
import argparse
import os
import statistics
import subprocess
import sys
import time

import setup

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
WORK = os.path.join(ROOT, "build", "bench", "mlp")
WEIGHTS = os.path.join(WORK, "weights.safetensors")


def contenders(names):
    """The command line of each contender; ours is built by nnc first."""
    commands = {}
    for name in names:
        if name == "nnc":
            program = os.path.join(WORK, "mlp_bench")
            subprocess.run([os.path.join(ROOT, "build", "bin", "nnc"), "build",
                            os.path.join(HERE, "mlp_bench.nn"), "-o", program], check=True)
            commands[name] = [program]
        else:
            commands[name] = [sys.executable, os.path.join(HERE, name + "_mlp.py")]
    return commands


def start(name, command, threads, options):
    """Starts a contender bound to `threads` cores, and gives its lines as they come."""
    cores = sorted(os.sched_getaffinity(0))[:threads]
    environment = dict(os.environ, NNRT_THREADS=str(threads), OMP_NUM_THREADS=str(threads))
    flags = [f"--steps={options.steps}", f"--weights={WEIGHTS}"] + options.extra
    if name != "nnc":
        flags.append(f"--threads={threads}")
    ours, theirs = os.openpty()  # a terminal: on a pipe the lines would be held back
    process = subprocess.Popen(command + flags, stdout=theirs, text=True, env=environment,
                               cwd=WORK, preexec_fn=lambda: os.sched_setaffinity(0, cores))
    os.close(theirs)
    return process, lines_of(ours)


def lines_of(terminal):
    with open(terminal, encoding="utf-8") as file:
        try:
            yield from file
        except OSError:  # how a terminal says that the other end is closed
            pass


def time_steps(name, command, threads, options):
    """Microseconds per step of each repeat in one process."""
    process, lines = start(name, command, threads, options)
    times, last = [], None
    for line in lines:
        now = time.perf_counter()
        if line.startswith("done"):
            times.append((now - last) / options.steps * 1e6)
        last = now
    if process.wait() != 0 or len(times) != options.repeats:
        sys.exit(f"bench: {name} ended with status {process.returncode} after {len(times)} runs")
    return times


def losses(name, command, options):
    """The losses of the first steps, without dropout."""
    process, lines = start(name, command, 1, options)
    values = [float(line.split()[1]) for line in lines if line.startswith("loss")]
    if process.wait() != 0 or len(values) != options.steps:
        sys.exit(f"bench: {name} ended with status {process.returncode} after {len(values)} losses")
    return values


def compare_losses(commands, options):
    options = argparse.Namespace(steps=options.check_steps, extra=["--check"])
    found = {name: losses(name, command, options) for name, command in commands.items()}
    base = "torch" if "torch" in found else next(iter(found))
    print(f"losses after 1 and {options.steps} steps from the same weights, without dropout")
    worst = 0.0
    for name, values in found.items():
        gap = max(abs(a - b) / abs(b) for a, b in zip(values, found[base]))
        worst = max(worst, gap)
        print(f"  {name:6} {values[0]:.7f} {values[-1]:.7f}   "
              f"largest relative gap to {base}: {gap:.1e}")
    return worst


def compare_times(commands, threads, options):
    """Rounds of A B C A B C: a slow moment of the machine meets all contenders."""
    times = {name: [] for name in commands}
    for _ in range(options.rounds):
        for name, command in commands.items():
            times[name] += time_steps(name, command, threads, options)
    medians = {name: statistics.median(values) for name, values in times.items()}
    print(f"{threads} thread{'s' if threads > 1 else ''}: time per training step, median of "
          f"{options.rounds} x {options.repeats} runs of {options.steps} steps")
    for name, median in medians.items():
        spread = f"{min(times[name]):.0f} .. {max(times[name]):.0f}"
        line = f"  {name:6} {median:7.0f} us  ({spread})"
        if "nnc" in medians and name != "nnc":
            line += f"   nnc is {median / medians['nnc']:.2f} times as fast"
        print(line, flush=True)


def main():
    parser = argparse.ArgumentParser(prog="./dev bench mlp")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--check-steps", type=int, default=20)
    parser.add_argument("--only", nargs="+", default=["nnc", "torch", "jax"],
                        choices=["nnc", "torch", "jax"])
    options = parser.parse_args()
    os.makedirs(WORK, exist_ok=True)
    setup.write_weights(WEIGHTS)
    commands = contenders(options.only)
    gap = compare_losses(commands, options)
    options.extra = [f"--repeats={options.repeats}"]
    for threads in options.threads:
        compare_times(commands, threads, options)
    if gap > 1e-3:
        sys.exit("bench: the losses differ, so the times compare different things")


main()
