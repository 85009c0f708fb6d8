"""The training step in PyTorch, eager: nn.LSTM with its fused kernels, and the fused AdamW.

A contender of compare.py, which says what it prints.
"""
import argparse

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

VOCABULARY, EMBEDDING = 64, 32


class CharRNN(torch.nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.emb = torch.nn.Embedding(VOCABULARY, EMBEDDING)
        self.cell = torch.nn.LSTM(EMBEDDING, hidden, batch_first=True)
        self.head = torch.nn.Linear(hidden, VOCABULARY)

    def forward(self, ids):
        return self.head(self.cell(self.emb(ids))[0])

    def load(self, weights):
        with torch.no_grad():
            self.emb.weight.copy_(weights["emb.w"])
            self.cell.weight_ih_l0.copy_(weights["cell.wx"].t())
            self.cell.weight_hh_l0.copy_(weights["cell.wh"].t())
            self.cell.bias_ih_l0.copy_(weights["cell.b"])
            self.cell.bias_hh_l0.zero_()  # ours has one bias
            self.head.weight.copy_(weights["head.w"].t())
            self.head.bias.copy_(weights["head.b"])
        self.cell.bias_hh_l0.requires_grad_(False)


def texts(batch, length):
    """Characters and those that follow them: number t of text b is (31 b + 7 t t) mod 64."""
    b, t = torch.arange(batch)[:, None], torch.arange(length + 1)[None, :]
    ids = (31 * b + 7 * t * t) % VOCABULARY
    return ids[:, :-1], ids[:, 1:].reshape(-1)


def main():
    parser = argparse.ArgumentParser()
    for name in "threads", "steps", "repeats", "batch", "length":
        parser.add_argument("--" + name, type=int, default=1)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    weights = load_file(options.weights)
    net = CharRNN(weights["cell.wh"].shape[0])
    net.load(weights)
    optimizer = torch.optim.AdamW([p for p in net.parameters() if p.requires_grad], lr=1e-3,
                                  weight_decay=0, fused=True)
    x, y = texts(options.batch, options.length)
    for repeat in range(options.repeats + 1):
        for _ in range(options.steps):
            loss = F.cross_entropy(net(x).reshape(-1, VOCABULARY), y)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            if options.check:
                print(f"loss {loss.item():.9g}", flush=True)
        if options.check:
            return
        print(f"done {loss.item():.6g}" if repeat else "ready", flush=True)


main()
