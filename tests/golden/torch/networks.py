# Whole networks and their gradients by PyTorch, in double: tests/golden/torch/networks.npz.
#
#   OMP_NUM_THREADS=1 python tests/golden/torch/networks.py
#
# Each case NAME holds x [N, H, W, C], times, lambda, condition [N], the network's y and dx, the gradient of sum(dy y) in
# x. "NAME.names" is text as character codes, a line for each parameter: ito's name and PyTorch's shape; "NAME.parameters"
# and "NAME.gradients" hold the numbers of all of them one after another. Parameters, x and dy are multiples of 2^-6, exact
# in float; results are rounded to float. "NAME.rounding" is how far torch's own float pass strays from its double one: the
# largest difference in y, dx or a layer's gradients, in units of the largest number there; it tells how much the network
# amplifies rounding. `torch_version` is the version as character codes.
import copy
from pathlib import Path

import numpy as np
import torch
from ito_networks import Classifier, Dit, Unet

# The test names the same options. Groups of norms of one channel and of several, maps that are no squares.
CASES = {
    "unet": (
        Unet,
        (8, 8, 1),
        {"channels": [4, 9], "blocks": 1, "attention": [1], "heads": 3, "middle": True, "embedding": 7,
         "time_features": 8, "sigma_data": 0.75, "patch": 1},
    ),
    "unet_deep": (
        Unet,
        (8, 16, 2),
        {"channels": [3, 6], "blocks": 2, "attention": [0, 1], "heads": 3, "middle": False, "skip_scale": "sqrt_half",
         "preconditioning": "none", "patch": 2, "embedding": 5, "time_features": 6},
    ),
    "dit": (
        Dit,
        (8, 12, 2),
        {"channels": 8, "blocks": 2, "heads": 2, "embedding": 6, "time_features": 8, "patch": 2},
    ),
    "dit_plain": (
        Dit,
        (8, 8, 1),
        {"channels": 12, "blocks": 1, "heads": 3, "embedding": 4, "time_features": 6, "patch": 4,
         "preconditioning": "none"},
    ),
    "classifier": (Classifier, (8, 12, 2), {"channels": [4, 6, 9]}),
}  # fmt: skip
CLASSES = 3



def text(string):
    return np.frombuffer(string.encode(), dtype=np.uint8)


def outputs(model, x, times, lam, condition, dy):
    """y, dx, and each layer's gradients as one vector."""
    x = x.clone().requires_grad_()
    y = model(x, times, lam, condition)
    model.zero_grad()
    (dy * y).sum().backward()
    layers = {}
    for name, parameter in model.named_parameters():
        layers.setdefault(name.rpartition(".")[0], []).append(parameter.grad.flatten())
    return [y.detach(), x.grad] + [torch.cat(gradients) for gradients in layers.values()]


arrays = {"torch_version": text(torch.__version__)}
torch.manual_seed(1)
torch.set_default_dtype(torch.float64)


def on_grid(x):
    return (x * 64).round() / 64


for name, (network, shape, options) in CASES.items():
    model = network(options, shape, CLASSES)
    with torch.no_grad():
        for parameter in model.parameters():
            fan = parameter[0].numel() if parameter.dim() > 1 else 4
            noise = torch.randn(parameter.shape) / fan**0.5
            scales = parameter.dim() == 1 and bool((parameter == 1).all())  # of a norm
            parameter.copy_(on_grid(noise + 1 if scales else noise))
    n = 3
    x = on_grid(torch.randn(n, shape[2], *shape[:2]))
    times = torch.tensor([0.25, 0.875, 0.015625])
    lam = torch.tensor([0.5, -2.25, -12.0])  # the last beyond what features tell apart
    condition = torch.tensor([1, -1, 2])
    dy = on_grid(torch.randn(model(x, times, lam, condition).shape))
    in_float = outputs(copy.deepcopy(model).float(), x.float(), times, lam, condition, dy.float())
    in_double = outputs(model, x, times, lam, condition, dy)
    y, dx = in_double[:2]
    strays = [float((f - d).abs().max() / d.abs().max()) for f, d in zip(in_float, in_double, strict=True)]
    arrays[f"{name}.rounding"] = np.array(max(strays))
    for part, value in {"x": x, "dy": dy, "y": y, "dx": dx}.items():
        value = value.movedim(1, -1) if value.dim() == 4 else value
        arrays[f"{name}.{part}"] = np.ascontiguousarray(value.numpy().astype(np.float32))
    arrays[f"{name}.times"], arrays[f"{name}.lambda"] = times.numpy(), lam.numpy()
    arrays[f"{name}.condition"] = condition.numpy().astype(np.int32)
    named = dict(model.named_parameters())
    arrays[f"{name}.names"] = text("".join(f"{p} {'x'.join(map(str, v.shape))}\n" for p, v in named.items()))
    for part, values in {"parameters": named.values(), "gradients": (v.grad for v in named.values())}.items():
        numbers = np.concatenate([v.detach().numpy().ravel() for v in values])
        arrays[f"{name}.{part}"] = numbers.astype(np.float32)
np.savez_compressed(Path(__file__).with_suffix(".npz"), **arrays)
