// Dense channels-last memory for the kernels that want it.
#pragma once

#include "core/tensor_impl.h"

namespace lamella {

/// The elements of a tensor [N, C, spatial…] as dense channels-last memory: where the tensor has them in that order,
/// without a copy.
class ChannelsLastInput {
 public:
  explicit ChannelsLastInput(const Tensor& tensor);
  template <typename T>
  const T* data() const {
    return reinterpret_cast<const T*>(data_);
  }

 private:
  const std::byte* data_;
  RefPtr<Buffer> keep_;
};

/// Channels-last memory to write a tensor's elements to; brought into the tensor by finish() where it lies elsewhere.
class ChannelsLastOutput {
 public:
  explicit ChannelsLastOutput(const Tensor& tensor);
  template <typename T>
  T* data() const {
    return reinterpret_cast<T*>(data_);
  }
  void finish() const;

 private:
  const Tensor& tensor_;
  std::byte* data_;
  RefPtr<Buffer> keep_;
  RefPtr<Buffer> temporary_;
};

/// Strides of dense channels-last memory of a shape of 3 to 5 axes (2 axes: contiguous).
Dims dense_channels_last(const Dims& shape);

}  // namespace lamella
