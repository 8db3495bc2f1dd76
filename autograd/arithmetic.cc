#include "autograd/arithmetic.h"

#include <array>
#include <cstring>
#include <string>

#include "kernels/core/parallel.h"
#include "kernels/linear_combination/linear_combination.h"

namespace ito {
namespace {

std::string kind_of(const Tensor& x) { return std::string(dtype_name(x.dtype())) + " " + x.shape().text(); }

// The terms' tensors as contiguous ones of one shape and type; pointers to them stay valid while this lives.
template <class TermType>
class Operands {
 public:
  Operands(std::span<const TermType> terms, const char* who) {
    if (terms.empty() || terms.size() > kernels::kMaxTerms)
      throw InputError(std::string(who) + "() takes 1 to " + std::to_string(kernels::kMaxTerms) + " terms, not " +
                       std::to_string(terms.size()));
    for (const TermType& term : terms) {
      require(term.x.defined(), "a linear combination has an undefined term");
      if (term.x.shape() != terms[0].x.shape() || term.x.dtype() != terms[0].x.dtype())
        throw InputError(std::string(who) + "(): terms of " + kind_of(terms[0].x) + " and " + kind_of(term.x));
      packed_[count_++] = term.x.packed();
    }
  }
  template <class T>
  std::array<const T*, kernels::kMaxTerms> pointers() const {
    std::array<const T*, kernels::kMaxTerms> x{};
    for (std::size_t i = 0; i < count_; ++i) x[i] = packed_[i].template span<T>().data();
    return x;
  }

 private:
  std::array<Tensor, kernels::kMaxTerms> packed_;
  std::size_t count_ = 0;
};

// Copies `count` rows of `bytes` bytes; row r comes from source(r).
template <class Source>
void copy_rows(Context& context, std::int64_t count, std::int64_t bytes, std::byte* out, const Source& source) {
  constexpr std::int64_t kBytesWorthAThread = 1 << 18;
  const std::int64_t grain = kBytesWorthAThread / std::max<std::int64_t>(bytes, 1) + 1;
  parallel_for(context, count, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) std::memcpy(out + r * bytes, source(r), static_cast<std::size_t>(bytes));
  });
}

const std::byte* bytes_of(const Tensor& packed) {
  if (packed.dtype() == DType::i32) return reinterpret_cast<const std::byte*>(packed.span<std::int32_t>().data());
  return with_float_type(packed.dtype(),
                         [&]<class T>() { return reinterpret_cast<const std::byte*>(packed.span<T>().data()); });
}
std::byte* mutable_bytes_of(Tensor& packed) {
  if (packed.dtype() == DType::i32) return reinterpret_cast<std::byte*>(packed.mutable_span<std::int32_t>().data());
  return with_float_type(packed.dtype(),
                         [&]<class T>() { return reinterpret_cast<std::byte*>(packed.mutable_span<T>().data()); });
}

// Bytes of one index of the first axis.
std::int64_t row_bytes(const Tensor& x) {
  std::int64_t bytes = dtype_size(x.dtype());
  for (int axis = 1; axis < x.rank(); ++axis) bytes *= x.dim(axis);
  return bytes;
}

}  // namespace

Tensor combine(std::initializer_list<Term> terms) { return combine(std::span(terms.begin(), terms.size())); }

Tensor combine(std::span<const Term> terms) {
  const Operands operands(terms, "combine");
  std::array<double, kernels::kMaxTerms> coefficients{};
  for (std::size_t i = 0; i < terms.size(); ++i) coefficients[i] = terms[i].coefficient;
  Tensor y = Tensor::like(terms[0].x);
  with_float_type(y.dtype(), [&]<class T>() {
    kernels::linear_combination<T>(context(y), y.size(), std::span(coefficients).first(terms.size()),
                                   operands.template pointers<T>().data(), y.mutable_span<T>().data());
  });
  return y;
}

Tensor combine_per_sample(std::span<const SampleTerm> terms) {
  const Operands operands(terms, "combine_per_sample");
  require(terms[0].x.rank() >= 1, "combine_per_sample() takes tensors with a first axis, that of the samples");
  const std::int64_t samples = terms[0].x.dim(0);
  std::vector<double> coefficients;
  coefficients.reserve(terms.size() * static_cast<std::size_t>(samples));
  for (const SampleTerm& term : terms) {
    if (static_cast<std::int64_t>(term.coefficients.size()) != samples)
      throw InputError("combine_per_sample(): " + std::to_string(term.coefficients.size()) + " coefficients for " +
                       std::to_string(samples) + " samples");
    coefficients.insert(coefficients.end(), term.coefficients.begin(), term.coefficients.end());
  }
  Tensor y = Tensor::like(terms[0].x);
  if (samples == 0) return y;
  with_float_type(y.dtype(), [&]<class T>() {
    kernels::linear_combination_per_sample<T>(context(y), samples, y.size() / samples, coefficients,
                                              operands.template pointers<T>().data(), y.mutable_span<T>().data());
  });
  return y;
}

void accumulate(Tensor& total, const Tensor& x) {
  if (!total.defined() || !total.sole_owner() || !total.contiguous() || total.shape() != x.shape() ||
      total.dtype() != x.dtype()) {
    total = combine({{1, total}, {1, x}});
    return;
  }
  const Tensor packed = x.packed();
  with_float_type(total.dtype(), [&]<class T>() {
    T* sum = total.mutable_span<T>().data();
    const T* const terms[] = {sum, packed.span<T>().data()};
    const double ones[] = {1, 1};
    kernels::linear_combination<T>(context(total), total.size(), ones, terms, sum);
  });
}

Tensor gather_first(const Tensor& x, std::span<const std::int64_t> indices) {
  require(x.defined() && x.rank() >= 1, "gather_first() takes a tensor with a first axis");
  for (const std::int64_t index : indices)
    if (index < 0 || index >= x.dim(0))
      throw InputError("gather_first(): index " + std::to_string(index) + " of a tensor of shape " + x.shape().text());
  Shape shape = x.shape();
  shape.set(0, static_cast<std::int64_t>(indices.size()));
  Tensor y = Tensor::empty(shape, x.dtype(), x.device());
  const Tensor packed = x.packed();
  const std::byte* from = bytes_of(packed);
  const std::int64_t bytes = row_bytes(x);
  copy_rows(context(x), shape[0], bytes, mutable_bytes_of(y),
            [&](std::int64_t r) { return from + indices[static_cast<std::size_t>(r)] * bytes; });
  return y;
}

Tensor concatenate_first(std::span<const Tensor> parts) {
  require(!parts.empty() && parts[0].defined() && parts[0].rank() >= 1,
          "concatenate_first() takes at least one tensor with a first axis");
  std::int64_t rows = 0;
  for (const Tensor& part : parts) {
    require(part.defined(), "concatenate_first() was given an undefined tensor");
    Shape expected = part.shape();
    if (expected.rank() > 0) expected.set(0, parts[0].dim(0));
    if (expected != parts[0].shape() || part.dtype() != parts[0].dtype())
      throw InputError("concatenate_first(): " + kind_of(part) + " does not fit under " + kind_of(parts[0]));
    rows += part.dim(0);
  }
  Shape shape = parts[0].shape();
  shape.set(0, rows);
  Tensor y = Tensor::empty(shape, parts[0].dtype(), parts[0].device());
  std::int64_t begin = 0;
  for (const Tensor& part : parts) {
    y.slice_first(begin, begin + part.dim(0)).copy_from(part);
    begin += part.dim(0);
  }
  return y;
}

}  // namespace ito
