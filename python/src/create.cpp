// Factory functions: lamella.zeros(2, 3, dtype=…), arange, eye, … and the _like forms.
#include <lamella/error.h>
#include <lamella/ops/create.h>

#include "families.h"

namespace lamella::python {

namespace {

/// The keywords that every factory takes. layout, pin_memory and memory_format change nothing that could be seen here
/// but the strides that memory_format asks for.
struct FactoryKeywords {
  OptionalDType dtype;
  bool requires_grad = false;
  TensorOptions options() const { return {dtype, requires_grad}; }
};

/// Sizes by position (`zeros(2, 3)`, `zeros((2, 3))`) or as `size=`.
Dims size_of_arguments(const nb::args& args, const std::optional<Dims>& size, const char* function) {
  if (!size) return dims_of(args, function);
  if (args.size() != 0) throw TypeError(std::string(function) + "(): got the size by position and by name");
  return *size;
}

template <typename Make>
void bind_sized(nb::module_& m, const char* name, Make make) {
  m.def(
      name,
      [name, make](nb::args args, std::optional<Dims> size, OptionalDType dtype, nb::handle, DeviceArgument device,
                   bool requires_grad, bool, nb::handle) {
        check_argument(device);
        return make(size_of_arguments(args, size, name), FactoryKeywords{dtype, requires_grad});
      },
      "args"_a, "size"_a = nb::none(), "dtype"_a = nb::none(), "layout"_a = nb::none(), "device"_a = nb::none(),
      "requires_grad"_a = false, "pin_memory"_a = false, "memory_format"_a = nb::none());
}

template <typename Make>
void bind_like(nb::module_& m, const char* name, Make make) {
  m.def(
      name,
      [make](const Tensor& input, OptionalDType dtype, nb::handle, DeviceArgument device, bool requires_grad,
             nb::handle) {
        check_argument(device);
        return make(input, FactoryKeywords{dtype, requires_grad});
      },
      "input"_a, nb::kw_only(), "dtype"_a = nb::none(), "layout"_a = nb::none(), "device"_a = nb::none(),
      "requires_grad"_a = false, "memory_format"_a = nb::none());
}

/// x.new_zeros(2, 3): x's dtype unless another is said.
template <typename Make>
void bind_new(TensorClass& tensor, const char* name, Make make) {
  tensor.def(
      name,
      [name, make](const Tensor& self, nb::args args, std::optional<Dims> size, OptionalDType dtype,
                   DeviceArgument device, bool requires_grad) {
        check_argument(device);
        return make(size_of_arguments(args, size, name), FactoryKeywords{dtype.value_or(self.dtype()), requires_grad});
      },
      "args"_a, "size"_a = nb::none(), "dtype"_a = nb::none(), "device"_a = nb::none(), "requires_grad"_a = false);
}

Tensor range(Scalar start, std::optional<Scalar> end, Scalar step, OptionalDType dtype, nb::handle,
             DeviceArgument device, bool requires_grad) {
  check_argument(device);
  if (end) return arange(start, *end, step, {dtype, requires_grad});
  return arange(0, start, step, {dtype, requires_grad});
}

void bind_filled(const Scope& scope) {
  nb::module_ m = scope.torch;
  TensorClass tensor = scope.tensor;
  const auto make_empty = [](Dims shape, const FactoryKeywords& k) { return empty(std::move(shape), k.options()); };
  const auto make_zeros = [](Dims shape, const FactoryKeywords& k) { return zeros(std::move(shape), k.options()); };
  const auto make_ones = [](Dims shape, const FactoryKeywords& k) { return ones(std::move(shape), k.options()); };
  bind_sized(m, "empty", make_empty);
  bind_sized(m, "zeros", make_zeros);
  bind_sized(m, "ones", make_ones);
  bind_new(tensor, "new_empty", make_empty);
  bind_new(tensor, "new_zeros", make_zeros);
  bind_new(tensor, "new_ones", make_ones);
  bind_like(m, "empty_like", [](const Tensor& x, const FactoryKeywords& k) { return empty_like(x, k.options()); });
  bind_like(m, "zeros_like", [](const Tensor& x, const FactoryKeywords& k) { return zeros_like(x, k.options()); });
  bind_like(m, "ones_like", [](const Tensor& x, const FactoryKeywords& k) { return ones_like(x, k.options()); });
  m.def(
      "full",
      [](Dims size, Scalar fill_value, OptionalDType dtype, nb::handle, DeviceArgument device, bool requires_grad) {
        check_argument(device);
        return full(std::move(size), fill_value, {dtype, requires_grad});
      },
      "size"_a, "fill_value"_a, nb::kw_only(), "dtype"_a = nb::none(), "layout"_a = nb::none(), "device"_a = nb::none(),
      "requires_grad"_a = false);
  m.def(
      "full_like",
      [](const Tensor& input, Scalar fill_value, OptionalDType dtype, nb::handle, DeviceArgument device,
         bool requires_grad, nb::handle) {
        check_argument(device);
        return full_like(input, fill_value, {dtype, requires_grad});
      },
      "input"_a, "fill_value"_a, nb::kw_only(), "dtype"_a = nb::none(), "layout"_a = nb::none(),
      "device"_a = nb::none(), "requires_grad"_a = false, "memory_format"_a = nb::none());
  tensor.def(
      "new_full",
      [](const Tensor& self, Dims size, Scalar fill_value, OptionalDType dtype, DeviceArgument device,
         bool requires_grad) {
        check_argument(device);
        return full(std::move(size), fill_value, {dtype.value_or(self.dtype()), requires_grad});
      },
      "size"_a, "fill_value"_a, nb::kw_only(), "dtype"_a = nb::none(), "device"_a = nb::none(),
      "requires_grad"_a = false);
}

}  // namespace

void bind_create(const Scope& scope) {
  nb::module_ m = scope.torch;
  bind_filled(scope);
  m.def(
      "empty_strided",
      [](Dims size, Dims stride, OptionalDType dtype, DeviceArgument device, bool requires_grad) {
        check_argument(device);
        return empty_strided(std::move(size), std::move(stride), {dtype, requires_grad});
      },
      "size"_a, "stride"_a, nb::kw_only(), "dtype"_a = nb::none(), "device"_a = nb::none(), "requires_grad"_a = false);
  m.def("arange", range, "start"_a, "end"_a = nb::none(), "step"_a = 1, nb::kw_only(), "dtype"_a = nb::none(),
        "layout"_a = nb::none(), "device"_a = nb::none(), "requires_grad"_a = false);
  m.def(
      "arange",
      [](Scalar end, OptionalDType dtype, DeviceArgument device, bool requires_grad) {
        check_argument(device);
        return arange(0, end, 1, {dtype, requires_grad});
      },
      nb::kw_only(), "end"_a, "dtype"_a = nb::none(), "device"_a = nb::none(), "requires_grad"_a = false);
  m.def(
      "linspace",
      [](Scalar start, Scalar end, std::int64_t steps, OptionalDType dtype, nb::handle, DeviceArgument device,
         bool requires_grad) {
        check_argument(device);
        return linspace(start.to_double(), end.to_double(), steps, {dtype, requires_grad});
      },
      "start"_a, "end"_a, "steps"_a, nb::kw_only(), "dtype"_a = nb::none(), "layout"_a = nb::none(),
      "device"_a = nb::none(), "requires_grad"_a = false);
  m.def(
      "eye",
      [](std::int64_t n, std::optional<std::int64_t> columns, OptionalDType dtype, nb::handle, DeviceArgument device,
         bool requires_grad) {
        check_argument(device);
        return eye(n, columns, {dtype, requires_grad});
      },
      "n"_a, "m"_a = nb::none(), nb::kw_only(), "dtype"_a = nb::none(), "layout"_a = nb::none(),
      "device"_a = nb::none(), "requires_grad"_a = false);
  m.def("set_default_dtype", &set_default_dtype, "d"_a);
  m.def("get_default_dtype", &default_dtype);
}

}  // namespace lamella::python
