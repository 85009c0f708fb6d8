"""The training step in JAX, jit-compiled, with donated parameters and optimizer slots."""
import os

import setup

options = setup.arguments()
# XLA reads this when it starts; compare.py also binds the process to that many cores.
os.environ["XLA_FLAGS"] = ("--xla_cpu_multi_thread_eigen="
                           + ("false" if options.threads == 1 else "true"))
os.environ["JAX_PLATFORMS"] = "cpu"

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402

drop = 0.0 if options.check else setup.DROPOUT


def loss_of(weights, x, y, key):
    h = jax.nn.relu(x @ weights["l1.w"] + weights["l1.b"])
    if drop:
        keep = jax.random.bernoulli(key, 1 - drop, h.shape)
        h = jnp.where(keep, h / (1 - drop), 0)
    logits = h @ weights["l2.w"] + weights["l2.b"]
    log_p = jax.nn.log_softmax(logits)
    return -jnp.take_along_axis(log_p, y[:, None], axis=1).mean()


def train_step(state, x, y):
    weights, m, v, t, key = state
    key, drop_key = jax.random.split(key)
    loss, grads = jax.value_and_grad(loss_of)(weights, x, y, drop_key)
    t = t + 1
    b1, b2 = setup.BETAS
    tree = jax.tree_util.tree_map
    m = tree(lambda m, g: b1 * m + (1 - b1) * g, m, grads)
    v = tree(lambda v, g: b2 * v + (1 - b2) * g * g, v, grads)
    c1, c2 = 1 - b1 ** t, 1 - b2 ** t
    lr, decay, eps = setup.LEARNING_RATE, setup.DECAY, setup.EPS
    weights = tree(lambda w, m, v: w * (1 - lr * decay) - lr * (m / c1) / (jnp.sqrt(v / c2) + eps),
                   weights, m, v)
    return (weights, m, v, t, key), loss


def main():
    x, y = setup.batches(16)
    x, y = [jnp.asarray(b) for b in x], [jnp.asarray(b) for b in y]
    weights = {name: jnp.asarray(w) for name, w in setup.read_weights(options.weights).items()}
    zeros = {name: jnp.zeros_like(w) for name, w in weights.items()}
    copies = {name: jnp.zeros_like(w) for name, w in weights.items()}
    state = [(weights, zeros, copies, jnp.float32(0), jax.random.key(0))]
    compiled = jax.jit(train_step, donate_argnums=0)

    def step(i):
        state[0], loss = compiled(state[0], x[i % len(x)], y[i % len(y)])
        return loss

    setup.run(options, step)


main()
