"""Convolutions and their gradients by PyTorch, in double: writes convolution.npz beside this file.

    python tests/golden/torch/convolution.py

Arrays are in PyTorch's layouts: x [N, C_in, H, W], conv2d's weight [C_out, C_in, KH, KW], conv_transpose2d's
[C_in, C_out, KH, KW]. Case i has "i.options" = [transposed, stride, padding, dilation, output_padding, has a bias],
its operands, y, and the gradients of sum(dy * y). Operands are multiples of 1/8 below 4, so every sum is exact.
"""

import pathlib

import numpy
import torch
from torch.nn import functional

# transposed, N, C_in, H, W, C_out, KH, KW, stride, padding, dilation, output_padding, bias
CASES = [
    (0, 2, 3, 7, 6, 5, 3, 3, 1, 1, 1, 0, 1),
    (0, 2, 3, 9, 7, 4, 3, 3, 2, 1, 1, 0, 1),
    (0, 1, 2, 8, 11, 3, 5, 2, 3, 4, 2, 0, 0),
    (0, 2, 6, 4, 5, 3, 1, 1, 1, 0, 1, 0, 1),
    (0, 1, 30, 4, 4, 2, 3, 3, 1, 1, 1, 0, 1),
    (1, 2, 3, 4, 5, 2, 3, 3, 2, 1, 1, 1, 1),
    (1, 1, 4, 3, 3, 5, 4, 4, 2, 1, 1, 0, 1),
    (1, 2, 2, 5, 4, 3, 2, 3, 1, 0, 2, 0, 0),
    (1, 1, 2, 3, 4, 3, 3, 3, 3, 2, 2, 2, 1),
]


def numbers(*shape):
    return torch.randint(-31, 32, shape).to(torch.float64) / 8


def main():
    torch.manual_seed(1)
    torch.set_num_threads(1)
    arrays = {}
    for i, (transposed, n, c_in, h, w, c_out, kh, kw, stride, padding, dilation, extra, biased) in enumerate(CASES):
        x = numbers(n, c_in, h, w).requires_grad_()
        shape = (c_in, c_out, kh, kw) if transposed else (c_out, c_in, kh, kw)
        weight = numbers(*shape).requires_grad_()
        bias = numbers(c_out).requires_grad_() if biased else None
        if transposed:
            y = functional.conv_transpose2d(x, weight, bias, stride, padding, extra, 1, dilation)
        else:
            y = functional.conv2d(x, weight, bias, stride, padding, dilation)
        dy = numbers(*y.shape)
        (y * dy).sum().backward()
        arrays[f"{i}.options"] = numpy.array(
            [transposed, stride, padding, dilation, extra, biased], dtype=numpy.int32
        )
        named = {"x": x, "w": weight, "y": y, "dy": dy, "dx": x.grad, "dw": weight.grad}
        if biased:
            named |= {"bias": bias, "dbias": bias.grad}
        for name, value in named.items():
            arrays[f"{i}.{name}"] = value.detach().numpy()
    version = torch.__version__.split("+")[0].split(".")
    arrays["torch_version"] = numpy.array([int(part) for part in version], dtype=numpy.int32)
    numpy.savez_compressed(pathlib.Path(__file__).with_suffix(".npz"), **arrays)


if __name__ == "__main__":
    main()
