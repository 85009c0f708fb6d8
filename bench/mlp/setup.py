"""What all contenders share: the data, the first weights and the protocol.

A contender is started as `CONTENDER --threads=N --steps=S --repeats=R [--check]` and prints
  ready              after it has compiled and run S steps
  done LOSS          after each of R further runs of S training steps
so the one who started it takes the time between the lines, in the same way for all of them.
With --check it trains without dropout and prints `loss VALUE` after each of S steps instead.
"""
import argparse
import gzip
import os

import numpy as np
from safetensors.numpy import load_file, save_file

FOLDER = "/usr/share/datasets/fashion-mnist"
BATCH, IN, HIDDEN, OUT = 128, 784, 256, 10
DROPOUT, LEARNING_RATE, DECAY, BETAS, EPS = 0.1, 1e-3, 0.01, (0.9, 0.999), 1e-8


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--weights", required=True)
    return parser.parse_args()


def batches(count):
    """The first `count` batches of the training set: x f32[count, 128, 784], y i32[count, 128]."""
    def read(name, offset, dtype):
        with gzip.open(os.path.join(FOLDER, name)) as file:
            return np.frombuffer(file.read(), np.uint8, offset=offset).astype(dtype)
    x = read("train-images-idx3-ubyte.gz", 16, np.float32) / np.float32(255)
    y = read("train-labels-idx1-ubyte.gz", 8, np.int32)
    rows = count * BATCH
    return x.reshape(-1, IN)[:rows].reshape(count, BATCH, IN), y[:rows].reshape(count, BATCH)


def write_weights(path):
    """He-uniform weights as every contender starts with them; names are field paths."""
    rng = np.random.default_rng(0)

    def uniform(rows, columns):
        bound = np.sqrt(6 / rows)
        return rng.uniform(-bound, bound, (rows, columns)).astype(np.float32)
    save_file({"l1.w": uniform(IN, HIDDEN), "l1.b": np.zeros(HIDDEN, np.float32),
               "l2.w": uniform(HIDDEN, OUT), "l2.b": np.zeros(OUT, np.float32)}, path)


def read_weights(path):
    return load_file(path)


def run(options, step):
    """Drives `step(i) -> loss` as the protocol asks; `step` returns only when its work is done
    or when float() of its result is taken."""
    if options.check:
        for i in range(options.steps):
            print(f"loss {float(step(i)):.9g}", flush=True)
        return
    done = 0
    for repeat in range(options.repeats + 1):
        for _ in range(options.steps):
            loss = step(done)
            done += 1
        print(f"done {float(loss):.6g}" if repeat else "ready", flush=True)
