// How a row of the table of layers is made.
#pragma once

#include <lamella/nn/all.h>

#include <span>
#include <tuple>
#include <typeinfo>

#include "models/layer_codec.h"
#include "models/layer_values.h"

namespace lamella::models {

/// An option's name, and the member that holds it.
template <typename Class, typename T>
struct Option {
  const char* name;
  T Class::* member;
};

/// The options of a layer whose constructor takes them all, in this order. A layer without options needs none.
template <typename M>
inline constexpr std::tuple<> kOptions{};

/// What to write, how many weights that makes, how to build it again. Layers whose constructor takes an option struct
/// have a specialisation.
template <typename M>
struct Codec {
  static void describe(const M& m, Json& to) {
    std::apply([&](const auto&... option) { ((to[option.name] = json_of(m.*option.member)), ...); }, kOptions<M>);
  }
  static double weights(const Fields&) { return 0; }
  static M build(const Fields& f) {
    // In braces, so that the fields are read in their order.
    return std::apply([&f](const auto&... option) { return M{read(f, option)...}; }, kOptions<M>);
  }

 private:
  template <typename Class, typename T>
  static T read(const Fields& f, const Option<Class, T>& option) {
    return value_of(f, option.name, std::type_identity<T>());
  }
};

struct NoWeights {
  static double weights(const Fields&) { return 0; }
};

template <typename M>
constexpr LayerCodec row(std::string_view type) {
  return {type, [](const nn::Module& module) { return typeid(module) == typeid(M); },
          [](const nn::Module& module, Json& to) { Codec<M>::describe(static_cast<const M&>(module), to); },
          [](const Fields& fields) { return Codec<M>::weights(fields); },
          [](const Fields& fields) { return nn::AnyModule(Codec<M>::build(fields)); }};
}

/// Layers with a window or a border, and those that move numbers about.
std::span<const LayerCodec> window_codecs();
/// All others.
std::span<const LayerCodec> value_codecs();

}  // namespace lamella::models
