// lamella.Tensor: what it is, its values and its autograd properties.
#include <lamella/autograd.h>
#include <lamella/error.h>
#include <lamella/ops/conv.h>
#include <lamella/print.h>
#include <lamella/threads.h>

#include "families.h"

namespace lamella::python {

namespace {

/// What `Tensor.__init__` makes: another tensor object over `data`'s memory, without its history.
void alias_into(nb::pointer_and_handle<TensorImpl> self, const Tensor& data, bool requires_grad) {
  new (self.p) TensorImpl(impl(data).storage, meta(data), impl(data).offset);
  self.p->own_version = impl(data).own_version;
  self.p->set_foreign_owner(
      self.h.ptr());  // before the first handle, whose end would delete an object without an owner
  if (requires_grad) make_tensor(RefPtr<TensorImpl>(self.p)).requires_grad_(true);
}

void bind_geometry(const Scope& scope) {
  scope.property("shape", &Tensor::shape)
      .method("size", [](const Tensor& self) { return self.shape(); })
      .method(
          "size", [](const Tensor& self, std::int64_t dim) { return self.size(dim); }, "dim"_a)
      .method("stride", [](const Tensor& self) { return nb::tuple(nb::cast(self.strides())); })
      .method(
          "stride", [](const Tensor& self, std::int64_t dim) { return self.stride(dim); }, "dim"_a)
      .both("numel", &Tensor::numel, "input")
      .method("dim", &Tensor::dim)
      .method("ndimension", &Tensor::dim)
      .property("ndim", &Tensor::dim)
      .method("nelement", &Tensor::numel)
      .method("storage_offset", &Tensor::storage_offset)
      .method("element_size", [](const Tensor& self) { return size_of(self.dtype()); })
      .property("itemsize", [](const Tensor& self) { return size_of(self.dtype()); })
      .property("nbytes",
                [](const Tensor& self) { return self.numel() * static_cast<std::int64_t>(size_of(self.dtype())); })
      .property("dtype", &Tensor::dtype)
      .both("is_floating_point", &Tensor::is_floating_point, "input")
      .both(
          "is_complex", [](const Tensor&) { return false; }, "input")
      .method("data_ptr", [](const Tensor& self) { return reinterpret_cast<std::uintptr_t>(self.data_ptr()); })
      .method("__len__", [](const Tensor& self) {
        if (self.dim() == 0) throw TypeError("len() of a 0-d tensor");
        return self.size(0);
      });
}

/// torch's `x.data = y`: x becomes a handle to y's memory, whatever its shape.
void set_data(const Tensor& self, const Tensor& data) {
  TensorImpl& target = impl(self);
  target.storage = impl(data).storage;
  target.meta = meta(data);
  target.offset = impl(data).offset;
}

void bind_copies(const Scope& scope) {
  const auto format_argument = [](MemoryFormat format) { return nb::arg("memory_format") = format; };
  scope.property("data", &Tensor::variable_data, set_data)
      .method("contiguous", &Tensor::contiguous, format_argument(MemoryFormat::kContiguous))
      .method("is_contiguous", &Tensor::is_contiguous, format_argument(MemoryFormat::kContiguous))
      .both("clone", &Tensor::clone, "input", nb::kw_only(), format_argument(MemoryFormat::kPreserve))
      .method(
          "copy_",
          [](const Tensor& self, const Operand& src, bool) -> const Tensor& { return self.copy_(src.as_tensor()); },
          "src"_a, "non_blocking"_a = false)
      .method(
          "fill_",
          [](const Tensor& self, const Operand& value) -> const Tensor& {
            if (!value.is_tensor()) return self.fill_(value.scalar);
            const Tensor& source = value.tensor;
            if (source.dim() != 0) {
              throw Error("fill_ only supports a 0-dimensional value tensor, but got one of shape " +
                          to_string(source.shape()) + "; copy_ takes it");
            }
            return self.copy_(source);
          },
          "value"_a)
      .method("zero_", &Tensor::zero_)
      .method(
          "type_as", [](const Tensor& self, const Tensor& other) { return self.to(other.dtype()); }, "other"_a)
      .method(
          "as_strided",
          [](const Tensor& self, Dims size, Dims stride, std::optional<std::int64_t> offset) {
            return self.as_strided(std::move(size), std::move(stride), offset.value_or(self.storage_offset()));
          },
          "size"_a, "stride"_a, "storage_offset"_a = nb::none());
  const std::pair<const char*, DType> casts[] = {
      {"float", DType::kFloat32},     {"double", DType::kFloat64}, {"half", DType::kFloat16}, {"bool", DType::kBool},
      {"bfloat16", DType::kBFloat16}, {"int", DType::kInt32},      {"long", DType::kInt64},   {"short", DType::kInt16},
      {"char", DType::kInt8},         {"byte", DType::kUInt8}};
  for (const auto& [name, dtype] : casts) {
    scope.method(name, [dtype = dtype](const Tensor& self) { return self.to(dtype); });
  }
}

/// x.to(dtype), x.to(device), x.to(device, dtype), x.to(other), with copy and memory_format.
Tensor to(const Tensor& self, const nb::args& args, OptionalDType dtype, DeviceArgument device, const Tensor& other,
          bool, bool copy, std::optional<MemoryFormat> format) {
  for (nb::handle given : args) {
    Tensor tensor;
    DType type{};
    if (unwrap(given.ptr(), tensor)) {
      dtype = tensor.dtype();
    } else if (to_dtype(given.ptr(), type)) {
      dtype = type;
    } else if (!PyBool_Check(given.ptr()) && !to_device(given.ptr(), device)) {
      throw TypeError("to() takes a dtype, a device or a tensor, got " +
                      nb::cast<std::string>(given.type().attr("__name__")));
    }
  }
  check_argument(device);
  if (other.defined()) dtype = other.dtype();
  const LockRelease release(work_of(self), self);
  Tensor result = dtype ? self.to(*dtype) : self;
  if (format && *format != MemoryFormat::kPreserve) result = result.to(*format);
  return copy && result.is_same(self) ? self.clone() : result;
}

}  // namespace

void bind_tensor(const Scope& scope) {
  nb::module_ m = scope.torch;
  TensorClass tensor = scope.tensor;
  nb::enum_<MemoryFormat>(m, "memory_format")
      .value("contiguous_format", MemoryFormat::kContiguous)
      .value("channels_last", MemoryFormat::kChannelsLast)
      .value("channels_last_3d", MemoryFormat::kChannelsLast)
      .value("preserve_format", MemoryFormat::kPreserve)
      .export_values();
  tensor.def("__init__", alias_into, "data"_a, "requires_grad"_a = false);
  scope.method("_text", &Tensor::to_string);
  tensor.def("__hash__", [](nb::handle self) { return reinterpret_cast<std::intptr_t>(self.ptr()) >> 4; });
  bind_geometry(scope);
  bind_copies(scope);
  tensor.def("to", to, "args"_a, "dtype"_a = nb::none(), "device"_a = nb::none(), "other"_a.none() = nb::none(),
             "non_blocking"_a = false, "copy"_a = false, "memory_format"_a = nb::none());
  scope.method("_storage_bytes", [](const Tensor& self) { return impl(self).storage->bytes(); });
  scope.method("is_inference", [](const Tensor& self) { return impl(self).inference; });
  m.def(
      "_set_print_options",
      [](int precision, std::int64_t threshold, std::int64_t edge_items, std::int64_t line_width,
         std::optional<bool> sci_mode) { set_print_options({precision, threshold, edge_items, line_width, sci_mode}); },
      "precision"_a, "threshold"_a, "edge_items"_a, "line_width"_a, "sci_mode"_a.none());
  m.def("set_num_threads", &set_num_threads, "threads"_a);
  m.def("get_num_threads", &num_threads);
  m.def("set_flush_denormal", &set_flush_denormal, "mode"_a);
  m.def("set_conv_precision", &set_conv_precision, "precision"_a);
  m.def("get_conv_precision", &conv_precision);
}

}  // namespace lamella::python
