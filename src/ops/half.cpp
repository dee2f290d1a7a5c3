#include "ops/half.h"

namespace lamella {

Tensor widened(const Tensor& tensor) {
  return tensor.defined() && is_half(tensor.dtype()) ? tensor.to(DType::kFloat32) : tensor;
}

void forward_in_float(void (*forward)(const ForwardArgs&), const ForwardArgs& args) {
  TensorList inputs;
  TensorList outputs;
  for (const Tensor& input : args.inputs) inputs.push_back(widened(input));
  for (const Tensor& output : args.outputs) {
    const TensorMeta& m = meta(output);
    outputs.push_back(
        is_half(m.dtype) ? allocate({m.shape, m.strides, DType::kFloat32, {}}, impl(output).storage->order()) : output);
  }
  forward({inputs, outputs, args.attributes});
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].is_same(args.outputs[i])) args.outputs[i].copy_(outputs[i]);
  }
}

}  // namespace lamella
