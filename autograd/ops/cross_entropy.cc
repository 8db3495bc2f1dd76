// The loss of a classifier, with z = log_softmax(logits), s the label smoothing (Szegedy 2016, section 7) and C
// classes:
//
//   loss = -scale sum_n [(1 - s) z_n,label + s/C sum_c z_nc]
//   d loss / d logits_nc = scale (softmax_nc - (1 - s) [c = label_n] - s/C)
#include <string>

#include "autograd/ops/ops.h"
#include "autograd/ops/rows.h"
#include "autograd/tape.h"
#include "kernels/core/math.h"
#include "kernels/softmax/softmax.h"
#include "kernels/sum/sum.h"

namespace ito {

Tensor cross_entropy(const Tensor& logits, const Tensor& labels, double scale, double smoothing) {
  require(logits.defined() && labels.defined() && logits.rank() == 2, "cross_entropy() takes logits [N, classes]");
  require(smoothing >= 0 && smoothing < 1, "cross_entropy(): label smoothing lies in [0, 1)");
  const std::int64_t n = logits.dim(0), classes = logits.dim(1);
  if (labels.dtype() != DType::i32 || labels.size() != n || classes < 1)
    throw InputError("cross_entropy(): " + std::string(dtype_name(labels.dtype())) + " " + labels.shape().text() +
                     " labels for logits " + logits.shape().text() + "; one int32 a row was expected");
  const Tensor kept_labels = labels.clone();  // the caller may write the next batch's over them
  for (const std::int32_t label : kept_labels.span<std::int32_t>())
    if (label < 0 || label >= classes)
      throw InputError("cross_entropy(): label " + std::to_string(label) + "; 0 to " + std::to_string(classes - 1) +
                       " were expected");
  const Tensor packed = logits.packed();
  Tensor z = Tensor::like(packed);
  Tensor loss = with_float_type(logits.dtype(), [&]<class T>() {
    Context& c = context(logits);
    kernels::log_softmax<T>(c, n, classes, packed.span<T>().data(), z.mutable_span<T>().data());
    Tensor picked = Tensor::empty({n}, logits.dtype(), logits.device());
    const std::span<T> out = picked.mutable_span<T>();
    const std::span<const T> rows = z.span<T>();
    for (std::int64_t i = 0; i < n; ++i) {
      const auto label = static_cast<std::int64_t>(kept_labels.span<std::int32_t>()[static_cast<std::size_t>(i)]);
      out[static_cast<std::size_t>(i)] = rows[static_cast<std::size_t>(i * classes + label)];
    }
    double total = (1 - smoothing) * kernels::sum<T>(c, n, out.data());
    if (smoothing > 0) total += smoothing / static_cast<double>(classes) * kernels::sum<T>(c, n * classes, rows.data());
    return Tensor::scalar(-scale * total, logits.dtype());
  });
  record(
      "cross_entropy", loss, {logits},
      [z, kept_labels, scale, smoothing](const Tensor& dy) {
        Tensor dx = Tensor::like(z);
        const std::int64_t width = z.dim(1);
        const double factor = scale * dy.item(), even = smoothing / static_cast<double>(width);
        with_float_type(z.dtype(), [&]<class T>() {
          const std::span<T> out = dx.mutable_span<T>();
          const std::span<const T> rows = z.span<T>();
          for (std::size_t i = 0; i < out.size(); ++i) {
            const auto column = static_cast<std::int64_t>(i) % width;
            const std::int32_t label = kept_labels.span<std::int32_t>()[i / static_cast<std::size_t>(width)];
            const double target = even + (column == label ? 1 - smoothing : 0);
            out[i] = static_cast<T>(factor * (math::exp(static_cast<double>(rows[i])) - target));
          }
        });
        return Grads{dx};
      },
      Keeps::nothing);
  return loss;
}

}  // namespace ito
