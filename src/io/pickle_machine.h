// The stack machine that reads a pickle. Private to io.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "io/pickle_globals.h"

namespace lamella::io {

class PickleMachine {
 public:
  PickleMachine(std::span<const std::byte> bytes, const StorageLoader& storages) : bytes_(bytes), storages_(storages) {}
  /// Containers may hold each other in circles: what the value does not hold is emptied, so that nothing is left over.
  ~PickleMachine();
  PickleMachine(const PickleMachine&) = delete;
  PickleMachine& operator=(const PickleMachine&) = delete;

  /// Runs to the end of the pickle. Raises Refusal; `at()` is the opcode's byte.
  PyValue run();
  std::size_t at() const { return opcode_at_; }
  std::size_t end() const { return position_; }

 private:
  bool step(std::uint8_t opcode);
  bool step_text(std::uint8_t opcode);
  bool step_number(std::uint8_t opcode);
  bool step_container(std::uint8_t opcode);
  bool step_memo(std::uint8_t opcode);

  // The operands of opcodes.
  std::string_view take(std::uint64_t count);
  std::uint64_t take_number(int bytes);
  std::string_view take_line();

  // The stack. Nothing is taken from below the topmost mark.
  void push(PickleItem item);
  PickleItem pop();
  PyValue pop_value();
  PickleItem& top();
  std::vector<PickleItem> pop_to_mark();

  PyValue kept(PyValue container);
  void push_text(PyValue::Kind kind, std::string_view text);
  void push_long(std::string_view little_endian);
  void push_decimal(std::string_view line);
  void push_tuple(std::vector<PickleItem> items);
  void push_dict(std::vector<PickleItem> items);
  void set_items(const PickleItem& dict, std::vector<PickleItem> items);
  void append(const PickleItem& list, std::vector<PickleItem> items);
  void name_global(std::string_view module, std::string_view name);
  void charge(std::uint64_t bytes);
  void reduce();
  void build();
  void push_claim();
  const PickleItem& recall(std::uint64_t index) const;

  std::span<const std::byte> bytes_;
  const StorageLoader& storages_;
  std::size_t position_ = 0;
  std::size_t opcode_at_ = 0;
  std::vector<PickleItem> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, PickleItem> memo_;  // not a vector: an index may be 2^32 - 1
  std::vector<PyValue> containers_;                     // all that were made
  std::unordered_map<const void*, int> heights_;        // of those that the value holds
  std::uint64_t copied_ = 0;
};

/// The height of a value: 0 for a number, one more than its highest item for a container. Raises Refusal for one that
/// holds itself, or is higher than kMaxPickleDepth. Containers met are noted in `heights`.
int height_of(const PyValue& value, std::unordered_map<const void*, int>& heights, int depth = 0);

}  // namespace lamella::io
