// How a model file's line about a built-in network becomes the network.
#pragma once

#include <lamella/models.h>

#include <memory>
#include <span>
#include <string_view>

#include "models/fields.h"

namespace lamella::models {

struct Builder {
  std::string_view name;
  /// About how many numbers the weights have; see LayerCodec.
  double (*weights)(const Fields& arguments);
  std::unique_ptr<Model> (*build)(const Fields& arguments);
};

/// Null if there is none of that name.
const Builder* find_builder(std::string_view name);
std::span<const Builder> builders();

/// Raises ValueError unless 1 <= value <= 65536. `what` is "lenet: width".
void check_extent(std::int64_t value, std::string_view what);

LenetOptions lenet_options(const Fields& arguments);
double lenet_weights(const Fields& arguments);
MlpOptions mlp_options(const Fields& arguments);
double mlp_weights(const Fields& arguments);

}  // namespace lamella::models
