"""The model of every golden trajectory, and how a library that computes its tables in float32 is made to compute in float64.

Elementwise, data 1/2 N(m, s^2) + 1/2 N(-m, s^2) with m = 1.1, s = 0.4, so that on any path x_t = alpha x_0 + sigma eps
    V = alpha^2 s^2 + sigma^2,   x_0-hat = alpha s^2/V x + sigma^2/V m tanh(alpha m x/V).
"""
import contextlib

import numpy as np
import torch

M, S = 1.1, 0.4
START = torch.tensor([[1.3, -0.7, 0.2, -2.1]], dtype=torch.float64)  # times the noise of the grid's first time
NOISE = [torch.tensor([[np.sin(1.7 * (4 * k + i) + 0.3) * 1.4 for i in range(4)]], dtype=torch.float64)
         for k in range(64)]


def x0_hat(x, alpha, sigma):
    v = alpha**2 * S**2 + sigma**2
    return alpha * S**2 / v * x + sigma**2 / v * M * torch.tanh(alpha * M * x / v)


def answer(kind, x, alpha, sigma):
    """What a network of this kind says about x; alpha and sigma are numbers."""
    x, alpha, sigma = x.to(FLOAT64), float(alpha), float(sigma)
    x0 = x0_hat(x, alpha, sigma)
    eps = (x - alpha * x0) / sigma
    return {"epsilon": eps, "sample": x0, "v_prediction": alpha * eps - sigma * x0, "flow": eps - x0}[kind]


FLOAT32, FLOAT64, NUMPY_FLOAT32 = torch.float32, torch.float64, np.float32


@contextlib.contextmanager
def float32_means_float64():
    """The schedulers name torch.float32 and np.float32 when they make tables and cast states; inside this, those names
    are float64, and nothing else of the library is touched."""
    torch.float32, np.float32 = torch.float64, np.float64
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.float32, np.float32 = FLOAT32, NUMPY_FLOAT32
        torch.set_default_dtype(FLOAT32)
