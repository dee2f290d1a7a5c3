#include "ops/half.h"

#include "ops/layout.h"

namespace lamella {

Tensor widened(const Tensor& tensor) {
  return tensor.defined() && is_half(tensor.dtype()) ? tensor.to(DType::kFloat32) : tensor;
}

namespace {

/// Where a 16-bit output is computed: in float32, in its order of memory (an in-place output may be any view).
Tensor float_output(const Tensor& output) {
  const TensorMeta& m = meta(output);
  if (!is_half(m.dtype)) return output;
  Dims strides = preserved_strides(m);
  const PhysicalOrder order = impl(output).storage->order();
  const bool keeps = strides.empty() && !order.is_plain() && order == PhysicalOrder::channels_last(m.shape);
  return allocate({m.shape, std::move(strides), DType::kFloat32, {}}, keeps ? order : PhysicalOrder::plain());
}

}  // namespace

void forward_in_float(void (*forward)(const ForwardArgs&), const ForwardArgs& args) {
  TensorList inputs;
  TensorList outputs;
  for (const Tensor& input : args.inputs) inputs.push_back(widened(input));
  for (const Tensor& output : args.outputs) outputs.push_back(float_output(output));
  forward({inputs, outputs, args.attributes});
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].is_same(args.outputs[i])) args.outputs[i].copy_(outputs[i]);
  }
}

}  // namespace lamella
