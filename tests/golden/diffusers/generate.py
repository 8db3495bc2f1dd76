"""Trajectories of diffusers' schedulers, for tests/samplers/golden_test.cc. Written once; nothing in the build runs this.

    pip install diffusers==0.29.2 torch==1.12.1 'numpy<2' && python generate.py > trajectories.txt

The model is a formula, elementwise: data 1/2 N(m, s^2) + 1/2 N(-m, s^2) with m = 1.1, s = 0.4, so that
    V = alpha^2 s^2 + sigma^2,   x_0-hat = alpha s^2/V x + sigma^2/V m tanh(alpha m x/V).
Each case is run as shipped ("float": tables in float32) and with the scheduler's tables replaced by the same formulas
in float64 ("double"); only the stepping code is diffusers' then. FlowMatchEuler and DPMSolverMultistep cast the state to float32: float only.
Lines: case, precision, step, the state after that step ("start" and "noise k" lines: what went in).
"""
import numpy as np
import torch
import diffusers
from diffusers import (DDIMScheduler, DDPMScheduler, DPMSolverMultistepScheduler, FlowMatchEulerDiscreteScheduler)
from diffusers.schedulers import scheduling_ddpm

M, S, T = 1.1, 0.4, 1000
BETAS = torch.linspace(1e-4, 0.02, T, dtype=torch.float64)
ABAR = torch.cumprod(1 - BETAS, 0)
START = torch.tensor([[1.3, -0.7, 0.2, -2.1, 0.05, 0.9]], dtype=torch.float64)
NOISE = [torch.tensor([[np.sin(1.7 * (6 * k + i) + 0.3) * 1.4 for i in range(6)]], dtype=torch.float64) for k in range(40)]


def x0_hat(x, alpha, sigma):
    v = alpha**2 * S**2 + sigma**2
    return alpha * S**2 / v * x + sigma**2 / v * M * torch.tanh(alpha * M * x / v)


def eps_hat(x, i):
    alpha, sigma = ABAR[i].sqrt(), (1 - ABAR[i]).sqrt()
    return (x - alpha * x0_hat(x, alpha, sigma)) / sigma


def show(case, precision, step, x):
    print(case, precision, step, *(repr(float(v)) for v in x.flatten()))


def in_double(s):
    s.betas, s.alphas, s.alphas_cumprod = BETAS, 1 - BETAS, ABAR
    s.one = torch.tensor(1.0, dtype=torch.float64)
    s.final_alpha_cumprod = torch.tensor(1.0, dtype=torch.float64)


def run(case, scheduler, n, **step_arguments):
    for precision in ("float", "double"):
        s = scheduler()
        if precision == "double" and isinstance(s, DPMSolverMultistepScheduler):
            continue
        if precision == "double":
            in_double(s)
        s.set_timesteps(n)
        x = START.clone()
        for k, i in enumerate(s.timesteps):
            extra = {key: make(k) for key, make in step_arguments.items()}
            scheduling_ddpm.randn_tensor = lambda *_, **__: NOISE[k]
            x = s.step(eps_hat(x, int(i)), i, x, **extra).prev_sample
            show(case, precision, k, x)


def run_flow(case, n):
    s = FlowMatchEulerDiscreteScheduler(num_train_timesteps=T, shift=1.0)
    s.set_timesteps(n)
    x = START.clone()
    for k, t in enumerate(s.timesteps):
        sigma = float(s.sigmas[k])
        x0 = x0_hat(x, 1 - sigma, sigma)
        x = s.step((x - x0) / sigma, t, x).prev_sample.to(torch.float64)
        show(case, "float", k, x)
    show(case + "_times", "float", 0, s.sigmas)


print("# diffusers", diffusers.__version__, "torch", torch.__version__, "numpy", np.__version__)
show("start", "double", 0, START)
for k in range(20):
    show("noise", "double", k, NOISE[k])
common = dict(num_train_timesteps=T, beta_start=1e-4, beta_end=0.02, beta_schedule="linear", prediction_type="epsilon")
for variance in ("fixed_small", "fixed_large"):
    run("ddpm_" + variance, lambda: DDPMScheduler(**common, variance_type=variance, clip_sample=False,
                                                  timestep_spacing="leading"), 10)
for eta in (0.0, 1.0):
    run("ddim_eta_%d" % eta, lambda: DDIMScheduler(**common, clip_sample=False, set_alpha_to_one=True,
                                                   timestep_spacing="leading"), 10,
        eta=lambda k: eta, variance_noise=lambda k: NOISE[k] if eta > 0 else None)
run("ddim_trailing", lambda: DDIMScheduler(**common, clip_sample=False, timestep_spacing="trailing"), 20)
for n in (10, 20):
    run("dpm_solver_pp_2m_%d" % n, lambda: DPMSolverMultistepScheduler(
        **common, algorithm_type="dpmsolver++", solver_order=2, solver_type="midpoint", lower_order_final=True,
        final_sigmas_type="zero", timestep_spacing="trailing"), n)
run_flow("flow_euler", 12)
