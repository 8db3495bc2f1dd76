#include "experiments/training/options.h"

#include <utility>
#include <vector>

namespace ito::experiments {
namespace {

constexpr double kMost = 9007199254740992.0;  // 2^53: whole numbers are exact to here

void append(std::vector<Parameter>& parameters, std::vector<Parameter> more) {
  for (Parameter& parameter : more) parameters.push_back(std::move(parameter));
}

Entry make_entry() {
  const TrainingOptions d;
  Entry entry;
  entry.name = "training";
  entry.kind = "training";
  entry.summary = "how a network is trained";
  entry.parameters = {
      {.name = "path",
       .default_value = d.path,
       .meaning = "path that a network is trained on; any other is sampled by adapting"},
      {.name = "steps", .default_value = d.steps, .meaning = "optimiser steps", .min = 0, .max = kMost},
      {.name = "batch", .default_value = d.batch, .meaning = "examples a step", .min = 1, .max = 1 << 24},
      {.name = "shard",
       .default_value = d.shard,
       .meaning = "examples whose gradients are summed as one unit; 0: 8 for images, 256 for points",
       .min = 0,
       .max = 1 << 24},
      {.name = "seed",
       .default_value = static_cast<std::int64_t>(d.seed),
       .meaning = "decides initial weights, batches, times and noise",
       .min = 0,
       .max = kMost},
      {.name = "learning_rate",
       .default_value = d.learning_rate,
       .meaning = "AdamW's peak learning rate",
       .min = 0,
       .max = 1e3},
      {.name = "warmup", .default_value = d.warmup, .meaning = "steps of linear warm-up", .min = 0, .max = kMost},
      {.name = "schedule",
       .default_value = std::string("cosine"),
       .meaning = "learning rate after the warm-up; linear and cosine end at 0",
       .choices = {"constant", "linear", "cosine"}},
      {.name = "weight_decay",
       .default_value = d.weight_decay,
       .meaning = "AdamW's decoupled decay",
       .min = 0,
       .max = 1e3},
      {.name = "clip_norm",
       .default_value = d.clip_norm,
       .meaning = "largest norm of the whole gradient; 0: not clipped",
       .min = 0},
      {.name = "ema",
       .default_value = d.ema,
       .meaning = "decay of the averaged weights that are sampled from; 0: the last weights",
       .min = 0,
       .max = 0.9999999},
      {.name = "condition_dropout",
       .default_value = d.condition_dropout,
       .meaning = "share of examples trained without their label",
       .min = 0,
       .max = 1},
      {.name = "loss_weight",
       .default_value = std::string("uniform"),
       .meaning =
           "weight of a time in the loss: uniform on the network's own prediction; snr, min_snr, edm on x_0; p2, "
           "sigmoid on eps",
       .choices = loss_weight_names()},
  };
  append(entry.parameters, loss_weight_parameters());
  entry.parameters.push_back(
      {.name = "times",
       .default_value = std::string("lambda"),
       .meaning = "law of the training times: uniform in t, discrete, uniform in lambda, log-normal in sigma / alpha, "
                  "logit-normal in t",
       .choices = time_law_names()});
  append(entry.parameters, time_law_parameters());
  entry.parameters.push_back({.name = "t_min",
                              .default_value = d.t_min,
                              .meaning = "training times lie in [t_min, 1]",
                              .min = 0,
                              .max = 0.999});
  return entry;
}

}  // namespace

const Entry& training_entry() {
  static const Entry entry = make_entry();
  return entry;
}

std::span<const Parameter> training_parameters() { return training_entry().parameters; }

TrainingOptions training_options(const Parameters& values) {
  TrainingOptions o;
  o.path = values.text("path");
  o.steps = values.integer("steps");
  o.batch = values.integer("batch");
  o.shard = values.integer("shard");
  o.seed = static_cast<std::uint64_t>(values.integer("seed"));
  o.learning_rate = values.number("learning_rate");
  o.warmup = values.integer("warmup");
  o.schedule = decay_from_name(values.text("schedule"));
  o.weight_decay = values.number("weight_decay");
  o.clip_norm = values.number("clip_norm");
  o.ema = values.number("ema");
  o.condition_dropout = values.number("condition_dropout");
  o.loss_weight = {.rule = loss_weight_from_name(values.text("loss_weight")),
                   .min_snr_gamma = values.number("min_snr_gamma"),
                   .p2_k = values.number("p2_k"),
                   .p2_gamma = values.number("p2_gamma"),
                   .sigma_data = values.number("sigma_data"),
                   .sigmoid_bias = values.number("sigmoid_bias")};
  o.times = {.law = time_law_from_name(values.text("times")),
             .stratified = values.boolean("stratified"),
             .timesteps = values.integer("timesteps"),
             .log_normal_mean = values.number("log_normal_mean"),
             .log_normal_std = values.number("log_normal_std"),
             .logit_normal_mean = values.number("logit_normal_mean"),
             .logit_normal_std = values.number("logit_normal_std")};
  o.t_min = values.number("t_min");
  return o;
}

}  // namespace ito::experiments
