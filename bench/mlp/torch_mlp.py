"""The training step in PyTorch, eager, with the fused AdamW."""
import torch
import torch.nn.functional as F

import setup


def main():
    options = setup.arguments()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    x, y = setup.batches(16)
    x, y = torch.from_numpy(x), torch.from_numpy(y).long()
    weights = setup.read_weights(options.weights)
    drop = 0.0 if options.check else setup.DROPOUT
    l1 = torch.nn.Linear(setup.IN, setup.HIDDEN)
    l2 = torch.nn.Linear(setup.HIDDEN, setup.OUT)
    with torch.no_grad():
        for name, layer in (("l1", l1), ("l2", l2)):
            layer.weight.copy_(torch.from_numpy(weights[name + ".w"]).t())
            layer.bias.copy_(torch.from_numpy(weights[name + ".b"]))
    net = torch.nn.Sequential(l1, torch.nn.ReLU(), torch.nn.Dropout(drop), l2)
    optimizer = torch.optim.AdamW(net.parameters(), lr=setup.LEARNING_RATE, betas=setup.BETAS,
                                  eps=setup.EPS, weight_decay=setup.DECAY, fused=True)

    def step(i):
        loss = F.cross_entropy(net(x[i % len(x)]), y[i % len(x)])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return loss.detach()

    setup.run(options, step)


main()
