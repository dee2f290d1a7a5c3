#include <lamella/ops/metadata.h>

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/ops/create.h>
#include <lamella/ops/view.h>

#include "core/tensor_impl.h"
#include "core/thread_state.h"
#include "ops/view_history.h"

namespace lamella {

namespace {

/// Makes `self` read its memory as `view` does.
void take_geometry(const Tensor& self, const Tensor& view) {
  TensorImpl& target = impl(self);
  target.meta = meta(view);
  target.offset = impl(view).offset;
}

/// `self` becomes fn(self). Its history moves to a handle that stands for what it was, of which it is then a view.
template <typename Fn>
const Tensor& become(std::string_view name, const Tensor& self, Fn&& fn) {
  TensorImpl& target = impl(self);
  if (thread_state.grad_enabled && self.requires_grad()) {
    check_inplace_allowed(name, self);
    const Tensor before = alias(self, self.shape(), self.strides(), self.storage_offset());
    TensorImpl& old = impl(before);
    old.own_version = target.own_version;
    old.untracked = target.untracked;
    const Tensor view = fn(alias(self, self.shape(), self.strides(), self.storage_offset()));  // raises before a change
    old.autograd = std::move(target.autograd);
    const Tensor tracked = fn(before);
    take_geometry(self, view);
    target.autograd = std::move(impl(tracked).autograd);
  } else {
    take_geometry(self, fn(self.detach()));
  }
  if (!target.inference) self.bump_version();
  return self;
}

}  // namespace

const Tensor& squeeze_(const Tensor& self) {
  return become("squeeze", self, [](const Tensor& x) { return squeeze(x); });
}
const Tensor& squeeze_(const Tensor& self, Dims axes) {
  return become("squeeze", self, [&](const Tensor& x) { return squeeze(x, axes); });
}
const Tensor& unsqueeze_(const Tensor& self, std::int64_t axis) {
  return become("unsqueeze", self, [=](const Tensor& x) { return unsqueeze(x, axis); });
}
const Tensor& transpose_(const Tensor& self, std::int64_t a, std::int64_t b) {
  return become("transpose", self, [=](const Tensor& x) { return transpose(x, a, b); });
}
const Tensor& t_(const Tensor& self) {
  return become("t", self, [](const Tensor& x) { return x.t(); });
}

Tensor view_dtype(const Tensor& input, DType dtype) {
  const auto old_size = static_cast<std::int64_t>(size_of(input.dtype()));
  const auto new_size = static_cast<std::int64_t>(size_of(dtype));
  TensorMeta geometry = meta(input);
  std::int64_t offset = input.storage_offset();
  if (old_size != new_size) {
    if (input.dim() == 0)
      throw Error(fmt::format("self.dim() cannot be 0 to view {} as {} (different element sizes)",
                              name_of(input.dtype()), name_of(dtype)));
    if (geometry.strides.back() != 1)
      throw Error(fmt::format("self.stride(-1) must be 1 to view {} as {} (different element sizes), but got {}",
                              name_of(input.dtype()), name_of(dtype), geometry.strides.back()));
    const auto convert = [&](std::int64_t& elements, const char* what) {
      if (elements * old_size % new_size != 0)
        throw Error(fmt::format("{} must be divisible by {} to view {} as {} (different element sizes), but got {}",
                                what, new_size / old_size, name_of(input.dtype()), name_of(dtype), elements));
      elements = elements * old_size / new_size;
    };
    convert(geometry.shape.back(), "self.size(-1)");
    convert(offset, "self.storage_offset()");
    for (std::size_t i = 0; i + 1 < geometry.strides.size(); ++i) convert(geometry.strides[i], "self.stride()");
  }
  geometry.dtype = dtype;
  geometry.wrapped_number = false;
  input.data_ptr();  // brings the memory to the order of the strides, for good
  Tensor view = make_tensor(RefPtr<TensorImpl>(new TensorImpl(impl(input).storage, std::move(geometry), offset)));
  impl(view).own_version = impl(input).own_version;
  impl(view).inference = impl(input).inference;
  return view;
}

const Tensor& resize_(const Tensor& self, Dims shape) {
  if (self.requires_grad()) throw Error("cannot resize variables that require grad");
  const std::int64_t count = checked_numel(shape);
  TensorImpl& target = impl(self);
  self.data_ptr();  // the memory in the order of the strides, for good
  const std::size_t size = size_of(self.dtype());
  const auto room = static_cast<std::int64_t>(target.storage->bytes() / size) - target.offset;
  if (count > room) {
    const Tensor wanted = empty({count}, {.dtype = self.dtype()});
    const Tensor kept = alias(self, {room}, {1}, target.offset);
    wanted.narrow(0, 0, room).copy_(kept);
    target.storage = impl(wanted).storage;
    target.offset = 0;
  }
  target.meta.strides = contiguous_strides(shape);
  target.meta.shape = std::move(shape);
  if (!target.inference) self.bump_version();
  return self;
}

}  // namespace lamella
