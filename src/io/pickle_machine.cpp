#include "io/pickle_machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <utility>

#include "io/file_bytes.h"
#include "io/pickle.h"
#include "io/safetensors_header.h"
#include "io/utf8.h"

namespace lamella::io {
namespace {

using Kind = PyValue::Kind;

constexpr std::size_t kMaxContainers = std::size_t{1} << 23;  // an empty one takes 1 byte in a file and 200 here
constexpr std::size_t kMaxLongBytes = 1024;                   // Python's own numbers grow faster than this is useful

/// The byte count in front of the operand of opcodes that have one.
struct Counted {
  std::uint8_t opcode;
  int count_bytes;
  Kind kind;
};
constexpr Counted kTexts[] = {
    {'X', 4, Kind::kString},      // BINUNICODE
    {0x8c, 1, Kind::kString},     // SHORT_BINUNICODE
    {0x8d, 8, Kind::kString},     // BINUNICODE8
    {'B', 4, Kind::kBytes},       // BINBYTES
    {'C', 1, Kind::kBytes},       // SHORT_BINBYTES
    {0x8e, 8, Kind::kBytes},      // BINBYTES8
    {0x96, 8, Kind::kByteArray},  // BYTEARRAY8
    {'U', 1, Kind::kNone},        // SHORT_BINSTRING: Python 2's str is text where it is UTF-8, else bytes
    {'T', 4, Kind::kNone},        // BINSTRING
};

}  // namespace

int height_of(const PyValue& value, std::unordered_map<const void*, int>& heights, int depth) {
  constexpr int kOpen = -1;
  const bool with_attributes = value.is_tensor() && value.tensor_data().attributes.is_dict();
  if (!value.is_sequence() && !value.is_dict() && !with_attributes) return 0;
  if (depth > kMaxPickleDepth) throw Refusal{fmt::format("nests containers deeper than {}", kMaxPickleDepth)};
  const auto [it, is_new] = heights.emplace(value.identity(), kOpen);
  int& known = it->second;  // references into the map stay valid
  if (!is_new && known == kOpen) throw Refusal{fmt::format("holds a {} that holds itself", value.type_name())};
  if (is_new) {
    int highest = 0;
    const auto visit = [&](const PyValue& part) { highest = std::max(highest, height_of(part, heights, depth + 1)); };
    if (value.is_sequence()) std::ranges::for_each(value.items(), visit);
    if (with_attributes) visit(value.tensor_data().attributes);
    if (value.is_dict()) {
      for (const auto& [key, item] : value.entries()) visit(key), visit(item);
      visit(value.entries().attributes);
    }
    known = highest + 1;
  }
  if (depth + known > kMaxPickleDepth + 1)
    throw Refusal{fmt::format("nests containers deeper than {}", kMaxPickleDepth)};
  return known;
}

PickleMachine::~PickleMachine() {
  stack_.clear();
  memo_.clear();
  for (PyValue& container : containers_) {
    if (heights_.contains(container.identity())) continue;
    if (container.is_dict()) {
      container.entries().clear();
    } else {
      container.items().clear();
    }
  }
}

PyValue PickleMachine::run() {
  for (;;) {
    opcode_at_ = position_;
    if (position_ == bytes_.size()) throw Refusal{"ends before the pickle does"};
    const auto opcode = static_cast<std::uint8_t>(bytes_[position_++]);
    if (opcode == '.') break;  // STOP
    if (!step(opcode)) {
      const bool instance = opcode == 0x81 || opcode == 0x92 || opcode == 'o' || opcode == 'i';  // NEWOBJ, OBJ, INST
      throw Refusal{instance
                        ? std::string("holds an object of a class, which takes code to load; save plain containers "
                                      "and tensors")
                        : fmt::format("has the unknown opcode {:02x}: no pickle, or a damaged one", opcode)};
    }
  }
  PyValue value = pop_value();
  std::unordered_map<const void*, int> heights;
  height_of(value, heights);
  heights_ = std::move(heights);
  return value;
}

// --- Operands ----------------------------------------------------------------------------------------------------

std::string_view PickleMachine::take(std::uint64_t count) {
  if (count > bytes_.size() - position_) {
    throw Refusal{fmt::format("needs {} bytes, {} are left: cut short", count, bytes_.size() - position_)};
  }
  const std::string_view taken(reinterpret_cast<const char*>(bytes_.data()) + position_, count);
  position_ += count;
  return taken;
}

std::uint64_t PickleMachine::take_number(int bytes) {
  std::uint64_t value = 0;
  const std::string_view text = take(static_cast<unsigned>(bytes));
  for (std::size_t i = text.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(text[i]);
  return value;
}

std::string_view PickleMachine::take_line() {
  const std::string_view rest(reinterpret_cast<const char*>(bytes_.data()) + position_, bytes_.size() - position_);
  const std::size_t size = rest.find('\n');
  if (size == std::string_view::npos) throw Refusal{"has a line without end: cut short"};
  position_ += size + 1;
  return rest.substr(0, size);
}

// --- The stack ---------------------------------------------------------------------------------------------------

void PickleMachine::push(PickleItem item) { stack_.push_back(std::move(item)); }

PickleItem& PickleMachine::top() {
  if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) throw Refusal{"takes from an empty stack: damaged"};
  return stack_.back();
}

PickleItem PickleMachine::pop() {
  PickleItem item = std::move(top());
  stack_.pop_back();
  return item;
}

PyValue PickleMachine::pop_value() {
  const PickleItem item = pop();
  const PyValue* value = std::get_if<PyValue>(&item);
  if (value == nullptr) throw Refusal{fmt::format("holds {} as a value, which lamella does not load", described(item))};
  return *value;
}

std::vector<PickleItem> PickleMachine::pop_to_mark() {
  if (marks_.empty()) throw Refusal{"misses a mark: damaged"};
  const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
  std::vector<PickleItem> items(std::make_move_iterator(begin), std::make_move_iterator(stack_.end()));
  stack_.erase(begin, stack_.end());
  marks_.pop_back();
  return items;
}

/// Notes a container, so that it can be emptied.
PyValue PickleMachine::kept(PyValue container) {
  if (containers_.size() == kMaxContainers) throw Refusal{fmt::format("has more than {} containers", kMaxContainers)};
  containers_.push_back(container);
  return container;
}

// --- Opcodes -----------------------------------------------------------------------------------------------------

/// Runs one opcode; false if there is no such.
bool PickleMachine::step(std::uint8_t opcode) {
  switch (opcode) {
    case 0x80:  // PROTO: the number only says which opcodes may follow
      take(1);
      return true;
    case 0x95:  // FRAME: a hint for reading ahead
      take(8);
      return true;
    case '(':  // MARK
      marks_.push_back(stack_.size());
      return true;
    case '0':  // POP
      if (!marks_.empty() && marks_.back() == stack_.size()) {
        marks_.pop_back();
      } else {
        pop();
      }
      return true;
    case '1':  // POP_MARK
      pop_to_mark();
      return true;
    case '2':  // DUP
      push(PickleItem(top()));
      return true;
    case 'c': {  // GLOBAL
      const std::string_view module = take_line();
      name_global(module, take_line());
      return true;
    }
    case 0x93: {  // STACK_GLOBAL
      const PyValue name = pop_value(), module = pop_value();
      if (!name.is_string() || !module.is_string()) throw Refusal{"names a class by what is no text: damaged"};
      name_global(module.as_string(), name.as_string());
      return true;
    }
    case 'R':  // REDUCE
      reduce();
      return true;
    case 'b':  // BUILD
      build();
      return true;
    case 'Q':  // BINPERSID
      push_claim();
      return true;
    default:
      return step_number(opcode) || step_text(opcode) || step_container(opcode) || step_memo(opcode);
  }
}

bool PickleMachine::step_text(std::uint8_t opcode) {
  const auto* counted = std::ranges::find(kTexts, opcode, &Counted::opcode);
  if (counted == std::end(kTexts)) return false;
  const std::string_view text = take(take_number(counted->count_bytes));
  if (counted->kind != Kind::kNone) {
    push_text(counted->kind, text);
  } else {
    push_text(is_utf8(text) ? Kind::kString : Kind::kBytes, text);
  }
  return true;
}

void PickleMachine::push_text(Kind kind, std::string_view text) {
  if (kind == Kind::kString && !is_utf8(text)) throw Refusal{"holds text that is not UTF-8"};
  push(PyValue::from_text(kind, std::string(text)));
}

bool PickleMachine::step_number(std::uint8_t opcode) {
  switch (opcode) {
    case 'N':  // NONE
      push(PyValue());
      return true;
    case 0x88:  // NEWTRUE
    case 0x89:  // NEWFALSE
      push(PyValue(opcode == 0x88));
      return true;
    case 'J':  // BININT
      push(PyValue(static_cast<std::int32_t>(take_number(4))));
      return true;
    case 'K':  // BININT1
      push(PyValue(static_cast<std::int64_t>(take_number(1))));
      return true;
    case 'M':  // BININT2
      push(PyValue(static_cast<std::int64_t>(take_number(2))));
      return true;
    case 0x8a:  // LONG1
      push_long(take(take_number(1)));
      return true;
    case 0x8b:  // LONG4
      push_long(take(take_number(4)));
      return true;
    case 'I':  // INT, and bools before protocol 2
    case 'L':  // LONG
      push_decimal(take_line());
      return true;
    case 'G': {  // BINFLOAT, big endian
      std::uint64_t bits = 0;
      for (const char c : take(8)) bits = bits << 8 | static_cast<unsigned char>(c);
      push(PyValue(std::bit_cast<double>(bits)));
      return true;
    }
    default:
      return false;
  }
}

/// A whole number of any size: two's complement, no bytes are 0.
void PickleMachine::push_long(std::string_view bytes) {
  if (bytes.size() > kMaxLongBytes) throw Refusal{fmt::format("holds a number of {} bytes", bytes.size())};
  const auto negative = [](char c) { return (static_cast<unsigned char>(c) & 0x80U) != 0; };
  while (bytes.size() > 8 && bytes.back() == (negative(bytes[bytes.size() - 2]) ? '\xff' : '\0')) {
    bytes.remove_suffix(1);  // it only repeats the sign
  }
  if (bytes.size() > 8) return push(PyValue::from_text(Kind::kBigInt, std::string(bytes)));
  std::uint64_t value = !bytes.empty() && negative(bytes.back()) ? ~std::uint64_t{0} : 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  push(PyValue(static_cast<std::int64_t>(value)));
}

void PickleMachine::push_decimal(std::string_view line) {
  if (line == "00" || line == "01") return push(PyValue(line == "01"));
  if (line.ends_with('L')) line.remove_suffix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
  if (error != std::errc{} || end != line.data() + line.size()) {
    throw Refusal{fmt::format("has {} where a 64-bit number is needed", shown_name(line))};
  }
  push(PyValue(value));
}

Pickle read_pickle(std::span<const std::byte> bytes, const std::string& name, const StorageLoader& storages) {
  PickleMachine machine(bytes, storages);
  try {
    PyValue value = machine.run();
    return {std::move(value), machine.end()};
  } catch (const Refusal& refusal) {
    throw_file_error(name, fmt::format("byte {} {}", machine.at(), refusal.reason));
  }
}

}  // namespace lamella::io
