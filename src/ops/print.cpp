// Tensors as text, as torch/_tensor_str.py prints them: four digits, one width a tensor, "..." in the middle of long
// axes.
#include <cmath>
#include <mutex>

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/print.h>
#include <lamella/tensor.h>

#include "core/tensor_impl.h"

namespace lamella {

namespace {

std::mutex options_mutex;
PrintOptions current_options;

struct Element {
  double real = 0;
  std::int64_t integer = 0;
};

/// All the elements of a tensor, addressed by index.
class Elements {
 public:
  explicit Elements(const Tensor& tensor) : shape(tensor.shape()), dtype(tensor.dtype()), physical_(physical(tensor)) {}

  Element at(const Dims& index) const {
    std::int64_t offset = 0;
    for (std::size_t i = 0; i < index.size(); ++i) offset += index[i] * physical_.strides[i];
    return visit_dtype(dtype, [&]<typename T>() {
      const Scalar value(reinterpret_cast<const T*>(physical_.data)[offset]);
      return Element{value.to_double(), value.is_float() ? 0 : value.to_int()};
    });
  }

  Dims shape;
  DType dtype;

 private:
  Physical physical_;
};

/// The indices of an axis that are shown; -1 stands for the dots.
std::vector<std::int64_t> shown(std::int64_t extent, bool summarize) {
  std::vector<std::int64_t> indices;
  const std::int64_t edge_items = print_options().edge_items;
  const bool cut = summarize && extent > 2 * edge_items;
  for (std::int64_t i = 0; i < extent; ++i) {
    if (cut && i == edge_items) {
      indices.push_back(-1);
      i = extent - edge_items;
    }
    indices.push_back(i);
  }
  return indices;
}

template <typename Fn>
void for_shown(const Elements& elements, bool summarize, Dims& index, Fn&& fn) {
  if (index.size() == elements.shape.size()) {
    fn(elements.at(index));
    return;
  }
  for (const std::int64_t i : shown(elements.shape[index.size()], summarize)) {
    if (i < 0) continue;
    index.push_back(i);
    for_shown(elements, summarize, index, fn);
    index.pop_back();
  }
}

class Formatter {
 public:
  Formatter(const Elements& elements, bool summarize) : dtype_(elements.dtype) {
    double smallest = INFINITY;
    double largest = 0;
    Dims index;
    if (is_floating_point(dtype_)) {
      for_shown(elements, summarize, index, [&](Element e) {
        if (!std::isfinite(e.real) || e.real == 0) return;
        smallest = std::min(smallest, std::abs(e.real));
        largest = std::max(largest, std::abs(e.real));
        integers_ = integers_ && e.real == std::ceil(e.real);
      });
      if (largest > 0)
        scientific_ = print_options().sci_mode.value_or(largest / smallest > 1000.0 || largest > 1.0e8 ||
                                                        (!integers_ && smallest < 1.0e-4));
    }
    for_shown(elements, summarize, index, [&](Element e) {
      // torch leaves infinities, NaN and zeros out of the width of floating-point numbers.
      const bool counts = !is_floating_point(dtype_) || (std::isfinite(e.real) && e.real != 0);
      if (counts) width_ = std::max(width_, text(e).size());
    });
  }

  std::string padded(Element e) const { return fmt::format("{:>{}}", text(e), width_); }
  std::size_t width() const { return width_; }
  std::string text(Element e) const {
    if (dtype_ == DType::kBool) return e.integer != 0 ? "True" : "False";
    if (!is_floating_point(dtype_)) return fmt::format("{}", e.integer);
    if (!std::isfinite(e.real)) return std::isnan(e.real) ? "nan" : e.real > 0 ? "inf" : "-inf";
    if (scientific_) return fmt::format("{:.{}e}", e.real, precision_);
    return integers_ ? fmt::format("{:.0f}.", e.real) : fmt::format("{:.{}f}", e.real, precision_);
  }

 private:
  DType dtype_;
  bool integers_ = true;
  bool scientific_ = false;
  int precision_ = print_options().precision;
  std::size_t width_ = 1;
};

std::string vector_text(const Elements& elements, const Formatter& formatter, bool summarize, Dims& index,
                        std::size_t indent) {
  const auto room = static_cast<std::int64_t>(formatter.width()) + 2;
  const std::int64_t per_line =
      std::max<std::int64_t>(1, (print_options().line_width - static_cast<std::int64_t>(indent)) / room);
  std::string text = "[";
  std::int64_t on_line = 0;
  bool first = true;
  for (const std::int64_t i : shown(elements.shape.back(), summarize)) {
    if (!first) text += on_line == per_line ? ",\n" + std::string(indent + 1, ' ') : ", ";
    if (on_line == per_line) on_line = 0;
    first = false;
    ++on_line;
    if (i < 0) {
      text += " ...";
      continue;
    }
    index.push_back(i);
    text += formatter.padded(elements.at(index));
    index.pop_back();
  }
  return text + "]";
}

std::string nested_text(const Elements& elements, const Formatter& formatter, bool summarize, Dims& index,
                        std::size_t indent) {
  if (elements.shape.empty()) return formatter.text(elements.at(index));
  if (index.size() + 1 == elements.shape.size()) return vector_text(elements, formatter, summarize, index, indent);
  const std::string separator =
      "," + std::string(elements.shape.size() - index.size() - 1, '\n') + std::string(indent + 1, ' ');
  std::string text = "[";
  bool first = true;
  for (const std::int64_t i : shown(elements.shape[index.size()], summarize)) {
    if (!first) text += separator;
    first = false;
    if (i < 0) {
      text += "...";
      continue;
    }
    index.push_back(i);
    text += nested_text(elements, formatter, summarize, index, indent + 1);
    index.pop_back();
  }
  return text + "]";
}

}  // namespace

void set_print_options(const PrintOptions& options) {
  if (options.precision < 0 || options.threshold < 0 || options.edge_items < 0 || options.line_width < 1) {
    throw ValueError("set_print_options: numbers must not be negative, and a line has at least one character");
  }
  const std::lock_guard lock(options_mutex);
  current_options = options;
}

PrintOptions print_options() {
  const std::lock_guard lock(options_mutex);
  return current_options;
}

std::string Tensor::to_string() const {
  if (!defined()) return "undefined tensor";
  constexpr std::string_view kPrefix = "tensor(";
  const Elements elements(*this);
  std::string text(kPrefix);
  std::vector<std::string> suffixes;
  if (numel() == 0) {
    text += "[]";
    if (dim() != 1)
      suffixes.push_back(
          "size=" +
          fmt::format("({}{})", lamella::to_string(shape()).substr(1, lamella::to_string(shape()).size() - 2), ""));
  } else {
    const bool summarize = numel() > print_options().threshold;
    const Formatter formatter(elements, summarize);
    Dims index;
    text += nested_text(elements, formatter, summarize, index, kPrefix.size());
  }
  const bool implied =
      dtype() == default_dtype() || ((dtype() == DType::kInt64 || dtype() == DType::kBool) && numel() > 0);
  if (!implied) suffixes.push_back("dtype=torch." + std::string(name_of(dtype())));
  if (const std::string made_by = grad_fn(); !made_by.empty()) {
    suffixes.push_back("grad_fn=<" + made_by + ">");
  } else if (requires_grad()) {
    suffixes.push_back("requires_grad=True");
  }
  // torch/_tensor_str.py's count of the last line: two more characters than it has.
  std::size_t line = text.size() + 2 - (text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1);
  for (const std::string& suffix : suffixes) {
    if (line + suffix.size() + 2 > static_cast<std::size_t>(print_options().line_width)) {
      text += ",\n" + std::string(kPrefix.size(), ' ') + suffix;
      line = kPrefix.size() + suffix.size();
    } else {
      text += ", " + suffix;
      line += suffix.size() + 2;
    }
  }
  return text + ")";
}

}  // namespace lamella
