#include <lamella/nn/parameter_container.h>

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace lamella::nn {

namespace {

/// The names that tensors' types had before dtypes, in the order of DType.
constexpr std::string_view kTensorTypes[kDTypeCount] = {"Bool", "Byte", "Char",     "Short", "Int",
                                                        "Long", "Half", "BFloat16", "Float", "Double"};

}  // namespace

void ParameterContainer::members(Members& m) {
  for (NamedParameter& item : items_) m(item.name, item.parameter);
}

std::string ParameterContainer::extra_repr() const {
  std::vector<std::string> lines;
  for (const NamedParameter& item : items_) {
    lines.push_back(fmt::format("  ({}): Parameter containing: [{} of size {}]", item.name, kind_of(item.parameter),
                                fmt::join(item.parameter.shape(), "x")));
  }
  return fmt::format("{}", fmt::join(lines, "\n"));
}

ParameterList::ParameterList(std::initializer_list<Parameter> parameters) {
  for (const Parameter& parameter : parameters) push_back(parameter);
}

void ParameterList::push_back(Parameter parameter) {
  items_.push_back({std::to_string(items_.size()), std::move(parameter)});
}

Parameter& ParameterList::operator[](std::int64_t index) {
  const auto count = static_cast<std::int64_t>(items_.size());
  if (index < -count || index >= count) {
    throw IndexError(fmt::format("index {} is out of range: the ParameterList has {} parameters", index, count));
  }
  return items_[static_cast<std::size_t>(index < 0 ? index + count : index)].parameter;
}

std::string ParameterList::kind_of(const Tensor& tensor) const {
  return fmt::format("torch.{}", name_of(tensor.dtype()));
}

ParameterDict::ParameterDict(std::initializer_list<NamedParameter> parameters) {
  for (const auto& [name, parameter] : parameters) set(name, parameter);
}

void ParameterDict::set(std::string name, Parameter parameter) {
  if (name.empty() || name.find('.') != std::string::npos) {
    throw ValueError(fmt::format("\"{}\" cannot be a parameter's name: it must not be empty or contain a dot", name));
  }
  for (NamedParameter& item : items_) {
    if (item.name != name) continue;
    item.parameter = std::move(parameter);
    return;
  }
  items_.push_back({std::move(name), std::move(parameter)});
}

Parameter& ParameterDict::operator[](std::string_view name) {
  std::vector<std::string_view> names;
  for (NamedParameter& item : items_) {
    if (item.name == name) return item.parameter;
    names.push_back(item.name);
  }
  throw IndexError(fmt::format("the ParameterDict has no \"{}\"; there are: {}", name, fmt::join(names, ", ")));
}

bool ParameterDict::contains(std::string_view name) const {
  return std::any_of(items_.begin(), items_.end(), [name](const NamedParameter& item) { return item.name == name; });
}

bool ParameterDict::erase(std::string_view name) {
  return std::erase_if(items_, [name](const NamedParameter& item) { return item.name == name; }) != 0;
}

std::string ParameterDict::kind_of(const Tensor& tensor) const {
  return fmt::format("torch.{}Tensor", kTensorTypes[static_cast<std::size_t>(tensor.dtype())]);
}

}  // namespace lamella::nn
