"""Work without tensors, against the same Python: compare.py NNC SCRATCH

Each program has the same output in both, and the compiled one takes at most the processor time of
the interpreted one (the least of seven runs each, in turns).
"""
import os
import random
import resource
import subprocess
import sys

HERE = os.path.dirname(os.path.realpath(__file__))


def write_data(scratch):
    rng = random.Random(1)
    words = [f"w{i}" for i in range(20000)]
    with open(f"{scratch}/words.txt", "w") as file:
        for _ in range(30000):
            line = (rng.choice(words if rng.random() < 0.5 else words[:50]) for _ in range(12))
            file.write(" ".join(line) + "\n")
    with open(f"{scratch}/csv.txt", "w") as file:
        file.write('id,name,"price",month\n')
        for i in range(60000):
            price, month = rng.random() * 100, i % 12 + 1
            file.write(f'{i},"item ""{i % 97}"", x",{price:.3f},2026-{month:02d}\n')


def run(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return output, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    nnc, scratch = sys.argv[1:]
    os.makedirs(scratch, exist_ok=True)
    write_data(scratch)
    for name in ("words", "csv", "tree"):
        program = f"{scratch}/{name}"
        subprocess.run([nnc, "build", f"{HERE}/{name}.nn", "-o", program], check=True)
        data = f"{scratch}/{name}.txt"
        ours, theirs = [], []
        for _ in range(7):
            output, time = run([program, f"--path={data}"])
            expected, reference = run([sys.executable, f"{HERE}/{name}.py", data])
            ours.append(time)
            theirs.append(reference)
            if output != expected:
                sys.exit(f"{name}: {output!r} is not {expected!r}")
        ratio = min(ours) / min(theirs)
        verdict = "ok" if ratio <= 1 else "slower"
        print(f"{name}: {min(ours):.3f} s, Python {min(theirs):.3f} s, {verdict}")


main()
