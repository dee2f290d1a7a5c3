#include "models/layer_codec.h"

#include <algorithm>

#include "models/layer_codec_row.h"

namespace lamella::models {

namespace {

template <typename Matches>
const LayerCodec* find(Matches matches) {
  for (const std::span<const LayerCodec> table : {window_codecs(), value_codecs()}) {
    const auto it = std::ranges::find_if(table, matches);
    if (it != table.end()) return &*it;
  }
  return nullptr;
}

}  // namespace

const LayerCodec* find_codec(const nn::Module& module) {
  return find([&module](const LayerCodec& codec) { return codec.matches(module); });
}

const LayerCodec* find_codec(std::string_view type) {
  return find([type](const LayerCodec& codec) { return codec.type == type; });
}

}  // namespace lamella::models
