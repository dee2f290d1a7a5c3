// A module as JSON, and back: what a model file says of its architecture. One of
//   {"builder": "lenet", "arguments": {…}}                        a network of the catalogue
//   {"type": "Conv2d", …options}                                  a layer of the tables (layer_codec.h)
//   {"type": "Sequential", "layers": [{"name": "conv1", …}, …]}   of these, nested at will
//   {"class": "Net"}                                              anything else: only its name
#pragma once

#include <lamella/nn/module.h>

#include <memory>
#include <optional>

#include "models/fields.h"

namespace lamella::models {

/// No value where it, or a module in it, is of a class of the user's own.
std::optional<Json> describe(const nn::Module& module);

/// Builds what `architecture` says. `numbers` is how many the file holds: a description that asks for more is refused
/// before memory is taken. Raises ValueError for whatever is wrong in it.
std::unique_ptr<nn::Module> build(const Json& architecture, double numbers);

}  // namespace lamella::models
