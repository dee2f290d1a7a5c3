#include "io/safetensors_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

namespace lamella::io {
namespace {

using Fault = SafetensorsFault;

constexpr SafetensorsDType kDTypes[] = {
    {"BOOL", 8, DType::kBool},        {"F4", 4, std::nullopt},          {"F6_E2M3", 6, std::nullopt},
    {"F6_E3M2", 6, std::nullopt},     {"U8", 8, DType::kUInt8},         {"I8", 8, DType::kInt8},
    {"F8_E5M2", 8, std::nullopt},     {"F8_E4M3", 8, std::nullopt},     {"F8_E8M0", 8, std::nullopt},
    {"F8_E4M3FNUZ", 8, std::nullopt}, {"F8_E5M2FNUZ", 8, std::nullopt}, {"I16", 16, DType::kInt16},
    {"U16", 16, std::nullopt},        {"F16", 16, DType::kFloat16},     {"BF16", 16, DType::kBFloat16},
    {"I32", 32, DType::kInt32},       {"U32", 32, std::nullopt},        {"F32", 32, DType::kFloat32},
    {"C64", 64, std::nullopt},        {"F64", 64, DType::kFloat64},     {"I64", 64, DType::kInt64},
    {"U64", 64, std::nullopt},
};

/// Follows nlohmann's SAX events through the three levels of a header: names at the top, fields of a tensor or strings
/// of the metadata, numbers of a shape or of offsets. Unknown fields of a tensor are skipped, as the reference does.
class HeaderHandler {
 public:
  using json = nlohmann::json;

  HeaderHandler(Header& header, const std::string& file) : header_(header), file_(file) {}

  bool key(std::string& text) {
    if (depth_ == 1) {
      top_ = text;
      all_names_.push_back(text);
    } else if (depth_ == 2) {
      field_ = text;
      if (in_metadata_) {
        if (!header_.metadata.emplace(text, "").second) duplicate(fmt::format("in {}", kMetadataKey), text);
      } else {
        fields_.push_back(text);
      }
    }
    return true;
  }

  bool start_object(std::size_t) {
    enter();
    if (depth_ != 2) return depth_ == 1 || skipped_or_wrong("an object");
    in_metadata_ = top_ == kMetadataKey;
    fields_.clear();
    if (!in_metadata_) header_.entries.push_back({.name = top_});
    offsets_ = 0;
    return true;
  }

  bool end_object() {
    if (depth_-- == 2 && !in_metadata_) check_fields();
    return true;
  }

  bool start_array(std::size_t) {
    enter();
    if (depth_ == 3 && is_list_field()) return true;
    return skipped_or_wrong("a list");
  }

  bool end_array() {
    if (depth_-- == 3 && !in_metadata_ && field_ == "data_offsets" && offsets_ != 2) bad_offsets();
    return true;
  }

  bool string(std::string& text) {
    if (depth_ == 2 && in_metadata_) {
      header_.metadata[field_] = std::move(text);
    } else if (depth_ == 2 && field_ == "dtype") {
      entry().dtype = find_dtype(text);
    } else {
      return skipped_or_wrong("a string");
    }
    return true;
  }

  bool number_unsigned(std::uint64_t value) {
    if (depth_ != 3 || !is_list_field()) return skipped_or_wrong("a number");
    if (field_ == "shape") {
      if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) bad_shape();
      entry().shape.push_back(static_cast<std::int64_t>(value));
    } else {
      if (offsets_ >= 2) bad_offsets();
      (offsets_++ == 0 ? entry().begin : entry().end) = value;
    }
    return true;
  }

  bool null() {
    if (depth_ == 1 && top_ == kMetadataKey) return true;  // counts as absent
    return skipped_or_wrong("null");
  }
  bool boolean(bool) { return skipped_or_wrong("a boolean"); }
  bool number_integer(std::int64_t) { return skipped_or_wrong("a negative number"); }
  bool number_float(double, const std::string&) { return skipped_or_wrong("a number that is no integer in range"); }
  bool binary(json::binary_t&) { return skipped_or_wrong("binary data"); }

  bool parse_error(std::size_t position, const std::string& token, const nlohmann::detail::exception&) {
    // The token can be as long as the header, and hold anything.
    std::string shown;
    for (const char c : token.substr(0, 24)) shown += c >= 0x20 && c < 0x7f ? c : '.';
    fault(Fault::kBadJson, fmt::format("the header is damaged: unexpected \"{}\" at byte {}", shown, 8 + position));
  }

  /// To be called at the end: no name may stand twice at the top.
  void check_names() {
    std::ranges::sort(all_names_);
    const auto twice = std::ranges::adjacent_find(all_names_);
    if (twice != all_names_.end()) duplicate("in the header", *twice);
  }

 private:
  static constexpr int kMaxDepth = 4;

  HeaderEntry& entry() { return header_.entries.back(); }
  bool is_list_field() const { return !in_metadata_ && (field_ == "shape" || field_ == "data_offsets"); }

  void enter() {
    if (++depth_ > kMaxDepth) fault(Fault::kTooDeep, fmt::format("the header is nested deeper than {}", kMaxDepth));
  }

  /// At the end of a tensor's entry. Sorted: a hostile one can have millions of fields.
  void check_fields() {
    std::ranges::sort(fields_);
    const auto twice = std::ranges::adjacent_find(fields_);
    if (twice != fields_.end()) duplicate(fmt::format("in tensor {}", shown_name(top_)), *twice);
    for (const char* required : {"dtype", "shape", "data_offsets"}) {
      if (std::ranges::binary_search(fields_, required)) continue;
      fault(Fault::kMissingField, fmt::format("tensor {} has no {}", shown_name(top_), required));
    }
  }

  /// A value where none of its kind belongs: fine inside of an unknown field, else a fault.
  bool skipped_or_wrong(std::string_view what) {
    const int level = depth_ - (what == "an object" || what == "a list" ? 1 : 0);  // where the value stands
    if (level == 0) fault(Fault::kNotAnObject, fmt::format("the header is {}, expected an object", what));
    if (in_metadata_ && level >= 2) bad_metadata(fmt::format("{} is {}", shown_name(field_), what));
    if (level == 1 && top_ == kMetadataKey) bad_metadata(fmt::format("it is {}", what));
    if (level == 1)
      fault(Fault::kBadTensor, fmt::format("the entry of tensor {} is {}, expected an object", shown_name(top_), what));
    if (field_ == "shape") bad_shape();
    if (field_ == "data_offsets") bad_offsets();
    if (field_ == "dtype")
      fault(Fault::kBadTensor, fmt::format("the dtype of tensor {} is {}, expected a string", shown_name(top_), what));
    return true;
  }

  const SafetensorsDType* find_dtype(std::string_view name) const {
    const auto* found = std::ranges::find(kDTypes, name, &SafetensorsDType::name);
    if (found == std::end(kDTypes)) {
      fault(Fault::kUnknownDType,
            fmt::format("tensor {} has the unknown dtype {}", shown_name(top_), shown_name(name)));
    }
    return found;
  }

  [[noreturn]] void fault(Fault fault, std::string_view reason) const { throw_fault(fault, file_, reason); }
  [[noreturn]] void bad_shape() const {
    fault(Fault::kBadShape,
          fmt::format("the shape of tensor {} is no list of integers from 0 to 2^63 - 1", shown_name(top_)));
  }
  [[noreturn]] void bad_offsets() const {
    fault(Fault::kBadOffsets,
          fmt::format("the data_offsets of tensor {} are not two integers, begin and end", shown_name(top_)));
  }
  [[noreturn]] void bad_metadata(std::string_view why) const {
    fault(Fault::kBadMetadata, fmt::format("{} must be an object of strings, but {}", kMetadataKey, why));
  }
  [[noreturn]] void duplicate(std::string_view where, std::string_view name) const {
    fault(Fault::kDuplicateName, fmt::format("{} stands twice {}", shown_name(name), where));
  }

  Header& header_;
  const std::string& file_;
  int depth_ = 0;
  bool in_metadata_ = false;
  std::string top_;                  // the key at depth 1
  std::string field_;                // the key at depth 2
  std::vector<std::string> fields_;  // all keys so far of the tensor at hand
  std::vector<std::string> all_names_;
  int offsets_ = 0;
};

}  // namespace

std::span<const SafetensorsDType> safetensors_dtypes() { return kDTypes; }

std::string shown_name(std::string_view name) {
  constexpr std::size_t kShown = 100;
  std::string shown = "'";
  for (const char c : name.substr(0, kShown)) shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return shown + (name.size() > kShown ? "…'" : "'");
}

void throw_fault(SafetensorsFault fault, const std::string& file, std::string_view reason) {
  throw SafetensorsError(fault, fmt::format("{}: {}", file, reason));
}

Header parse_header(std::string_view json, const std::string& file) {
  if (!json.starts_with('{'))
    throw_fault(Fault::kNotAnObject, file, "not a safetensors file: its header does not begin with '{'");
  // nlohmann takes a zero byte for the end of the text.
  if (json.find('\0') != json.npos) throw_fault(Fault::kBadJson, file, "the header is damaged: it holds a zero byte");
  Header header;
  HeaderHandler handler(header, file);
  nlohmann::json::sax_parse(json.begin(), json.end(), &handler);
  handler.check_names();
  return header;
}

}  // namespace lamella::io
