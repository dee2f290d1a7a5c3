// The layers that a model file can describe: each is a row of a table.
#pragma once

#include <lamella/nn/container.h>

#include <string_view>

#include "models/fields.h"

namespace lamella::models {

struct LayerCodec {
  std::string_view type;  ///< the class's name
  bool (*matches)(const nn::Module& module);
  /// Appends the layer's options, under the names that they have in C++.
  void (*describe)(const nn::Module& module, Json& to);
  /// About how many numbers the layer's weights have, before anything is built: a file's claim to be checked. May be
  /// any number, and not a number, for options that cannot be.
  double (*weights)(const Fields& fields);
  nn::AnyModule (*build)(const Fields& fields);
};

/// The row for a module or a name; null if there is none.
const LayerCodec* find_codec(const nn::Module& module);
const LayerCodec* find_codec(std::string_view type);

}  // namespace lamella::models
