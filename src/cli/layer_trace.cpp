#include "cli/layer_trace.h"

#include <lamella/autograd.h>
#include <lamella/nn/conv.h>
#include <lamella/nn/linear.h>

#include "core/tensor_impl.h"

namespace lamella::cli {
namespace {

/// Products that are summed for one element of the output: those of a row of the weight.
std::int64_t multiply_adds(const nn::Module& layer, const Tensor& input, const Tensor& output) {
  const auto per_element = [](const nn::Parameter& weight) { return weight.numel() / weight.size(0); };
  if (const auto* linear = dynamic_cast<const nn::Linear*>(&layer)) return output.numel() * per_element(linear->weight);
  if (const auto* conv = dynamic_cast<const nn::ConvNd<1>*>(&layer)) return output.numel() * per_element(conv->weight);
  if (const auto* conv = dynamic_cast<const nn::ConvNd<2>*>(&layer)) return output.numel() * per_element(conv->weight);
  if (const auto* conv = dynamic_cast<const nn::ConvNd<3>*>(&layer)) return output.numel() * per_element(conv->weight);
  // A transposed convolution spreads every element of its input over a window of every output channel.
  if (const auto* conv = dynamic_cast<const nn::ConvTransposeNd<1>*>(&layer))
    return input.numel() * per_element(conv->weight);
  if (const auto* conv = dynamic_cast<const nn::ConvTransposeNd<2>*>(&layer))
    return input.numel() * per_element(conv->weight);
  if (const auto* conv = dynamic_cast<const nn::ConvTransposeNd<3>*>(&layer))
    return input.numel() * per_element(conv->weight);
  return 0;
}

std::int64_t bytes_of(const Tensor& tensor) {
  return tensor.defined() ? tensor.numel() * static_cast<std::int64_t>(size_of(tensor.dtype())) : 0;
}

LayerRecord record_of(const std::string& name, const nn::Module& layer, const Tensor& input, const Tensor& output) {
  LayerRecord record;
  record.name = name;
  record.type = layer.type_name();
  record.output = output.shape();
  record.parameters = layer.parameter_count();
  record.multiply_adds = multiply_adds(layer, input, output);
  for (const Tensor& parameter : layer.parameters()) record.state_bytes += bytes_of(parameter);
  for (const Tensor& buffer : layer.buffers()) record.state_bytes += bytes_of(buffer);
  const bool shared = impl(output).storage.get() == impl(input).storage.get();
  record.output_bytes = shared ? 0 : bytes_of(output);
  return record;
}

}  // namespace

std::vector<LayerRecord> trace_layers(nn::Module& model, const Tensor& input, bool keep_activations) {
  std::vector<LayerRecord> records;
  std::vector<HookHandle> handles;
  for (const auto& [name, module] : model.named_modules()) {
    if (!module->children().empty()) continue;
    handles.push_back(module->register_forward_hook(
        [&records, layer_name = name, keep_activations](nn::Module& layer, const Tensor& in, const Tensor& out) {
          records.push_back(record_of(layer_name, layer, in, out));
          // A copy, since the next layer may work in place.
          if (keep_activations) records.back().activation = out.clone(MemoryFormat::kContiguous);
        }));
  }
  const auto remove_hooks = [&] {
    for (HookHandle& handle : handles) handle.remove();
  };
  try {
    const NoGradGuard no_grad;
    model(input);
  } catch (...) {
    remove_hooks();
    throw;
  }
  remove_hooks();
  return records;
}

}  // namespace lamella::cli
