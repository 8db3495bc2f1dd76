#include "autograd/tensor.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "autograd/storage.h"
#include "autograd/tape.h"

namespace ito {
namespace {

template <class F>
decltype(auto) with_type(DType dtype, F&& f) {
  if (dtype == DType::i32) return f.template operator()<std::int32_t>();
  return with_float_type(dtype, f);
}

std::int64_t rows_of(const Shape& shape) {
  std::int64_t rows = 1;
  for (int axis = 0; axis + 1 < shape.rank(); ++axis) rows *= shape[axis];
  return rows;
}

std::int64_t width_of(const Shape& shape) { return shape.rank() == 0 ? 1 : shape[-1]; }

// size * dtype_size, refused where it leaves 48 bits (what a machine can address).
std::size_t checked_bytes(const Shape& shape, DType dtype) {
  std::int64_t bytes = dtype_size(dtype);
  bool overflow = false;
  bool empty = false;
  for (const std::int64_t extent : shape.extents()) {
    if (extent == 0) empty = true;
    if (extent > 0) overflow |= __builtin_mul_overflow(bytes, extent, &bytes);
  }
  if (empty) return 0;
  if (overflow || bytes > (std::int64_t{1} << 47))
    throw InputError("a tensor of shape " + shape.text() + " does not fit in memory");
  return static_cast<std::size_t>(bytes);
}

template <class To, class From>
To convert(From value) {
  if constexpr (std::is_same_v<To, std::int32_t> && !std::is_same_v<From, std::int32_t>) {
    const double wide = value;
    if (!(wide >= std::numeric_limits<std::int32_t>::min() && wide <= std::numeric_limits<std::int32_t>::max()) ||
        std::floor(wide) != wide)
      throw InputError(std::to_string(wide) + " is not a whole number that int32 can hold");
  }
  return static_cast<To>(value);
}

}  // namespace

const char* dtype_name(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return "float";
    case DType::f64:
      return "double";
    case DType::i32:
      return "int32";
  }
  return "?";
}

std::int64_t dtype_size(DType dtype) { return dtype == DType::f64 ? 8 : 4; }

Tensor Tensor::empty(const Shape& shape, DType dtype, Device device) {
  if (device != Device::cpu) throw EnvironmentError("this build of ito has no CUDA backend");
  Tensor x;
  x.storage_ = Storage::allocate(checked_bytes(shape, dtype));
  x.shape_ = shape;
  x.row_stride_ = width_of(shape);
  x.dtype_ = dtype;
  x.device_ = device;
  return x;
}

Tensor Tensor::zeros(const Shape& shape, DType dtype, Device device) {
  Tensor x = empty(shape, dtype, device);
  std::memset(x.storage_->data(), 0, static_cast<std::size_t>(x.size() * dtype_size(dtype)));
  return x;
}

Tensor Tensor::full(const Shape& shape, double value, DType dtype, Device device) {
  Tensor x = empty(shape, dtype, device);
  with_type(dtype, [&]<class T>() { std::ranges::fill(x.mutable_span<T>(), convert<T>(value)); });
  return x;
}

template <class T>
Tensor Tensor::from(std::span<const T> values, const Shape& shape) {
  if (static_cast<std::int64_t>(values.size()) != shape.size())
    throw InputError("a tensor of shape " + shape.text() + " was given " + std::to_string(values.size()) + " values");
  Tensor x = empty(shape, dtype_of<T>);
  std::ranges::copy(values, x.mutable_span<T>().begin());
  return x;
}
template Tensor Tensor::from<float>(std::span<const float>, const Shape&);
template Tensor Tensor::from<double>(std::span<const double>, const Shape&);
template Tensor Tensor::from<std::int32_t>(std::span<const std::int32_t>, const Shape&);

bool Tensor::contiguous() const { return row_stride_ == width_of(shape_) || rows_of(shape_) <= 1; }

template <class T>
T* Tensor::data() const {
  require(defined(), "an undefined tensor has no elements");
  if (dtype_ != dtype_of<T>)
    throw InputError(std::string("a tensor of ") + dtype_name(dtype_) + " was read as " + dtype_name(dtype_of<T>));
  return reinterpret_cast<T*>(storage_->data()) + offset_;
}

template <class T>
std::span<const T> Tensor::span() const {
  const T* elements = data<T>();
  if (!contiguous()) throw InputError("a row-strided view of shape " + shape_.text() + " has no span: use rows()");
  return {elements, static_cast<std::size_t>(size())};
}

template <class T>
std::span<T> Tensor::mutable_span() {
  T* elements = data<T>();
  if (!contiguous()) throw InputError("a row-strided view of shape " + shape_.text() + " has no span: use rows()");
  storage_->count_write();
  return {elements, static_cast<std::size_t>(size())};
}

template <class T>
Rows<const T> Tensor::rows() const {
  return {data<T>(), rows_of(shape_), width_of(shape_), row_stride_};
}

template <class T>
Rows<T> Tensor::mutable_rows() {
  T* elements = data<T>();
  storage_->count_write();
  return {elements, rows_of(shape_), width_of(shape_), row_stride_};
}

#define ITO_INSTANTIATE(T)                             \
  template std::span<const T> Tensor::span<T>() const; \
  template std::span<T> Tensor::mutable_span<T>();     \
  template Rows<const T> Tensor::rows<T>() const;      \
  template Rows<T> Tensor::mutable_rows<T>();
ITO_INSTANTIATE(float)
ITO_INSTANTIATE(double)
ITO_INSTANTIATE(std::int32_t)
#undef ITO_INSTANTIATE

double Tensor::item() const {
  require(defined(), "an undefined tensor has no elements");
  if (size() != 1) throw InputError("a tensor of shape " + shape_.text() + " is not one number");
  return with_type(dtype_, [&]<class T>() { return static_cast<double>(*data<T>()); });
}

Tensor Tensor::detached_view(const Shape& shape, std::int64_t offset, std::int64_t row_stride) const {
  Tensor view = *this;
  view.shape_ = shape;
  view.offset_ = offset;
  view.row_stride_ = row_stride;
  view.tape_ = 0;
  view.tape_index_ = -1;
  return view;
}

Tensor Tensor::reshape(const Shape& shape) const {
  require(defined(), "an undefined tensor has no shape");
  if (shape.size() != size())
    throw InputError("a tensor of shape " + shape_.text() + " cannot be reshaped to " + shape.text());
  if (!contiguous()) throw InputError("a row-strided view of shape " + shape_.text() + " cannot be reshaped: clone it");
  Tensor view = detached_view(shape, offset_, width_of(shape));
  record(
      "reshape", view, {*this}, [from = shape_](const Tensor& dy) { return Grads{dy.packed().reshape(from)}; },
      Keeps::nothing);
  return view;
}

namespace {

void check_slice(const Shape& shape, int axis, std::int64_t begin, std::int64_t end) {
  if (shape.rank() == 0 || begin < 0 || begin > end || end > shape[axis])
    throw InputError("a slice [" + std::to_string(begin) + ", " + std::to_string(end) + ") does not lie in the " +
                     (axis == 0 ? "first" : "last") + " axis of shape " + shape.text());
}

}  // namespace

// Zeros of `shape` with this tensor's numbers at `begin` of one axis: the gradient of a slice.
Tensor Tensor::embedded(const Shape& shape, int axis, std::int64_t begin) const {
  Tensor whole = zeros(shape, dtype_, device_);
  const std::int64_t end = begin + shape_[axis];
  (axis == 0 ? whole.slice_first(begin, end) : whole.slice_last(begin, end)).copy_from(*this);
  return whole;
}

Tensor Tensor::slice_first(std::int64_t begin, std::int64_t end) const {
  require(defined(), "an undefined tensor has no slices");
  check_slice(shape_, 0, begin, end);
  if (rank() == 1) return slice_last(begin, end);
  Shape shape = shape_;
  shape.set(0, end - begin);
  std::int64_t rows = 1;  // of one index of the first axis
  for (int axis = 1; axis + 1 < rank(); ++axis) rows *= shape_[axis];
  Tensor view = detached_view(shape, offset_ + begin * rows * row_stride_, row_stride_);
  record(
      "slice_first", view, {*this},
      [from = shape_, begin](const Tensor& dy) { return Grads{dy.embedded(from, 0, begin)}; }, Keeps::nothing);
  return view;
}

Tensor Tensor::slice_last(std::int64_t begin, std::int64_t end) const {
  require(defined(), "an undefined tensor has no slices");
  check_slice(shape_, -1, begin, end);
  Shape shape = shape_;
  shape.set(-1, end - begin);
  Tensor view = detached_view(shape, offset_ + begin, rank() == 1 ? end - begin : row_stride_);
  record(
      "slice_last", view, {*this},
      [from = shape_, begin](const Tensor& dy) { return Grads{dy.embedded(from, -1, begin)}; }, Keeps::nothing);
  return view;
}

Tensor Tensor::packed() const {
  require(defined(), "an undefined tensor has nothing to copy");
  return contiguous() ? *this : clone();
}

Tensor Tensor::clone() const { return to(dtype_); }

Tensor Tensor::to(DType dtype) const {
  require(defined(), "an undefined tensor has nothing to copy");
  Tensor copy = empty(shape_, dtype, device_);
  with_type(dtype_, [&]<class From>() {
    with_type(dtype, [&]<class To>() {
      const Rows<const From> in = rows<From>();
      To* out = copy.mutable_span<To>().data();
      for (std::int64_t r = 0; r < in.count; ++r)
        std::transform(in.data + r * in.stride, in.data + r * in.stride + in.width, out + r * in.width,
                       [](From value) { return convert<To>(value); });
    });
  });
  return copy;
}

void Tensor::copy_from(const Tensor& x) {
  require(defined() && x.defined(), "an undefined tensor has nothing to copy");
  if (x.shape_ != shape_ || x.dtype_ != dtype_)
    throw InputError("a tensor of shape " + shape_.text() + " and type " + dtype_name(dtype_) + " cannot hold shape " +
                     x.shape_.text() + " and type " + dtype_name(x.dtype_));
  with_type(dtype_, [&]<class T>() {
    const Rows<const T> from = x.rows<T>();
    const Rows<T> to = mutable_rows<T>();
    for (std::int64_t r = 0; r < to.count; ++r)
      std::copy_n(from.data + r * from.stride, from.width, to.data + r * to.stride);
  });
}

std::uint64_t Tensor::version() const {
  require(defined(), "an undefined tensor has no version");
  return storage_->version();
}

Context& context(const Tensor& x) {
  if (x.device() != Device::cpu) throw EnvironmentError("this build of ito has no CUDA backend");
  return default_context();
}

}  // namespace ito
