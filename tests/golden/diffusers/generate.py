"""Trajectories of diffusers' schedulers: writes posterior.npz, exponential.npz, ratio.npz and flow.npz beside this file.
Nothing in the build runs this.

    pip install diffusers==0.42.1 torch==2.15 scipy torchsde && python tests/golden/diffusers/generate.py

The model is the formula of two_points.py, asked at the noise that the scheduler itself believes the state to have (so a
case is the stepping code and the tables, not the rounding of times to integers). Every case is run twice:
    NAME.states   [calls + 1, 4]  float64, the start and the state after each call of step(), with the scheduler's
                                  tables and casts in float64 (float32_means_float64)
    NAME.shipped  [calls + 1, 4]  float32, as the library ships
    NAME.levels   [calls + 1]     the noise of those states: sigma/alpha, or sigma itself in flow.npz
    NAME.times    [calls]         what a network would have been given as time
and each file has noise [64, 4], whose row k is what the k-th call of step() draws. Options of a case: RUNS, below.
"""
import pathlib
import warnings

import diffusers
import numpy as np
import torch
from diffusers.utils import logging

import two_points
from two_points import NOISE, START, answer, float32_means_float64

logging.set_verbosity_error()
warnings.filterwarnings("ignore")
LINEAR = dict(beta_schedule="linear", beta_start=1e-4, beta_end=0.02)
SCALED = dict(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012)
COSINE = dict(beta_schedule="squaredcos_cap_v2")
EPS, X0, V = (dict(prediction_type=p) for p in ("epsilon", "sample", "v_prediction"))
LEADING, TRAILING, LINSPACE = (dict(timestep_spacing=s) for s in ("leading", "trailing", "linspace"))
KARRAS, EXPONENTIAL, BETA, LU = (dict([(k, True)]) for k in (
    "use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas", "use_lu_lambdas"))
TO_MIN = dict(final_sigmas_type="sigma_min")
FLOW = dict(use_flow_sigmas=True, prediction_type="flow_prediction")
NO_CLIP = dict(clip_sample=False)
# The log variance's place between the posterior's (-1) and the forward step's (1), as a learned_range network says it.
VARIANCE = torch.tensor([[-0.9, 0.2, 0.7, -0.3]], dtype=torch.float64)


def multistep(order, kind="dpmsolver++", solver="midpoint", **more):
    return dict(solver_order=order, algorithm_type=kind, solver_type=solver, **more)


# name, scheduler, steps, configuration, and what differs in its calls: step (arguments of step()), set (of
# set_timesteps()), begin (set_begin_index: where times repeat, the scheduler would otherwise start on the second of
# them and run off its list).
RUNS = {
    "posterior": [
        ("ddpm_fixed_small", "DDPM", 10, {**LINEAR, **EPS, **LEADING, **NO_CLIP, "variance_type": "fixed_small"}),
        ("ddpm_fixed_large", "DDPM", 10, {**LINEAR, **EPS, **LEADING, **NO_CLIP, "variance_type": "fixed_large"}),
        ("ddpm_learned_range", "DDPM", 10, {**COSINE, **EPS, **LEADING, **NO_CLIP, "variance_type": "learned_range"}),
        ("ddpm_linspace_v", "DDPM", 10, {**SCALED, **V, **LINSPACE, **NO_CLIP}),
        ("ddpm_trailing_x0", "DDPM", 7, {**COSINE, **X0, **TRAILING, **NO_CLIP}),
        ("ddpm_zero_snr", "DDPM", 10, {**SCALED, **V, **TRAILING, **NO_CLIP, "rescale_betas_zero_snr": True}),
        ("ddpm_fixed_large_trailing", "DDPM", 10, {**LINEAR, **EPS, **TRAILING, **NO_CLIP,
                                                   "variance_type": "fixed_large"}),
        ("ddim_eta_0", "DDIM", 10, {**LINEAR, **EPS, **LEADING, **NO_CLIP}),
        ("ddim_eta_1", "DDIM", 10, {**LINEAR, **EPS, **LEADING, **NO_CLIP}, dict(step=dict(eta=1.0))),
        ("ddim_eta_half", "DDIM", 5, {**SCALED, **V, **TRAILING, **NO_CLIP}, dict(step=dict(eta=0.5))),
        ("ddim_trailing", "DDIM", 20, {**LINEAR, **EPS, **TRAILING, **NO_CLIP}),
        ("ddim_offset_first", "DDIM", 10, {**SCALED, **EPS, **LEADING, **NO_CLIP, "steps_offset": 1,
                                           "set_alpha_to_one": False}),
        ("ddim_cosine_x0", "DDIM", 10, {**COSINE, **X0, **LEADING, **NO_CLIP}),
        ("ddim_zero_snr", "DDIM", 10, {**SCALED, **V, **TRAILING, **NO_CLIP, "rescale_betas_zero_snr": True}),
        ("ddim_linspace", "DDIM", 10, {**LINEAR, **EPS, **LINSPACE, **NO_CLIP}),
        ("ddim_trailing_7", "DDIM", 7, {**LINEAR, **EPS, **TRAILING, **NO_CLIP}),
        ("ddim_inverse", "DDIMInverse", 10, {**LINEAR, **EPS, **LEADING, **NO_CLIP}),
        ("ddim_inverse_trailing_v", "DDIMInverse", 10, {**SCALED, **V, **TRAILING, **NO_CLIP}),
        ("pndm", "PNDM", 10, {**SCALED, **EPS, **LEADING}),
        ("pndm_skip_prk", "PNDM", 10, {**SCALED, **EPS, **LEADING, "skip_prk_steps": True, "steps_offset": 1}),
        ("pndm_skip_prk_v", "PNDM", 10, {**LINEAR, **V, **TRAILING, "skip_prk_steps": True}),
        ("ipndm", "IPNDM", 10, {}),
        ("ipndm_betas", "IPNDM", 10, {"trained_betas": [float(np.sin(np.pi / 2 * 0.95 * k / 10)) for k in range(10, -1, -1)]}),
        ("lcm", "LCM", 5, {**SCALED, **EPS}),
        ("lcm_v", "LCM", 2, {**SCALED, **V}),
        ("tcd", "TCD", 5, {**SCALED, **EPS}, dict(step=dict(eta=0.3))),
        ("tcd_eta_0", "TCD", 5, {**SCALED, **X0}, dict(step=dict(eta=0.0))),
        ("tcd_eta_1_v", "TCD", 5, {**SCALED, **V}, dict(step=dict(eta=1.0))),
    ],
    "exponential": [
        *[(f"pp_{order}m_{n}", "DPMSolverMultistep", n, {**LINEAR, **EPS, **LINSPACE, **multistep(order)})
          for order in (1, 2, 3) for n in (5, 10)],
        ("pp_2m_16", "DPMSolverMultistep", 16, {**LINEAR, **EPS, **TRAILING, **multistep(2)}),
        ("pp_2m_heun", "DPMSolverMultistep", 10, {**SCALED, **V, **LEADING, **multistep(2, solver="heun")}),
        ("pp_2m_full", "DPMSolverMultistep", 10, {**SCALED, **X0, **TRAILING,
                                                  **multistep(2, lower_order_final=False), **TO_MIN}),
        ("pp_3m_full", "DPMSolverMultistep", 10, {**SCALED, **X0, **TRAILING,
                                                  **multistep(3, lower_order_final=False), **TO_MIN}),
        ("pp_2m_euler_at_final", "DPMSolverMultistep", 16, {**SCALED, **EPS, **multistep(2, euler_at_final=True),
                                                            **TO_MIN}),
        ("pp_2m_karras", "DPMSolverMultistep", 10, {**SCALED, **EPS, **multistep(2), **KARRAS}),
        ("pp_2m_karras_cosine", "DPMSolverMultistep", 10, {**COSINE, **EPS, **multistep(2), **KARRAS}, dict(begin=0)),
        ("pp_2m_lu", "DPMSolverMultistep", 10, {**SCALED, **EPS, **multistep(2), **LU}),
        ("pp_2m_exponential", "DPMSolverMultistep", 10, {**SCALED, **EPS, **multistep(2), **EXPONENTIAL}),
        ("pp_2m_beta", "DPMSolverMultistep", 10, {**SCALED, **EPS, **multistep(2), **BETA}),
        ("pp_2m_zero_snr", "DPMSolverMultistep", 10, {**SCALED, **V, **TRAILING, **multistep(2),
                                                      "rescale_betas_zero_snr": True}),
        *[(f"dpm_{order}m", "DPMSolverMultistep", 10, {**LINEAR, **EPS, **LINSPACE, **multistep(order, "dpmsolver"),
                                                       **TO_MIN}) for order in (1, 2, 3)],
        ("dpm_2m_heun", "DPMSolverMultistep", 10, {**LINEAR, **EPS, **LINSPACE, **multistep(2, "dpmsolver", "heun"),
                                                   **TO_MIN}),
        *[(f"sde_pp_{order}m_{solver}", "DPMSolverMultistep", 10,
           {**SCALED, **EPS, **multistep(order, "sde-dpmsolver++", solver), **KARRAS})
          for order, solver in ((1, "midpoint"), (2, "midpoint"), (2, "heun"), (3, "midpoint"))],
        *[(f"sde_dpm_{order}m_{solver}", "DPMSolverMultistep", 10,
           {**SCALED, **EPS, **multistep(order, "sde-dpmsolver", solver), **TO_MIN})
          for order, solver in ((1, "midpoint"), (2, "midpoint"), (2, "heun"))],
        *[(f"singlestep_pp_{order}", "DPMSolverSinglestep", n, {**SCALED, **EPS, **multistep(order), **EXPONENTIAL,
                                                                **TO_MIN}) for order, n in ((1, 6), (2, 7), (3, 10))],
        ("singlestep_pp_2_heun", "DPMSolverSinglestep", 7, {**SCALED, **EPS, **multistep(2, solver="heun"),
                                                            **EXPONENTIAL, **TO_MIN}),
        ("singlestep_pp_3_heun", "DPMSolverSinglestep", 10, {**SCALED, **EPS, **multistep(3, solver="heun"),
                                                             **EXPONENTIAL, **TO_MIN}),
        *[(f"singlestep_dpm_{order}", "DPMSolverSinglestep", n,
           {**SCALED, **EPS, **multistep(order, "dpmsolver"), **EXPONENTIAL, **TO_MIN}) for order, n in ((2, 7), (3, 10))],
        ("singlestep_linspace", "DPMSolverSinglestep", 10, {**LINEAR, **V, **multistep(2)}),
        ("singlestep_karras", "DPMSolverSinglestep", 10, {**LINEAR, **X0, **multistep(3), **KARRAS}),
        *[(f"unipc_{order}_{kind}", "UniPCMultistep", 10, {**LINEAR, **EPS, "solver_order": order, "solver_type": kind})
          for order in (1, 2, 3) for kind in ("bh1", "bh2")],
        ("unipc_3_full", "UniPCMultistep", 10, {**SCALED, **V, **TRAILING, "solver_order": 3,
                                                "lower_order_final": False, **TO_MIN}),
        ("unipc_2_eps", "UniPCMultistep", 10, {**LINEAR, **EPS, "solver_order": 2, "predict_x0": False, **TO_MIN}),
        ("unipc_3_eps_bh1", "UniPCMultistep", 10, {**LINEAR, **EPS, "solver_order": 3, "predict_x0": False,
                                                   "solver_type": "bh1", **TO_MIN}),
        ("unip_2", "UniPCMultistep", 10, {**LINEAR, **EPS, "solver_order": 2,
                                          "disable_corrector": list(range(10))}),
        ("unip_3", "UniPCMultistep", 10, {**LINEAR, **EPS, "solver_order": 3,
                                          "disable_corrector": list(range(10))}),
        ("unipc_2_karras", "UniPCMultistep", 10, {**SCALED, **X0, **KARRAS}),
        ("unipc_2_beta", "UniPCMultistep", 10, {**SCALED, **EPS, **BETA}),
        ("unipc_2_exponential", "UniPCMultistep", 5, {**SCALED, **EPS, **EXPONENTIAL}),
        *[(f"deis_{order}", "DEISMultistep", 10, {**LINEAR, **EPS, **LINSPACE, "solver_order": order})
          for order in (1, 2, 3)],
        ("deis_2_karras", "DEISMultistep", 10, {**SCALED, **V, **KARRAS}),
        ("deis_3_full", "DEISMultistep", 10, {**SCALED, **X0, **TRAILING, "solver_order": 3,
                                              "lower_order_final": False}),
        ("sa_2_2", "SASolver", 10, {**SCALED, **EPS, **LINSPACE}),
        ("sa_3_4", "SASolver", 10, {**SCALED, **EPS, **TRAILING, "predictor_order": 3, "corrector_order": 4}),
        ("sa_1_1", "SASolver", 10, {**SCALED, **V, **LEADING, "predictor_order": 1, "corrector_order": 1}),
        ("sa_2_2_ode", "SASolver", 10, {**SCALED, **EPS, **LINSPACE, "tau_func": lambda t: 0}),
        ("sa_2_2_sde", "SASolver", 10, {**SCALED, **EPS, **LINSPACE, "tau_func": lambda t: 1}),
        ("sa_2_2_karras", "SASolver", 10, {**SCALED, **EPS, **KARRAS}),
        *[(f"edm_pp_{order}m", "EDMDPMSolverMultistep", 10, {**multistep(order), **EPS}) for order in (1, 2, 3)],
        ("edm_pp_2m_heun", "EDMDPMSolverMultistep", 10, {**multistep(2, solver="heun"), **V, "sigma_schedule":
                                                         "exponential"}),
        ("edm_sde_pp_2m", "EDMDPMSolverMultistep", 10, {**multistep(2, "sde-dpmsolver++"), **EPS}),
    ],
    "ratio": [
        ("euler", "EulerDiscrete", 10, {**SCALED, **EPS, **LINSPACE}),
        ("euler_leading_v", "EulerDiscrete", 10, {**LINEAR, **V, **LEADING}),
        ("euler_trailing_x0", "EulerDiscrete", 5, {**COSINE, **X0, **TRAILING}),
        ("euler_log_linear", "EulerDiscrete", 10, {**SCALED, **EPS, "interpolation_type": "log_linear"}),
        ("euler_karras", "EulerDiscrete", 10, {**SCALED, **EPS, **KARRAS}),
        ("euler_exponential", "EulerDiscrete", 10, {**SCALED, **EPS, **EXPONENTIAL, **TO_MIN}),
        ("euler_beta", "EulerDiscrete", 10, {**SCALED, **EPS, **BETA}),
        ("euler_zero_snr", "EulerDiscrete", 10, {**SCALED, **V, **TRAILING, "rescale_betas_zero_snr": True}),
        ("euler_churn", "EulerDiscrete", 10, {**SCALED, **EPS, **KARRAS},
         dict(step=dict(s_churn=4.0, s_tmin=0.05, s_tmax=10.0, s_noise=1.003))),
        ("euler_ancestral", "EulerAncestralDiscrete", 10, {**SCALED, **EPS, **LINSPACE}),
        ("euler_ancestral_v", "EulerAncestralDiscrete", 10, {**LINEAR, **V, **TRAILING}),
        ("heun", "HeunDiscrete", 10, {**SCALED, **EPS, **LINSPACE}),
        ("heun_karras_v", "HeunDiscrete", 10, {**LINEAR, **V, **KARRAS}),
        ("heun_beta_x0", "HeunDiscrete", 5, {**COSINE, **X0, **TRAILING, **BETA}),
        ("lms", "LMSDiscrete", 10, {**SCALED, **EPS, **LINSPACE}),
        ("lms_2", "LMSDiscrete", 10, {**SCALED, **EPS, **TRAILING}, dict(step=dict(order=2))),
        ("lms_karras_x0", "LMSDiscrete", 10, {**LINEAR, **X0, **KARRAS}),
        ("kdpm2", "KDPM2Discrete", 10, {**SCALED, **EPS, **LINSPACE}),
        ("kdpm2_exponential_v", "KDPM2Discrete", 10, {**LINEAR, **V, **EXPONENTIAL}),
        ("kdpm2_ancestral", "KDPM2AncestralDiscrete", 10, {**SCALED, **EPS, **LINSPACE}),
        ("kdpm2_ancestral_karras_v", "KDPM2AncestralDiscrete", 10, {**LINEAR, **V, **KARRAS}),
        ("dpm_solver_sde", "DPMSolverSDE", 10, {**SCALED, **EPS, **LINSPACE}),
        ("dpm_solver_sde_karras_v", "DPMSolverSDE", 10, {**LINEAR, **V, **KARRAS}),
        ("edm_euler", "EDMEuler", 10, {**EPS}),
        ("edm_euler_exponential", "EDMEuler", 10, {**V, "sigma_schedule": "exponential", **TO_MIN}),
        ("edm_euler_churn", "EDMEuler", 10, {**EPS}, dict(step=dict(s_churn=4.0, s_tmin=0.05, s_tmax=50.0, s_noise=1.003))),
    ],
    "flow": [
        ("flow_euler", "FlowMatchEulerDiscrete", 10, dict(shift=1.0)),
        ("flow_euler_shift_3", "FlowMatchEulerDiscrete", 10, dict(shift=3.0)),
        ("flow_euler_dynamic", "FlowMatchEulerDiscrete", 10, dict(use_dynamic_shifting=True), dict(set=dict(mu=0.8))),
        ("flow_euler_dynamic_linear", "FlowMatchEulerDiscrete", 10,
         dict(use_dynamic_shifting=True, time_shift_type="linear"), dict(set=dict(mu=2.2))),
        ("flow_euler_terminal", "FlowMatchEulerDiscrete", 10, dict(shift=3.0, shift_terminal=0.02)),
        ("flow_euler_karras", "FlowMatchEulerDiscrete", 10, dict(**KARRAS)),
        ("flow_euler_exponential", "FlowMatchEulerDiscrete", 10, dict(**EXPONENTIAL)),
        ("flow_euler_beta", "FlowMatchEulerDiscrete", 10, dict(**BETA)),
        ("flow_euler_given", "FlowMatchEulerDiscrete", 10, dict(shift=3.0),
         dict(set=dict(sigmas=np.linspace(1.0, 0.1, 10)))),
        ("flow_euler_stochastic", "FlowMatchEulerDiscrete", 10, dict(shift=1.0, stochastic_sampling=True)),
        ("flow_heun", "FlowMatchHeunDiscrete", 10, dict(shift=1.0)),
        ("flow_heun_shift_3", "FlowMatchHeunDiscrete", 10, dict(shift=3.0)),
        ("flow_pp_2m", "DPMSolverMultistep", 10, {**multistep(2), **FLOW, "flow_shift": 3.0}),
        ("flow_pp_3m", "DPMSolverMultistep", 10, {**multistep(3), **FLOW, "flow_shift": 1.0}),
        ("flow_unipc_2", "UniPCMultistep", 10, {**FLOW, "flow_shift": 5.0}),
        ("flow_unipc_3", "UniPCMultistep", 10, {**FLOW, "flow_shift": 3.0, "solver_order": 3}),
        ("flow_deis_2", "DEISMultistep", 10, {**FLOW, "flow_shift": 3.0}),
        ("flow_sa_2_2", "SASolver", 10, {**FLOW, "flow_shift": 3.0}),
        ("flow_singlestep_2", "DPMSolverSinglestep", 9, {**multistep(2), **FLOW, "flow_shift": 3.0}),
    ],
}

BY_TIME = {"DDPM", "DDIM", "PNDM", "LCM", "TCD"}
RATIO_STATES = {"EulerDiscrete", "EulerAncestralDiscrete", "HeunDiscrete", "LMSDiscrete", "KDPM2Discrete",
                "KDPM2AncestralDiscrete", "DPMSolverSDE", "EDMEuler", "EDMDPMSolverMultistep"}


def ratio_of(abar):
    return float(((1 - abar) / abar) ** 0.5) if abar > 0 else float("inf")


def levels_by_time(name, s):
    """The noise before each call and after the last, of schedulers that look it up by training time."""
    abar = s.alphas_cumprod
    indices = [int(i) for i in s.timesteps]
    if name == "DDIMInverse":  # the state stands one stride below the time that it names
        stride = s.config.num_train_timesteps // s.num_inference_steps
        below = [ratio_of(abar[i - stride] if i >= stride else s.initial_alpha_cumprod) for i in indices]
        return below + [ratio_of(abar[indices[-1]])]
    last = {"DDPM": lambda: torch.tensor(1.0), "LCM": lambda: torch.tensor(1.0), "TCD": lambda: abar[0],
            "DDIM": lambda: s.final_alpha_cumprod, "PNDM": lambda: s.final_alpha_cumprod}[name]()
    return [ratio_of(abar[i]) for i in indices] + [ratio_of(last)]


def level_now(name, s, call):
    """The noise at which the model is asked in this call, of schedulers that keep a list."""
    i = s.step_index
    if name in ("KDPM2Discrete", "KDPM2AncestralDiscrete") and not s.state_in_first_order:
        return float(s.sigmas_interpol[i if name == "KDPM2Discrete" else i - 1])
    if name == "DPMSolverSDE" and not s.state_in_first_order:
        return float(s.mid_point_sigma)
    return float(s.sigmas[call])


def run(name, scheduler, steps, config, extra, flow):
    cls = getattr(diffusers, scheduler + "Scheduler")
    s = cls(**config)
    s.set_timesteps(steps, **extra.get("set", {}))
    if "begin" in extra:
        s.set_begin_index(extra["begin"])
    module = __import__(cls.__module__, fromlist=["x"])
    call = 0
    if hasattr(module, "randn_tensor"):
        module.randn_tensor = lambda *_, **__: NOISE[call]
    if scheduler in BY_TIME | {"DDIMInverse"}:
        levels = levels_by_time(scheduler, s)
    elif scheduler == "IPNDM":
        levels = [float(b / a) if a > 0 else float("inf") for a, b in zip(s.alphas, s.betas)]
    else:
        levels = None
    prediction = {"IPNDM": "v_prediction"}.get(scheduler, getattr(s.config, "prediction_type", "flow"))
    first = levels[0] if levels else float(s.sigmas[0])
    if flow:
        sigma = first
    elif scheduler in RATIO_STATES:
        sigma = first
    else:
        sigma = first / (1 + first**2) ** 0.5 if np.isfinite(first) else 1.0
    x = START * sigma
    states, at = [x], [first]
    for call, t in enumerate(s.timesteps):
        if hasattr(s, "noise_sampler"):
            s.noise_sampler = lambda *_: NOISE[call]
        if hasattr(s, "is_scale_input_called"):
            s.scale_model_input(x, t)
        elif hasattr(s, "step_index") and s.step_index is None:
            s._init_step_index(t)
        level = levels[call] if levels else level_now(scheduler, s, call)
        hat = 1.0
        if "s_churn" in extra.get("step", {}):  # the model is asked after the noise is added
            churn = extra["step"]
            if churn["s_tmin"] <= level <= churn["s_tmax"]:
                hat += min(churn["s_churn"] / (len(s.sigmas) - 1), 2**0.5 - 1)
        if scheduler == "DDIMInverse":  # the network is asked at the time that it names, about a state below it
            level = levels[call + 1]
        sigma_hat = level * hat
        x_hat = x + (NOISE[call] * churn["s_noise"] * (sigma_hat**2 - level**2) ** 0.5 if hat > 1 else 0)
        if flow:
            output = answer("flow", x_hat, 1 - sigma_hat, sigma_hat)
        elif scheduler in ("EDMEuler", "EDMDPMSolverMultistep"):
            data = s.config.sigma_data
            x0 = answer("sample", x_hat, 1.0, sigma_hat)
            c_skip = data**2 / (sigma_hat**2 + data**2)
            c_out = sigma_hat * data / (sigma_hat**2 + data**2) ** 0.5
            output = (x0 - c_skip * x_hat) / (c_out if prediction == "epsilon" else -c_out)
        else:
            root = (1 + sigma_hat**2) ** 0.5
            alpha, sigma = (1 / root, sigma_hat / root) if np.isfinite(sigma_hat) else (0.0, 1.0)
            output = answer(prediction, x_hat / root if scheduler in RATIO_STATES else x_hat, alpha, sigma)
        if config.get("variance_type") == "learned_range":
            output = torch.cat([output, VARIANCE], dim=1)
        x = s.step(output, t, x, **extra.get("step", {})).prev_sample
        x = x.to(two_points.FLOAT64)
        states.append(x)
        at.append(levels[call + 1] if levels else float(s.sigmas[call + 1]))
    return (np.concatenate([np.asarray(v) for v in states]), np.array(at, dtype=np.float64),
            np.array([float(t) for t in s.timesteps], dtype=np.float64))


def main():
    folder = pathlib.Path(__file__).parent
    torch.set_num_threads(1)
    print("diffusers", diffusers.__version__, "torch", torch.__version__, "numpy", np.__version__)
    versions = np.array([int(v) for v in (diffusers.__version__ + "." + torch.__version__.split("+")[0]).split(".")])
    noise = np.concatenate([np.asarray(z) for z in NOISE])
    for file, runs in RUNS.items():
        arrays = {"noise": noise, "versions": versions.astype(np.int64)}
        for name, scheduler, steps, config, *more in runs:
            extra = more[0] if more else {}
            flow = file == "flow"
            shipped, _, _ = run(name, scheduler, steps, config, extra, flow)
            with float32_means_float64():
                states, levels, times = run(name, scheduler, steps, config, extra, flow)
            arrays.update({name + ".states": states, name + ".shipped": shipped.astype(np.dtype("f4")),
                           name + ".levels": levels, name + ".times": times})
            print(f"{file:12} {name:28} {len(times):3} calls, shipped - double {np.abs(shipped - states).max():.1e}")
        np.savez_compressed(folder / (file + ".npz"), **arrays)


if __name__ == "__main__":
    main()
