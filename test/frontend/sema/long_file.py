"""`nnc check` on a generated file of 20,000 lines and on gpt.nn: seconds of the processor in the
fastest of a few runs, since other tests run beside it. long_file.py NNC GPT SCRATCH"""
import os
import subprocess
import sys

BLOCK = """model Layer{i}[In, Out] {{
  param w: f32[In, Out] = zeros
  param b: f32[Out] = zeros
  fn call[B](x: f32[B, In]) -> f32[B, Out] = tanh(x @ w + b)
}}
fn loss{i}[B, N](x: f32[B, N], y: f32[B, N]) -> f32 {{
  let d = x - y
  mean(d * d)
}}
let layer{i} = Layer{i}[{n}, 4]()
"""


def fastest(nnc, path, runs):
    best = float("inf")
    for _ in range(runs):
        begin = os.times()
        subprocess.run([nnc, "check", path], check=True)
        end = os.times()
        best = min(best, end.children_user + end.children_system - begin.children_user
                   - begin.children_system)
    return best


def main():
    nnc, gpt, scratch = sys.argv[1:]
    path = scratch + ".nn"
    with open(path, "w", encoding="utf-8") as file:
        for i in range(2000):
            file.write(BLOCK.format(i=i, n=i % 50 + 1))
    long, small = fastest(nnc, path, 3), fastest(nnc, gpt, 20)
    print(f"20,000 lines: {long:.2f} s, gpt.nn: {small * 1000:.0f} ms")
    return 1 if long > 2 or small > 0.05 else 0


if __name__ == "__main__":
    sys.exit(main())
