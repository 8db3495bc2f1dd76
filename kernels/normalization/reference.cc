#include <cmath>
#include <vector>

#include "kernels/normalization/normalization.h"

namespace ito::kernels::reference {
namespace {

// The elements that share a mean: every channel of one position, or a group's channels at all positions.
struct Set {
  std::int64_t sample, position_begin, position_end, channel_begin, channel_end;

  template <class F>
  void each(std::int64_t positions, std::int64_t channels, const F& f) const {
    for (std::int64_t p = position_begin; p < position_end; ++p)
      for (std::int64_t c = channel_begin; c < channel_end; ++c)
        f(static_cast<std::size_t>((sample * positions + p) * channels + c), c);
  }
  double size() const { return static_cast<double>((position_end - position_begin) * (channel_end - channel_begin)); }
};

template <class T>
std::vector<Set> rows_of(const Normalization<T>& f) {
  std::vector<Set> sets;
  for (std::int64_t n = 0; n < f.samples; ++n)
    for (std::int64_t p = 0; p < f.positions; ++p) sets.push_back({n, p, p + 1, 0, f.channels});
  return sets;
}

template <class T>
std::vector<Set> groups_of(const Normalization<T>& f) {
  std::vector<Set> sets;
  const std::int64_t width = f.channels / f.groups;
  for (std::int64_t n = 0; n < f.samples; ++n)
    for (std::int64_t g = 0; g < f.groups; ++g) sets.push_back({n, 0, f.positions, g * width, (g + 1) * width});
  return sets;
}

struct Moments {
  double mean, reciprocal_std;
};

template <class T>
Moments moments(const Normalization<T>& f, const Set& set, bool centred, const T* x) {
  double sum = 0, squares = 0;
  if (centred)
    set.each(f.positions, f.channels, [&](std::size_t i, std::int64_t) { sum += static_cast<double>(x[i]); });
  const double mean = sum / set.size();
  set.each(f.positions, f.channels, [&](std::size_t i, std::int64_t) {
    const double t = static_cast<double>(x[i]) - mean;
    squares += t * t;
  });
  return {mean, 1 / std::sqrt(squares / set.size() + f.epsilon)};
}

struct Channel {
  double weight, bias, scale, shift;
};

template <class T>
Channel channel(const Normalization<T>& f, std::int64_t sample, std::int64_t c) {
  const auto at = [](const T* p, std::int64_t i, double missing) {
    return p == nullptr ? missing : static_cast<double>(p[i]);
  };
  return {at(f.weight, c, 1), at(f.bias, c, 0), 1 + at(f.scale, sample * f.channels + c, 0),
          at(f.shift, sample * f.channels + c, 0)};
}

template <class T>
void forward(const Normalization<T>& f, const std::vector<Set>& sets, bool centred, const T* x, T* y) {
  for (const Set& set : sets) {
    const Moments m = moments(f, set, centred, x);
    set.each(f.positions, f.channels, [&](std::size_t i, std::int64_t c) {
      const Channel k = channel(f, set.sample, c);
      const double xhat = (static_cast<double>(x[i]) - m.mean) * m.reciprocal_std;
      const double z = (xhat * k.weight + k.bias) * k.scale + k.shift;
      y[i] = static_cast<T>(f.silu ? z / (1 + std::exp(-z)) : z);
    });
  }
}

template <class T>
void backward(const Normalization<T>& f, const std::vector<Set>& sets, bool centred, const T* x, const T* dy,
              const NormalizationGradients<T>& gradients) {
  const std::size_t per_sample = static_cast<std::size_t>(f.samples * f.channels);
  std::vector<double> weight(static_cast<std::size_t>(f.channels)), bias(weight), scale(per_sample), shift(per_sample);
  for (const Set& set : sets) {
    const Moments m = moments(f, set, centred, x);
    double sum_h = 0, sum_h_xhat = 0;
    const auto visit = [&](const auto& take) {
      set.each(f.positions, f.channels, [&](std::size_t i, std::int64_t c) {
        const Channel k = channel(f, set.sample, c);
        const double xhat = (static_cast<double>(x[i]) - m.mean) * m.reciprocal_std;
        const double n = xhat * k.weight + k.bias, z = n * k.scale + k.shift, s = 1 / (1 + std::exp(-z));
        const double dz = static_cast<double>(dy[i]) * (f.silu ? s * (1 + z * (1 - s)) : 1);
        take(i, c, k, xhat, n, dz);
      });
    };
    visit([&](std::size_t, std::int64_t c, const Channel& k, double xhat, double n, double dz) {
      const std::size_t of_channel = static_cast<std::size_t>(c);
      const std::size_t of_sample = static_cast<std::size_t>(set.sample * f.channels + c);
      weight[of_channel] += dz * k.scale * xhat;
      bias[of_channel] += dz * k.scale;
      scale[of_sample] += dz * n;
      shift[of_sample] += dz;
      sum_h += dz * k.scale * k.weight;
      sum_h_xhat += dz * k.scale * k.weight * xhat;
    });
    visit([&](std::size_t i, std::int64_t, const Channel& k, double xhat, double, double dz) {
      gradients.dx[i] =
          static_cast<T>(m.reciprocal_std * (dz * k.scale * k.weight - (centred ? sum_h / set.size() : 0) -
                                             xhat * sum_h_xhat / set.size()));
    });
  }
  const auto give = [](const std::vector<double>& sums, T* to) {
    if (to == nullptr) return;
    for (std::size_t i = 0; i < sums.size(); ++i) to[i] = static_cast<T>(sums[i]);
  };
  give(weight, gradients.weight);
  give(bias, gradients.bias);
  give(scale, gradients.scale);
  give(shift, gradients.shift);
}

}  // namespace

template <class T>
void row_norm(const Normalization<T>& f, bool centred, const T* x, T* y) {
  forward(f, rows_of(f), centred, x, y);
}
template <class T>
void row_norm_gradient(const Normalization<T>& f, bool centred, const T* x, const T* dy,
                       const NormalizationGradients<T>& gradients) {
  backward(f, rows_of(f), centred, x, dy, gradients);
}
template <class T>
void group_norm(const Normalization<T>& f, const T* x, T* y) {
  forward(f, groups_of(f), true, x, y);
}
template <class T>
void group_norm_gradient(const Normalization<T>& f, const T* x, const T* dy,
                         const NormalizationGradients<T>& gradients) {
  backward(f, groups_of(f), true, x, dy, gradients);
}

#define ITO_INSTANTIATE(T)                                                              \
  template void row_norm<T>(const Normalization<T>&, bool, const T*, T*);               \
  template void row_norm_gradient<T>(const Normalization<T>&, bool, const T*, const T*, \
                                     const NormalizationGradients<T>&);                 \
  template void group_norm<T>(const Normalization<T>&, const T*, T*);                   \
  template void group_norm_gradient<T>(const Normalization<T>&, const T*, const T*, const NormalizationGradients<T>&);
ITO_INSTANTIATE(float)
ITO_INSTANTIATE(double)
#undef ITO_INSTANTIATE

}  // namespace ito::kernels::reference
