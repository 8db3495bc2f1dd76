// Convolution: z = x * w + b, y = activation(z):   dz = activation'(z) dy,   db = sum of dz's rows,   dx, dw by the
// kernel's two gradients. The transposed convolution is the data gradient run forward, so its own gradients are the
// forward pass (dx = dy * w) and the weight gradient with x and dy in each other's place.
#include "kernels/convolution/convolution.h"

#include <array>
#include <string>

#include "autograd/ops/activation.h"
#include "autograd/ops/ops.h"
#include "autograd/tape.h"

namespace ito {
namespace {

[[noreturn]] void refuse(const char* name, const std::string& what) {
  throw InputError(std::string(name) + "(): " + what);
}

std::string described(const Tensor& x) { return std::string(dtype_name(x.dtype())) + " " + x.shape().text(); }

// Checks what both operators ask of their tensors: x's last axis is w's axis `in`, bias has as many elements as w's
// axis `out`.
void require_operands(const char* name, const Tensor& x, const Tensor& w, const Tensor& bias, int in, int out,
                      const Conv2dOptions& o) {
  if (!x.defined() || !w.defined()) refuse(name, "was given an undefined tensor");
  if (x.rank() != 4 || w.rank() != 4 || x.dim(3) != w.dim(in) || x.dtype() != w.dtype())
    refuse(name, described(x) + " and the weight " + described(w) + " do not fit");
  if (bias.defined() && (bias.rank() != 1 || bias.dim(0) != w.dim(out) || bias.dtype() != w.dtype()))
    refuse(name, "the weight " + described(w) + " and the bias " + described(bias) + " do not fit");
  if (o.stride < 1 || o.dilation < 1 || o.padding < 0)
    refuse(name, "stride " + std::to_string(o.stride) + ", padding " + std::to_string(o.padding) + " and dilation " +
                     std::to_string(o.dilation) + " must be at least 1, 0 and 1");
}

// The kernel's shape for images [N, H, W, C_in] and a weight [KH, KW, C_in, C_out].
kernels::ConvolutionShape shape_of(const Shape& images, const Tensor& w, const Conv2dOptions& o) {
  return {.images = images[0],
          .height = images[1],
          .width = images[2],
          .c_in = w.dim(2),
          .c_out = w.dim(3),
          .kernel_h = w.dim(0),
          .kernel_w = w.dim(1),
          .stride_h = o.stride,
          .stride_w = o.stride,
          .padding_h = o.padding,
          .padding_w = o.padding,
          .dilation_h = o.dilation,
          .dilation_w = o.dilation};
}

template <class T>
const T* pixels(const Tensor& x) {
  return x.rows<T>().data;
}

template <class T>
const T* optional(const Tensor& bias) {
  return bias.defined() ? bias.span<T>().data() : nullptr;
}

// y = x * w + bias and what follows it; `epilogue` may be null.
Tensor forward(const kernels::ConvolutionShape& s, const Tensor& x, const Tensor& w, Tensor y, const Tensor& bias,
               EpilogueActivation* epilogue) {
  const Tensor packed = w.packed();
  with_float_type(x.dtype(), [&]<class T>() {
    kernels::ConvolutionArguments<T> g{.shape = s,
                                       .x = pixels<T>(x),
                                       .x_pixel_stride = x.row_stride(),
                                       .w = packed.span<T>().data(),
                                       .y = y.mutable_span<T>().data(),
                                       .bias = optional<T>(bias)};
    if (epilogue != nullptr) {
      g.activation = epilogue->kernel();
      g.pre_activation = epilogue->pre_activation<T>();
    }
    kernels::convolution(context(x), g);
  });
  return y;
}

Tensor data_gradient(const kernels::ConvolutionShape& s, const Tensor& dy, const Tensor& w, const Tensor& bias) {
  Tensor dx = Tensor::empty({s.images, s.height, s.width, s.c_in}, dy.dtype(), dy.device());
  const Tensor packed = w.packed();
  with_float_type(dy.dtype(), [&]<class T>() {
    kernels::convolution_data_gradient<T>(context(dy), {.shape = s,
                                                        .dy = pixels<T>(dy),
                                                        .dy_pixel_stride = dy.row_stride(),
                                                        .w = packed.span<T>().data(),
                                                        .dx = dx.mutable_span<T>().data(),
                                                        .bias = optional<T>(bias)});
  });
  return dx;
}

Tensor weight_gradient(const kernels::ConvolutionShape& s, const Tensor& x, const Tensor& dy) {
  Tensor dw = Tensor::empty({s.kernel_h, s.kernel_w, s.c_in, s.c_out}, x.dtype(), x.device());
  with_float_type(x.dtype(), [&]<class T>() {
    kernels::convolution_weight_gradient<T>(context(x), {.shape = s,
                                                         .x = pixels<T>(x),
                                                         .x_pixel_stride = x.row_stride(),
                                                         .dy = pixels<T>(dy),
                                                         .dy_pixel_stride = dy.row_stride(),
                                                         .dw = dw.mutable_span<T>().data()});
  });
  return dw;
}

}  // namespace

Tensor conv2d(const Tensor& x, const Tensor& w, const Tensor& bias, const Conv2dOptions& options,
              Activation activation) {
  require_operands("conv2d", x, w, bias, 2, 3, options);
  const kernels::ConvolutionShape s = shape_of(x.shape(), w, options);
  if (s.out_height() < 1 || s.out_width() < 1)
    refuse("conv2d", "the kernel " + w.shape().text() + ", dilated by " + std::to_string(options.dilation) +
                         ", is larger than the image " + x.shape().text() + " with a padding of " +
                         std::to_string(options.padding));
  Tensor y = Tensor::empty({s.images, s.out_height(), s.out_width(), s.c_out}, x.dtype(), x.device());
  EpilogueActivation epilogue(activation, y, std::array{x, w, bias});
  y = forward(s, x, w, y, bias, &epilogue);
  record(
      "conv2d", y, {x, w, bias},
      [x, w, s, activation, saved = epilogue.reads_y ? y : epilogue.z](Tensor dy) {
        const Tensor dz = activation_gradient(activation, saved, std::move(dy));
        Grads grads(3);
        if (gradient_wanted(0)) grads[0] = data_gradient(s, dz, w, Tensor());
        if (gradient_wanted(1)) grads[1] = weight_gradient(s, x, dz);
        if (gradient_wanted(2)) grads[2] = sum_of_rows(dz);
        return grads;
      },
      epilogue.reads_y ? Keeps::inputs_and_output : Keeps::inputs);
  return y;
}

Tensor conv_transpose2d(const Tensor& x, const Tensor& w, const Tensor& bias, const Conv2dOptions& options,
                        std::int64_t output_padding) {
  require_operands("conv_transpose2d", x, w, bias, 3, 2, options);
  if (output_padding < 0 || output_padding >= options.stride)
    refuse("conv_transpose2d", "output_padding " + std::to_string(output_padding) +
                                   " must be at least 0 and below the stride " + std::to_string(options.stride));
  const auto extent = [&](int axis) {
    return (x.dim(axis) - 1) * options.stride - 2 * options.padding + options.dilation * (w.dim(axis - 1) - 1) +
           output_padding + 1;
  };
  if (x.dim(1) < 1 || x.dim(2) < 1 || extent(1) < 1 || extent(2) < 1)
    refuse("conv_transpose2d", "an image " + x.shape().text() + " and the kernel " + w.shape().text() +
                                   " with a padding of " + std::to_string(options.padding) + " leave no pixel");
  // The convolution that this turns round: its image is y, its result x.
  const kernels::ConvolutionShape s = shape_of({x.dim(0), extent(1), extent(2), w.dim(2)}, w, options);
  Tensor y = data_gradient(s, x, w, bias);
  record("conv_transpose2d", y, {x, w, bias}, [x, w, s](const Tensor& dy) {
    Grads grads(3);
    if (gradient_wanted(0))
      grads[0] = forward(s, dy, w, Tensor::empty(x.shape(), x.dtype(), x.device()), Tensor(), nullptr);
    if (gradient_wanted(1)) grads[1] = weight_gradient(s, dy, x);
    if (gradient_wanted(2)) grads[2] = sum_of_rows(dy);
    return grads;
  });
  return y;
}

}  // namespace ito
