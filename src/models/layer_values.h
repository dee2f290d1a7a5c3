// The values of layers' options, to and from JSON.
#pragma once

#include <lamella/nn/all.h>

#include <concepts>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <vector>

#include "models/fields.h"

namespace lamella::models {

using nn::PerAxis;

template <int kRank>
Json json_of(const PerAxis<kRank>& axes) {
  if (axes.single() || kRank == 1) return axes[0];
  return std::vector<std::int64_t>(axes.begin(), axes.end());
}

template <int kRank>
Json json_of(const nn::LayerPadding<kRank>& padding) {
  if (!padding.word().empty()) return padding.word();
  return json_of(padding.values());
}

template <typename T>
Json json_of(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

template <typename T>
Json json_of(const nn::OneOrMany<T>& numbers) {
  if (!numbers.given()) return Json();
  if (numbers.single()) return numbers.values().front();
  return std::vector<T>(numbers.values().begin(), numbers.values().end());
}

inline Json json_of(bool value) { return value; }
inline Json json_of(double value) { return value; }
inline Json json_of(std::int64_t value) { return value; }
inline Json json_of(const Dims& numbers) { return std::vector<std::int64_t>(numbers.begin(), numbers.end()); }

template <int kRank>
Json json_of(const nn::PerSide<kRank>& sides) {
  return json_of(sides.dims());
}

// A field of a type.
inline bool value_of(const Fields& fields, const char* name, std::type_identity<bool>) { return fields.flag(name); }
inline double value_of(const Fields& fields, const char* name, std::type_identity<double>) { return fields.real(name); }
inline std::int64_t value_of(const Fields& fields, const char* name, std::type_identity<std::int64_t>) {
  return fields.whole(name);
}
template <int kRank>
PerAxis<kRank> value_of(const Fields& fields, const char* name, std::type_identity<PerAxis<kRank>>) {
  return fields.axes<kRank>(name);
}
template <int kRank>
nn::PerSide<kRank> value_of(const Fields& fields, const char* name, std::type_identity<nn::PerSide<kRank>>) {
  const std::vector<std::int64_t> sides = fields.wholes(name);
  if (sides.size() != 2 * kRank) fields.fail(name, "a whole number a side");
  return nn::PerSide<kRank>(Dims(sides.begin(), sides.end()));
}

template <int kRank>
nn::LayerPadding<kRank> padding_of(const Fields& fields) {
  if (fields.at("padding").is_string()) return nn::LayerPadding<kRank>(fields.word("padding"));
  const PerAxis<kRank> axes = fields.axes<kRank>("padding");
  if (axes.single()) return nn::LayerPadding<kRank>(axes[0]);
  return nn::LayerPadding<kRank>(axes.dims());
}

template <typename T>
nn::OneOrMany<T> one_or_many(const Fields& fields, const char* name) {
  const Json& value = fields.at(name);
  if (value.is_null()) return {};
  if (!value.is_array()) {
    if constexpr (std::integral<T>) {
      return nn::OneOrMany<T>(fields.whole(name));
    } else {
      return nn::OneOrMany<T>(fields.real(name));
    }
  }
  const std::vector<double> v = fields.reals(name);
  if constexpr (std::integral<T>) fields.wholes(name);
  const auto at = [&](std::size_t i) { return static_cast<T>(v[i]); };
  if (v.size() == 2) return {at(0), at(1)};
  if (v.size() == 3) return {at(0), at(1), at(2)};
  fields.fail(name, "a number, or two or three");
}

template <typename T>
std::optional<T> maybe(const Fields& fields, const char* name, T (Fields::*read)(const char*) const) {
  if (fields.at(name).is_null()) return std::nullopt;
  return (fields.*read)(name);
}

template <int kRank>
double window(const Fields& fields) {
  double product = 1;
  for (const std::int64_t extent : fields.axes<kRank>("kernel_size")) product *= static_cast<double>(extent);
  return product;
}

inline double number(const Fields& fields, const char* name) { return static_cast<double>(fields.whole(name)); }

}  // namespace lamella::models
