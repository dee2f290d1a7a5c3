#include "optim/step.h"

#include <array>

#include <fmt/format.h>

#include <lamella/autograd.h>
#include <lamella/error.h>
#include <lamella/ops/create.h>

#include "core/tensor_impl.h"
#include "ops/layout.h"

namespace lamella::optim {

namespace {

bool same_strides(const Tensor& a, const Tensor& b) {
  for (std::size_t axis = 0; axis < a.shape().size(); ++axis) {
    if (a.shape()[axis] > 1 && a.strides()[axis] != b.strides()[axis]) return false;
  }
  return true;
}

/// The arrays of one step in T, element by element in the parameter's order. A tensor that lies so already is used
/// itself; others (another dtype, other strides, gaps) are stepped as copies, which `write_back` returns.
template <typename T>
class Arrays {
 public:
  explicit Arrays(const Tensor& parameter)
      : parameter_(parameter),
        dense_(is_dense(meta(parameter)) && parameter.dtype() == dtype_of<T>
                   ? parameter
                   : parameter.detach().to(dtype_of<T>).contiguous()) {}

  T* parameter() { return written(parameter_, dense_); }
  const T* gradient(const Tensor& gradient) {
    if (!gradient.defined()) throw ValueError("optimizer.step: a parameter has no gradient");
    gradient_ = beside("gradient", gradient);
    if (gradient_.impl()->storage.get() == dense_.impl()->storage.get()) gradient_ = gradient_.clone();
    impl(gradient_).storage->make_plain();
    return reinterpret_cast<const T*>(physical(gradient_).data);
  }
  T* state(const Tensor& state) {
    if (!state.defined()) throw ValueError("optimizer.step: a part of a parameter's state is missing");
    return written(state, beside("state", state));
  }
  T* optional_state(const Tensor& given) { return given.defined() ? state(given) : nullptr; }
  void write_back() {
    for (std::size_t i = 0; i < count_; ++i) {
      const auto& [original, used] = pairs_[i];
      if (!used.is_same(original)) original.copy_(used);
      original.bump_version();
    }
  }

 private:
  struct Pair {
    Tensor original, used;
  };

  Tensor beside(const char* what, const Tensor& t) const {
    if (t.shape() != parameter_.shape()) {
      throw ValueError(
          fmt::format("optimizer.step: a {} of shape {} beside a parameter of shape {}; load the state of "
                      "this network, or make a new optimizer where a parameter was replaced",
                      what, to_string(t.shape()), to_string(parameter_.shape())));
    }
    if (t.dtype() == dtype_of<T> && same_strides(t, dense_) && is_dense(meta(t))) return t;
    const Tensor copy = empty_strided(dense_.shape(), dense_.strides(), {.dtype = dtype_of<T>});
    copy.copy_(t.detach());
    return copy;
  }
  T* written(const Tensor& original, const Tensor& used) {
    pairs_[count_++] = {original, used};
    impl(used).storage->make_plain();
    return reinterpret_cast<T*>(physical_for_write(used).data);
  }

  Tensor parameter_, dense_, gradient_;
  std::array<Pair, 4> pairs_;
  std::size_t count_ = 0;
};

/// Calls fn with the arrays in the type in which the parameter is stepped.
template <typename Fn>
void step_arrays(const Tensor& parameter, Fn fn) {
  const NoGradGuard guard;
  const auto run = [&]<typename T>(Arrays<T> arrays) {
    fn(arrays);
    arrays.write_back();
  };
  if (parameter.dtype() == DType::kFloat64) return run(Arrays<double>(parameter));
  if (parameter.is_floating_point()) return run(Arrays<float>(parameter));
  throw NotImplementedError(
      fmt::format("optimizer.step: parameters are floating-point tensors, got one of {}", name_of(parameter.dtype())));
}

}  // namespace

void sgd_step(const kernels::SgdStep& step, const Tensor& parameter, const Tensor& gradient, const Tensor& buffer) {
  step_arrays(parameter, [&]<typename T>(Arrays<T>& arrays) {
    T* const p = arrays.parameter();
    const T* const g = arrays.gradient(gradient);
    kernels::sgd_step<T>(step, parameter.numel(), p, g, step.momentum != 0 ? arrays.state(buffer) : nullptr);
  });
}

void adam_step(const kernels::AdamStep& step, const Tensor& parameter, const Tensor& gradient, const Tensor& mean,
               const Tensor& square, const Tensor& largest_square) {
  step_arrays(parameter, [&]<typename T>(Arrays<T>& arrays) {
    T* const p = arrays.parameter();
    const T* const g = arrays.gradient(gradient);
    T* const m = arrays.state(mean);
    T* const v = arrays.state(square);
    kernels::adam_step<T>(step, parameter.numel(), p, g, m, v, arrays.optional_state(largest_square));
  });
}

void rmsprop_step(const kernels::RmsPropStep& step, const Tensor& parameter, const Tensor& gradient,
                  const Tensor& square, const Tensor& mean, const Tensor& buffer) {
  step_arrays(parameter, [&]<typename T>(Arrays<T>& arrays) {
    T* const p = arrays.parameter();
    const T* const g = arrays.gradient(gradient);
    T* const v = arrays.state(square);
    T* const a = arrays.optional_state(mean);
    kernels::rmsprop_step<T>(step, parameter.numel(), p, g, v, a, step.momentum > 0 ? arrays.state(buffer) : nullptr);
  });
}

}  // namespace lamella::optim
