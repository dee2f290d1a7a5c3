#include "nn/type_name.h"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <string>
#include <typeindex>
#include <unordered_map>

#include <cxxabi.h>

namespace lamella::nn {

namespace {

std::string demangled(const std::type_info& type) {
  int status = 0;
  char* text = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
  std::string result = status == 0 ? text : type.name();
  std::free(text);
  return result;
}

/// What stands behind the last "::" that is not inside of template arguments or parentheses.
std::string unqualified(const std::string& name) {
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (c == '<' || c == '(' || c == '{') ++depth;
    if (c == '>' || c == ')' || c == '}') --depth;
    if (c == ':' && depth == 0) begin = i + 1;
  }
  return name.substr(begin);
}

std::string_view look_up(const std::type_info& type) {
  static std::mutex mutex;
  static std::unordered_map<std::type_index, std::string> names;  // its elements never move
  const std::lock_guard lock(mutex);
  auto [it, fresh] = names.try_emplace(std::type_index(type));
  if (fresh) it->second = unqualified(demangled(type));
  return it->second;
}

}  // namespace

std::string_view type_name_of(const std::type_info& type) {
  struct Entry {
    const std::type_info* type = nullptr;
    std::string_view name;
  };
  thread_local std::array<Entry, 64> cache;
  Entry& entry = cache[(reinterpret_cast<std::uintptr_t>(&type) >> 4) % cache.size()];
  if (entry.type != &type) entry = {&type, look_up(type)};
  return entry.name;
}

}  // namespace lamella::nn
