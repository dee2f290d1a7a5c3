#include "nn/print.h"

#include <ostream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <lamella/nn/container.h>

#include "nn/inspect.h"

namespace lamella::nn {

std::string python_number(double value) {
  const std::string text = fmt::format("{}", value);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

std::string python_bool(bool value) { return value ? "True" : "False"; }

namespace {

std::string tuple(const std::vector<std::string>& items) {
  return items.size() == 1 ? "(" + items[0] + ",)" : fmt::format("({})", fmt::join(items, ", "));
}

/// type(extra), or with children one a line.
std::string block(std::string_view type, const std::string& extra, const std::vector<std::string>& children) {
  std::string text = std::string(type) + "(";
  if (children.empty() && extra.find('\n') == std::string::npos) return text + extra + ")";
  if (!extra.empty()) text += "\n  " + indented(extra, 2);
  for (const std::string& child : children) text += "\n  " + indented(child, 2);
  return text + "\n)";
}

}  // namespace

std::string python_tuple(std::span<const std::int64_t> values) {
  std::vector<std::string> items;
  for (const std::int64_t value : values) items.push_back(std::to_string(value));
  return tuple(items);
}

std::string python_tuple(std::span<const double> values) {
  std::vector<std::string> items;
  for (const double value : values) items.push_back(python_number(value));
  return tuple(items);
}

std::string indented(const std::string& text, std::size_t spaces) {
  std::string result;
  for (const char c : text) {
    result += c;
    if (c == '\n') result.append(spaces, ' ');
  }
  return result;
}

std::string Module::to_string() const {
  std::vector<std::string> children;
  for (const ChildMember& child : parts_of(*this).children) {
    children.push_back(fmt::format("({}): {}", child.name, child.module->to_string()));
  }
  return block(type_name(), extra_repr(), children);
}

std::string ModuleList::to_string() const {
  std::vector<std::string> children;
  for (std::size_t i = 0; i < items_.size();) {
    const std::string text = items_[i].module->to_string();
    std::size_t end = i + 1;
    while (end < items_.size() && items_[end].module->to_string() == text) ++end;
    if (end - i == 1) {
      children.push_back(fmt::format("({}): {}", items_[i].name, text));
    } else {
      children.push_back(fmt::format("({}-{}): {} x {}", items_[i].name, items_[end - 1].name, end - i, text));
    }
    i = end;
  }
  return block(type_name(), extra_repr(), children);
}

std::ostream& operator<<(std::ostream& out, const Module& module) { return out << module.to_string(); }

}  // namespace lamella::nn
