// The style sheet of the report.
#pragma once

#include <string_view>

namespace lamella::cli {

std::string_view report_style();

}  // namespace lamella::cli
