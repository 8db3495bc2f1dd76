// A Gaussian probability path: x_t = alpha(t) x_0 + sigma(t) eps,  eps ~ N(0, I).
//
// t = 0 is data and t = 1 is noise on every path but `edm`, whose clock is sigma in [0.002, 80]. All numbers are
// double and come from ito::math, so that they are the same bits everywhere.
#pragma once

#include <limits>
#include <memory>
#include <string>

#include "samplers/quantities.h"

namespace ito {

class Path {
 public:
  virtual ~Path() = default;

  virtual const std::string& name() const = 0;
  // Two paths with the same signature (name and parameters) are the same path.
  virtual std::string signature() const = 0;

  // The clock's range. sigma(t_min) is 0 where clean_at_min(); alpha(t_max) may be 0 (lambda = -inf).
  virtual Time t_min() const = 0;
  virtual Time t_max() const = 0;
  bool clean_at_min() const { return sigma(t_min()) == 0.0; }
  // The time at which sigma = 0 and alpha = 1, with which a grid may close: t_min itself where that is clean, 0 on
  // `edm`, else kBeyondTheClock.
  virtual Time clean_end() const { return t_min(); }

  virtual double alpha(Time t) const = 0;
  virtual double sigma(Time t) const = 0;
  virtual double d_alpha(Time t) const = 0;  // alpha'(t)
  virtual double d_sigma(Time t) const = 0;  // sigma'(t); may be +inf at t_min (vp: sigma ~ sqrt t)
  virtual Lambda lambda(Time t) const = 0;
  virtual Time time(Lambda lambda) const = 0;  // the inverse of lambda(); InputError outside its range

  // f = alpha'/alpha and g^2 = -2 sigma^2 lambda'  (forward SDE dx = f x dt + g dw).
  virtual double drift(Time t) const;
  virtual double diffusion_squared(Time t) const;
};

// The clean end of paths on [0, 1] whose noise does not vanish at t = 0 (ve, laplace).
inline constexpr double kBeyondTheClock = -std::numeric_limits<double>::infinity();

using PathPtr = std::shared_ptr<const Path>;

// What a network is given as "time" in [0, 1] on any path: t itself, and for `edm` a fixed map of log sigma.
double network_time(const Path& path, Time t);

}  // namespace ito
