// Tensor: a shape, a type and shared storage. Copying a Tensor copies the handle, never the numbers.
//
// Layout is row-major and contiguous, with one exception: a slice of the last axis keeps its parent's row stride.
// Views are reshape, slice_first (contiguous) and slice_last (row-strided: span() refuses it, rows() gives it).
// Storage comes from a caching pool: after a warm-up, a loop that repeats its shapes asks the system for nothing.
// ITO_POISON=1 fills what the pool hands out with NaN.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "autograd/shape.h"
#include "kernels/core/context.h"

namespace ito {

enum class DType : unsigned char { f32, f64, i32 };
const char* dtype_name(DType dtype);  // "float", "double", "int32"
std::int64_t dtype_size(DType dtype);

template <class T>
inline constexpr DType dtype_of = DType::f32;
template <>
inline constexpr DType dtype_of<double> = DType::f64;
template <>
inline constexpr DType dtype_of<std::int32_t> = DType::i32;

// Rows of a matrix whose rows are `width` long and start `stride` apart.
template <class T>
struct Rows {
  T* data;
  std::int64_t count;
  std::int64_t width;
  std::int64_t stride;
};

class Storage;  // pooled bytes with a version that counts writes
class Tape;

class Tensor {
 public:
  Tensor() = default;  // undefined: no storage
  bool defined() const { return storage_ != nullptr; }

  static Tensor empty(const Shape& shape, DType dtype, Device device = Device::cpu);
  static Tensor zeros(const Shape& shape, DType dtype, Device device = Device::cpu);
  static Tensor full(const Shape& shape, double value, DType dtype, Device device = Device::cpu);
  static Tensor scalar(double value, DType dtype) { return full({}, value, dtype); }
  // Copies `values` (float, double or int32), whose count must be the shape's size.
  template <class T>
  static Tensor from(std::span<const T> values, const Shape& shape);
  template <class T>
  static Tensor from(const std::vector<T>& values, const Shape& shape) {
    return from(std::span<const T>(values), shape);
  }
  // Uninitialised, of the same shape, type and device.
  static Tensor like(const Tensor& x) { return empty(x.shape(), x.dtype(), x.device()); }
  static Tensor zeros_like(const Tensor& x) { return zeros(x.shape(), x.dtype(), x.device()); }

  const Shape& shape() const { return shape_; }
  std::int64_t dim(int axis) const { return shape_[axis]; }
  int rank() const { return shape_.rank(); }
  std::int64_t size() const { return shape_.size(); }
  DType dtype() const { return dtype_; }
  Device device() const { return device_; }
  // Elements from one row (last axis) to the next; dim(-1) when contiguous.
  std::int64_t row_stride() const { return row_stride_; }
  bool contiguous() const;

  // The elements of a contiguous tensor of T (float, double or int32); InputError for another type or a row-strided
  // view. The non-const form counts as a write: tensors recorded with the old values notice. A span holds no storage:
  // what is taken of a temporary (in the head of a for loop, too) ends with it.
  template <class T>
  std::span<const T> span() const;
  template <class T>
  std::span<T> mutable_span();
  // Rows of the last axis: count = size / dim(-1) (rank 0: one row of one).
  template <class T>
  Rows<const T> rows() const;
  template <class T>
  Rows<T> mutable_rows();
  double item() const;  // the one element, of any type; InputError when there is not exactly one

  // Views (recorded on the tape when this tensor is).
  Tensor reshape(const Shape& shape) const;                        // contiguous only; the same number of elements
  Tensor slice_first(std::int64_t begin, std::int64_t end) const;  // [begin, end) of the first axis
  Tensor slice_last(std::int64_t begin, std::int64_t end) const;   // [begin, end) of the last axis

  // Copies (not recorded).
  Tensor packed() const;  // this tensor where it is contiguous, else a contiguous copy
  Tensor clone() const;   // contiguous
  // Contiguous, of another type (or a clone). Doubles round to the nearest float; what becomes int32 must be whole
  // numbers in its range.
  Tensor to(DType dtype) const;
  // Overwrites these elements with x's, which has the same shape and type.
  void copy_from(const Tensor& x);

  // True when no other tensor shares the storage: what this handle sees may be overwritten unnoticed.
  bool sole_owner() const { return storage_.use_count() == 1; }
  // True when the calling thread's tape knows how this value was computed, or watches it; see tape.h.
  bool on_tape() const;
  // How often the storage behind this tensor (shared with its views) was opened for writing.
  std::uint64_t version() const;

 private:
  friend class Tape;
  Tensor embedded(const Shape& shape, int axis, std::int64_t begin) const;
  template <class T>
  T* data() const;  // checks that elements are T
  Tensor detached_view(const Shape& shape, std::int64_t offset, std::int64_t row_stride) const;

  std::shared_ptr<Storage> storage_;
  std::int64_t offset_ = 0;  // elements
  Shape shape_;
  std::int64_t row_stride_ = 0;
  DType dtype_ = DType::f32;
  Device device_ = Device::cpu;
  std::uint64_t tape_ = 0;  // which recording (a number no two share); 0: none
  std::int64_t tape_index_ = -1;
};

// The context that kernels on this tensor's device use: the calling thread's.
Context& context(const Tensor& x);

// f.template operator()<float>() or <double>(), by x's type; InputError for int32.
template <class F>
decltype(auto) with_float_type(DType dtype, F&& f) {
  if (dtype == DType::f64) return f.template operator()<double>();
  require(dtype == DType::f32, "this operation takes float or double tensors");
  return f.template operator()<float>();
}

// How often tensor storage was asked of the system since the process began; what a training step must not raise.
std::int64_t storage_allocations();

}  // namespace ito
