// lamella.Tensor: what it is, its values and its autograd properties.
#include <lamella/autograd.h>
#include <lamella/error.h>
#include <lamella/ops/create.h>

#include "families.h"

namespace lamella::python {

namespace {

/// What `Tensor.__init__` makes: another tensor object over `data`'s memory, without its history.
void alias_into(TensorImpl* self, const Tensor& data, bool requires_grad) {
  new (self) TensorImpl(impl(data).storage, meta(data), impl(data).offset);
  self->own_version = impl(data).own_version;
  const Tensor handle = make_tensor(RefPtr<TensorImpl>(self));
  if (requires_grad) handle.requires_grad_(true);
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

void bind_autograd(const Scope& scope) {
  scope
      .property("requires_grad", &Tensor::requires_grad,
                [](const Tensor& self, bool value) { self.requires_grad_(value); })
      .method("requires_grad_", &Tensor::requires_grad_, "requires_grad"_a = true)
      .property("is_leaf", &Tensor::is_leaf)
      .method("detach", &Tensor::detach)
      .method("detach_", &Tensor::detach_)
      .method("retain_grad", &Tensor::retain_grad)
      .property("retains_grad", &Tensor::retains_grad)
      .property("_version", &Tensor::version);
}

}  // namespace

void bind_tensor(const Scope& scope) {
  const_cast<TensorClass&>(scope.tensor).def("__init__", alias_into, "data"_a, "requires_grad"_a = false);
  scope.method("__repr__", &Tensor::to_string);
  scope.method("item", [](const Tensor& self) { return self.item(); });
  bind_geometry(scope);
  bind_autograd(scope);
}

}  // namespace lamella::python
