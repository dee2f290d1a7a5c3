// What every layer of a network makes of one input, seen by forward hooks.
#pragma once

#include <lamella/nn/module.h>

#include <cstdint>
#include <string>
#include <vector>

namespace lamella::cli {

struct LayerRecord {
  std::string name;                // "features.0"
  std::string type;                // "Conv2d"
  Dims output;                     // its shape
  std::int64_t parameters = 0;     // numbers that it learns
  std::int64_t multiply_adds = 0;  // of its products; 0 for layers without weights to multiply by
  std::int64_t state_bytes = 0;    // of parameters and buffers
  std::int64_t output_bytes = 0;   // 0 where the output is the input's own memory
  Tensor activation;               // a copy of the output, if asked for
};

/// Runs `model` on `input` once, without gradients, and lists its layers (modules without children) in the order of
/// their calls. The hooks are gone afterwards.
std::vector<LayerRecord> trace_layers(nn::Module& model, const Tensor& input, bool keep_activations);

}  // namespace lamella::cli
