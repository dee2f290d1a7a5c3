// The names of classes, for printing and error texts.
#pragma once

#include <string_view>
#include <typeinfo>

namespace lamella::nn {

/// "Conv2d" for lamella::nn::Conv2d: demangled, without namespaces and enclosing functions. Valid for good; some
/// nanoseconds after the first time on a thread.
std::string_view type_name_of(const std::type_info& type);

}  // namespace lamella::nn
