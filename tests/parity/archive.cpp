#include "parity/archive.h"

#include <stdexcept>

#include <fmt/format.h>

#include <lamella/ops/arithmetic.h>

#include "core/tensor_impl.h"

namespace lamella::parity {

namespace {

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      result += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      result += c;
    }
  }
  return result + "\"";
}

std::string joined(const TensorList& list, auto&& one) {
  std::string result = "[";
  for (const Tensor& tensor : list) result += (result.size() > 1 ? "," : "") + one(tensor);
  return result + "]";
}

}  // namespace

Record& Record::json(std::string_view key, std::string_view value) {
  body_ += fmt::format("{}\"{}\":{}", body_.empty() ? "" : ",", key, value);
  return *this;
}

Record& Record::text(std::string_view key, std::string_view value) { return json(key, quoted(value)); }

Record& Record::number(std::string_view key, double value) { return json(key, fmt::format("{:.17g}", value)); }

Record& Record::numbers(std::string_view key, const std::vector<double>& values) {
  std::string list;
  for (const double value : values) list += fmt::format("{}{:.17g}", list.empty() ? "" : ",", value);
  return json(key, "[" + list + "]");
}

Archive::Archive(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  cases_.open(folder / "cases.jsonl", std::ios::binary);
  data_.open(folder / "data.bin", std::ios::binary);
  if (!cases_ || !data_) throw std::runtime_error("cannot write to " + folder.string());
}

void Archive::write(const Record& record) { cases_ << record.str() << '\n'; }

std::string Archive::store(const Tensor& geometry, std::int64_t offset, const Tensor& contiguous) {
  const auto size = static_cast<std::int64_t>(size_of(contiguous.dtype()));
  const std::int64_t padding = (8 - position_ % 8) % 8;
  data_.write("\0\0\0\0\0\0\0", padding);
  position_ += padding;
  const std::int64_t bytes = contiguous.numel() * size;
  if (bytes > 0) data_.write(static_cast<const char*>(contiguous.data_ptr()), bytes);
  const std::string reference = fmt::format(
      R"({{"dtype":"{}","shape":{},"strides":{},"offset":{},"count":{},"position":{}}})", name_of(geometry.dtype()),
      to_string(geometry.shape()), to_string(geometry.strides()), offset, contiguous.numel(), position_);
  position_ += bytes;
  return reference;
}

std::string Archive::values(const Tensor& tensor) {
  if (!tensor.defined()) return "null";
  return store(tensor, 0, tensor.detach().clone(MemoryFormat::kContiguous));
}

std::string Archive::view(const Tensor& tensor) {
  if (!tensor.defined()) return "null";
  const auto elements = static_cast<std::int64_t>(impl(tensor).storage->bytes() / size_of(tensor.dtype()));
  return store(tensor, tensor.storage_offset(), alias(tensor, {elements}, {1}, 0));
}

std::string Archive::values(const TensorList& list) {
  return joined(list, [this](const Tensor& tensor) { return values(tensor); });
}

std::string Archive::views(const TensorList& list) {
  return joined(list, [this](const Tensor& tensor) { return view(tensor); });
}

void Archive::finish() {
  cases_.close();
  data_.close();
  if (!cases_ || !data_) throw std::runtime_error("a write failed; is the disk full?");
}

}  // namespace lamella::parity
