#include "ops/channels_last.h"

#include "kernels/copy/copy.h"
#include "ops/layout.h"

namespace lamella {

Dims dense_channels_last(const Dims& shape) {
  if (shape.size() < 3) return contiguous_strides(shape);
  Dims strides(shape.size());
  std::int64_t stride = 1;
  const auto place = [&](std::size_t axis) {
    strides[axis] = stride;
    stride *= shape[axis];
  };
  place(1);
  for (std::size_t axis = shape.size(); axis-- > 2;) place(axis);
  place(0);
  return strides;
}

namespace {

bool lies_in(const Dims& shape, const Dims& strides, const Dims& wanted) {
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] > 1 && strides[i] != wanted[i]) return false;
  }
  return true;
}

}  // namespace

ChannelsLastInput::ChannelsLastInput(const Tensor& tensor) {
  Physical p = physical(tensor);
  const Dims wanted = dense_channels_last(tensor.shape());
  if (lies_in(tensor.shape(), p.strides, wanted)) {
    data_ = p.data;
    keep_ = std::move(p.keep);
    return;
  }
  keep_ = make_ref<Buffer>(static_cast<std::size_t>(tensor.numel()) * size_of(tensor.dtype()));
  data_ = keep_->data();
  kernels::copy(tensor.shape(), {keep_->data(), tensor.dtype(), wanted.data()},
                {p.data, tensor.dtype(), p.strides.data()});
}

ChannelsLastOutput::ChannelsLastOutput(const Tensor& tensor) : tensor_(tensor) {
  Physical p = physical_for_write(tensor);
  if (lies_in(tensor.shape(), p.strides, dense_channels_last(tensor.shape()))) {
    data_ = p.data;
    keep_ = std::move(p.keep);
    return;
  }
  temporary_ = make_ref<Buffer>(static_cast<std::size_t>(tensor.numel()) * size_of(tensor.dtype()));
  data_ = temporary_->data();
}

void ChannelsLastOutput::finish() const {
  if (!temporary_) return;
  const Dims strides = dense_channels_last(tensor_.shape());
  const WriteAccess out(tensor_);
  kernels::copy(tensor_.shape(), out, {data_, tensor_.dtype(), strides.data()});
}

}  // namespace lamella
