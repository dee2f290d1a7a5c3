#include "models/fields.h"

#include <lamella/error.h>

#include <fmt/format.h>

#include <limits>

namespace lamella::models {
namespace {

constexpr std::size_t kMaxText = 1 << 20;
constexpr int kMaxDepth = 100;  // printing a value recurses

bool is_whole(const Json& value) {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return value.is_number_integer() && !(value.is_number_unsigned() && value.get<std::uint64_t>() > kMost);
}

/// What a value looks like in an error: short, and without bytes that are no text.
std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  return text.size() <= 40 ? text : text.substr(0, 37) + "...";
}

}  // namespace

Fields::Fields(const Json& object, std::string what) : object_(object), what_(std::move(what)) {
  if (!object.is_object()) throw ValueError(fmt::format("{} is {}, expected an object", what_, shown(object)));
}

void Fields::fail(const char* name, std::string_view expected) const {
  throw ValueError(fmt::format("{}: \"{}\" is {}, expected {}", what_, name,
                               object_.contains(name) ? shown(object_.at(name)) : "missing", expected));
}

const Json& Fields::at(const char* name) const {
  const auto it = object_.find(name);
  if (it == object_.end()) fail(name, "a value");
  asked_.insert(name);
  return *it;
}

std::int64_t Fields::whole(const char* name) const {
  const Json& value = at(name);
  if (!is_whole(value)) fail(name, "a whole number");
  return value.get<std::int64_t>();
}

double Fields::real(const char* name) const {
  const Json& value = at(name);
  if (!value.is_number()) fail(name, "a number");
  return value.get<double>();
}

bool Fields::flag(const char* name) const {
  const Json& value = at(name);
  if (!value.is_boolean()) fail(name, "true or false");
  return value.get<bool>();
}

std::string Fields::word(const char* name) const {
  const Json& value = at(name);
  if (!value.is_string()) fail(name, "text");
  return value.get<std::string>();
}

std::vector<std::int64_t> Fields::wholes(const char* name) const {
  const Json& value = at(name);
  if (!value.is_array()) fail(name, "a list of whole numbers");
  std::vector<std::int64_t> result;
  for (const Json& item : value) {
    if (!is_whole(item)) fail(name, "a list of whole numbers");
    result.push_back(item.get<std::int64_t>());
  }
  return result;
}

std::vector<double> Fields::reals(const char* name) const {
  const Json& value = at(name);
  if (!value.is_array()) fail(name, "a list of numbers");
  std::vector<double> result;
  for (const Json& item : value) {
    if (!item.is_number()) fail(name, "a list of numbers");
    result.push_back(item.get<double>());
  }
  return result;
}

void Fields::expect_no_others() const {
  for (const auto& item : object_.items()) {
    if (!asked_.contains(item.key())) {
      throw ValueError(fmt::format("{}: \"{}\" is not known; a newer lamella may have written it", what_, item.key()));
    }
  }
}

Json parse_json(const std::string& text, std::string_view what) {
  if (text.size() > kMaxText) throw ValueError(fmt::format("{} is longer than a megabyte", what));
  const auto check_depth = [what](int depth, Json::parse_event_t, const Json&) {
    if (depth > kMaxDepth) throw ValueError(fmt::format("{} is nested deeper than {}", what, kMaxDepth));
    return true;
  };
  Json value = Json::parse(text, check_depth, /*allow_exceptions=*/false);
  if (value.is_discarded()) throw ValueError(fmt::format("{} is no JSON", what));
  return value;
}

}  // namespace lamella::models
