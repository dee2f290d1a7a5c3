// Pooling: functional.max_pool2d(input, kernel_size, …, return_indices=False), averages, adaptive windows, unpooling.
#include <lamella/ops/pool.h>

#include <lamella/error.h>

#include "families.h"
#include "operators.h"

namespace lamella::python {

namespace {

using MaxPool = Tensor (*)(const Tensor&, Extents, MaxPoolOptions);
using MaxPoolIndices = PooledIndices (*)(const Tensor&, Extents, MaxPoolOptions);
using AvgPool = Tensor (*)(const Tensor&, Extents, AvgPoolOptions);
using Adaptive = Tensor (*)(const Tensor&, Extents);
using AdaptiveIndices = PooledIndices (*)(const Tensor&, Extents);
using Unpool = Tensor (*)(const Tensor&, const Tensor&, Extents, MaxUnpoolOptions);

/// An output size of which any may be None, which keeps the input's extent.
struct OutputSize {
  Extents extents;
  std::optional<std::int64_t> negative;  ///< a number given below 0; None stands as -1 in `extents`

  void check() const {
    if (negative) throw ValueError("output_size must be at least 0, got " + std::to_string(*negative));
  }
};

template <MaxPool kFunction, MaxPoolIndices kWithIndices>
ValuesAndIndices max_pool(const Tensor& input, Extents kernel_size, Extents stride, Extents padding, Extents dilation,
                          bool ceil_mode, bool return_indices) {
  MaxPoolOptions options{std::move(stride), std::move(padding), std::move(dilation), ceil_mode};
  if (return_indices) return pair_of(kWithIndices(input, std::move(kernel_size), std::move(options)));
  return {kFunction(input, std::move(kernel_size), std::move(options)), {}};
}

template <MaxPool kFunction, MaxPoolIndices kWithIndices>
void bind_max(const Scope& scope, const char* name, const char* name_with_indices) {
  scope.functional(name, max_pool<kFunction, kWithIndices>, "input", "kernel_size"_a, "stride"_a = nb::none(),
                   "padding"_a = 0, "dilation"_a = 1, "ceil_mode"_a = false, "return_indices"_a = false);
  const auto with_indices = [](const Tensor& input, Extents kernel_size, Extents stride, Extents padding,
                               Extents dilation, bool ceil_mode, bool) {
    return max_pool<kFunction, kWithIndices>(input, std::move(kernel_size), std::move(stride), std::move(padding),
                                             std::move(dilation), ceil_mode, true);
  };
  scope.functional(name_with_indices, with_indices, "input", "kernel_size"_a, "stride"_a = nb::none(), "padding"_a = 0,
                   "dilation"_a = 1, "ceil_mode"_a = false, "return_indices"_a = true);
  const auto plain = [](const Tensor& input, Extents kernel_size, Extents stride, Extents padding, Extents dilation,
                        bool ceil_mode) {
    return kFunction(input, std::move(kernel_size),
                     {std::move(stride), std::move(padding), std::move(dilation), ceil_mode});
  };
  scope.function(name, plain, "input", "kernel_size"_a, "stride"_a = nb::none(), "padding"_a = 0, "dilation"_a = 1,
                 "ceil_mode"_a = false);
}

template <AvgPool kFunction>
Tensor avg_pool(const Tensor& input, Extents kernel_size, Extents stride, Extents padding, bool ceil_mode,
                bool count_include_pad, OptionalInt divisor_override) {
  return kFunction(input, std::move(kernel_size),
                   {std::move(stride), std::move(padding), ceil_mode, count_include_pad, divisor_override});
}

void bind_avg(const Scope& scope) {
  const auto one = [](const Tensor& input, Extents kernel_size, Extents stride, Extents padding, bool ceil_mode,
                      bool count_include_pad) {
    return avg_pool<avg_pool1d>(input, std::move(kernel_size), std::move(stride), std::move(padding), ceil_mode,
                                count_include_pad, {});
  };
  const auto bind = [](const Scope& where, const char* name, auto function, const auto&... more) {
    where.functional(name, function, "input", "kernel_size"_a, "stride"_a = nb::none(), "padding"_a = 0,
                     "ceil_mode"_a = false, "count_include_pad"_a = true, more...);
  };
  bind(scope, "avg_pool1d", one);
  bind(scope, "avg_pool2d", avg_pool<avg_pool2d>, "divisor_override"_a = nb::none());
  bind(scope, "avg_pool3d", avg_pool<avg_pool3d>, "divisor_override"_a = nb::none());
  scope.function("avg_pool1d", one, "input", "kernel_size"_a, "stride"_a = nb::none(), "padding"_a = 0,
                 "ceil_mode"_a = false, "count_include_pad"_a = true);
}

template <Adaptive kFunction>
Tensor adaptive(const Tensor& input, OutputSize output_size) {
  output_size.check();
  return kFunction(input, std::move(output_size.extents));
}
template <Adaptive kFunction, AdaptiveIndices kWithIndices>
ValuesAndIndices adaptive_max(const Tensor& input, OutputSize output_size, bool return_indices) {
  output_size.check();
  if (return_indices) return pair_of(kWithIndices(input, std::move(output_size.extents)));
  return {kFunction(input, std::move(output_size.extents)), {}};
}

template <Unpool kFunction>
Tensor unpool(const Tensor& input, const Tensor& indices, Extents kernel_size, Extents stride, Extents padding,
              Extents output_size) {
  // torch takes the whole shape too: its last extents count.
  const std::size_t rank = static_cast<std::size_t>(input.dim());
  if (output_size.size() == rank && output_size.size() > 1 && rank >= 3) {
    const std::size_t spatial = kFunction == Unpool(max_unpool1d) ? 1 : kFunction == Unpool(max_unpool2d) ? 2 : 3;
    if (spatial < rank) {
      const Dims& all = output_size.values();
      Dims last;
      last.append(all.end() - static_cast<std::ptrdiff_t>(spatial), all.end());
      output_size = Extents(std::move(last));
    }
  }
  return kFunction(input, indices, std::move(kernel_size),
                   {std::move(stride), std::move(padding), std::move(output_size)});
}

template <Unpool kFunction>
void bind_unpool(const Scope& scope, const char* name) {
  scope.functional(name, unpool<kFunction>, "input", "indices"_a, "kernel_size"_a, "stride"_a = nb::none(),
                   "padding"_a = 0, "output_size"_a = nb::none());
}

}  // namespace

}  // namespace lamella::python

template <>
struct nanobind::detail::type_caster<lamella::python::OutputSize> {
  NB_TYPE_CASTER(lamella::python::OutputSize, const_name("int | None | collections.abc.Sequence[int | None]"))
  bool from_python(handle object, std::uint32_t, cleanup_list*) noexcept {
    PyObject* const source = object.ptr();
    lamella::Dims dims;
    const auto note = [&](std::int64_t extent) {
      if (extent < 0) value.negative = extent;
    };
    if (lamella::python::to_dims(source, dims)) {
      for (const std::int64_t extent : dims) note(extent);
      value.extents = lamella::Extents(std::move(dims));
      return true;
    }
    if (source == Py_None) {
      value.extents = lamella::Extents(-1);
      return true;
    }
    if (!PyTuple_Check(source) && !PyList_Check(source)) return false;
    dims.clear();
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(source); ++i) {
      PyObject* item = PySequence_Fast_GET_ITEM(source, i);
      lamella::Dims one;
      if (item != Py_None && (!lamella::python::to_dims(item, one) || one.size() != 1)) return false;
      if (item != Py_None) note(one[0]);
      dims.push_back(item == Py_None ? -1 : one[0]);
    }
    value.extents = lamella::Extents(std::move(dims));
    return true;
  }
};

namespace lamella::python {

void bind_pool(const Scope& scope) {
  bind_max<max_pool1d, max_pool1d_with_indices>(scope, "max_pool1d", "max_pool1d_with_indices");
  bind_max<max_pool2d, max_pool2d_with_indices>(scope, "max_pool2d", "max_pool2d_with_indices");
  bind_max<max_pool3d, max_pool3d_with_indices>(scope, "max_pool3d", "max_pool3d_with_indices");
  bind_avg(scope);
  const auto size = [] { return nb::arg("output_size").none(); };
  scope.functional("adaptive_avg_pool1d", adaptive<adaptive_avg_pool1d>, "input", size());
  scope.functional("adaptive_avg_pool2d", adaptive<adaptive_avg_pool2d>, "input", size());
  scope.functional("adaptive_avg_pool3d", adaptive<adaptive_avg_pool3d>, "input", size());
  scope.function("adaptive_avg_pool1d", adaptive<adaptive_avg_pool1d>, "input", size());
  const auto with = [] { return nb::arg("return_indices") = false; };
  scope.functional("adaptive_max_pool1d", adaptive_max<adaptive_max_pool1d, adaptive_max_pool1d_with_indices>, "input",
                   size(), with());
  scope.functional("adaptive_max_pool2d", adaptive_max<adaptive_max_pool2d, adaptive_max_pool2d_with_indices>, "input",
                   size(), with());
  scope.functional("adaptive_max_pool3d", adaptive_max<adaptive_max_pool3d, adaptive_max_pool3d_with_indices>, "input",
                   size(), with());
  bind_unpool<max_unpool1d>(scope, "max_unpool1d");
  bind_unpool<max_unpool2d>(scope, "max_unpool2d");
  bind_unpool<max_unpool3d>(scope, "max_unpool3d");
}

}  // namespace lamella::python
