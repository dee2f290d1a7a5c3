// The machine's containers, its memo, and its calls.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "io/pickle_machine.h"
#include "io/utf8.h"

namespace lamella::io {
namespace {

using Kind = PyValue::Kind;

}  // namespace

bool PickleMachine::step_container(std::uint8_t opcode) {
  switch (opcode) {
    case ')':  // EMPTY_TUPLE
      push_tuple({});
      return true;
    case 0x85:    // TUPLE1
    case 0x86:    // TUPLE2
    case 0x87: {  // TUPLE3
      std::vector<PickleItem> items(opcode - 0x84U, PyValue());
      for (std::size_t i = items.size(); i-- > 0;) items[i] = pop();
      push_tuple(std::move(items));
      return true;
    }
    case 't':  // TUPLE
      push_tuple(pop_to_mark());
      return true;
    case ']':   // EMPTY_LIST
    case 0x8f:  // EMPTY_SET
      push(kept(PyValue::sequence(opcode == ']' ? Kind::kList : Kind::kSet, {})));
      return true;
    case 'l': {  // LIST
      std::vector<PickleItem> items = pop_to_mark();
      push(kept(PyValue::list()));
      append(top(), std::move(items));
      return true;
    }
    case 'a': {  // APPEND
      std::vector<PickleItem> items;
      items.push_back(pop());
      append(top(), std::move(items));
      return true;
    }
    case 'e':     // APPENDS
    case 0x90: {  // ADDITEMS
      std::vector<PickleItem> items = pop_to_mark();
      append(top(), std::move(items));
      return true;
    }
    case '}':  // EMPTY_DICT
      push(kept(PyValue::dict()));
      return true;
    case 'd': {  // DICT
      std::vector<PickleItem> items = pop_to_mark();
      push(kept(PyValue::dict()));
      set_items(top(), std::move(items));
      return true;
    }
    case 's': {  // SETITEM
      std::vector<PickleItem> items(2, PyValue());
      items[1] = pop();
      items[0] = pop();
      set_items(top(), std::move(items));
      return true;
    }
    case 'u': {  // SETITEMS
      std::vector<PickleItem> items = pop_to_mark();
      set_items(top(), std::move(items));
      return true;
    }
    default:
      return false;
  }
}

void PickleMachine::push_tuple(std::vector<PickleItem> items) {
  if (std::ranges::all_of(items, [](const PickleItem& item) { return std::holds_alternative<PyValue>(item); })) {
    PyValue::Sequence values;
    values.reserve(items.size());
    for (PickleItem& item : items) values.push_back(std::get<PyValue>(std::move(item)));
    return push(kept(PyValue::tuple(std::move(values))));
  }
  int depth = 0;
  for (const PickleItem& item : items) {
    const auto* nested = std::get_if<std::shared_ptr<const PickleArguments>>(&item);
    if (nested != nullptr) depth = std::max(depth, (*nested)->depth);
  }
  if (depth >= kMaxPickleDepth) throw Refusal{fmt::format("nests tuples deeper than {}", kMaxPickleDepth)};
  push(std::make_shared<const PickleArguments>(PickleArguments{std::move(items), depth + 1}));
}

namespace {

PyValue container_of(const PickleItem& item) {
  const PyValue* value = std::get_if<PyValue>(&item);
  if (value == nullptr) throw Refusal{fmt::format("puts an item into {}: damaged", described(item))};
  return *value;
}

PyValue value_of(PickleItem& item) {
  PyValue* value = std::get_if<PyValue>(&item);
  if (value == nullptr) throw Refusal{fmt::format("holds {} as a value, which lamella does not load", described(item))};
  return std::move(*value);
}

}  // namespace

void PickleMachine::append(const PickleItem& list, std::vector<PickleItem> items) {
  PyValue target = container_of(list);
  if (target.kind() != Kind::kList && target.kind() != Kind::kSet) {
    throw Refusal{fmt::format("appends to a {}: damaged", target.type_name())};
  }
  for (PickleItem& item : items) {
    PyValue value = value_of(item);
    if (target.kind() == Kind::kSet && !PyDict::is_hashable(value)) {
      throw Refusal{fmt::format("puts a {} into a set: damaged", value.type_name())};
    }
    target.items().push_back(std::move(value));
  }
}

void PickleMachine::set_items(const PickleItem& dict, std::vector<PickleItem> items) {
  PyValue target = container_of(dict);
  if (!target.is_dict()) throw Refusal{fmt::format("sets an entry of a {}: damaged", target.type_name())};
  if (items.size() % 2 != 0) throw Refusal{"sets a key without a value: damaged"};
  PyDict& entries = target.entries();
  const std::uint64_t before = entries.index_bytes();
  for (std::size_t i = 0; i < items.size(); i += 2) {
    PyValue key = value_of(items[i]);
    if (!PyDict::is_hashable(key)) throw Refusal{fmt::format("has a {} as a key of a dictionary", key.type_name())};
    entries.set(std::move(key), value_of(items[i + 1]));
  }
  // A long key costs two bytes where it is used again.
  charge(entries.index_bytes() - before);
}

bool PickleMachine::step_memo(std::uint8_t opcode) {
  switch (opcode) {
    case 'q':  // BINPUT
    case 'r':  // LONG_BINPUT
      memo_.insert_or_assign(take_number(opcode == 'q' ? 1 : 4), top());
      return true;
    case 0x94:  // MEMOIZE
      memo_.insert_or_assign(memo_.size(), top());
      return true;
    case 'h':  // BINGET
    case 'j':  // LONG_BINGET
      push(PickleItem(recall(take_number(opcode == 'h' ? 1 : 4))));
      return true;
    default:
      return false;
  }
}

const PickleItem& PickleMachine::recall(std::uint64_t index) const {
  const auto it = memo_.find(index);
  if (it == memo_.end()) throw Refusal{fmt::format("asks for item {}, which was not there: damaged", index)};
  return it->second;
}

// --- Calls -------------------------------------------------------------------------------------------------------

void PickleMachine::name_global(std::string_view module, std::string_view name) {
  constexpr std::size_t kLongest = 200;
  if (module.size() > kLongest || name.size() > kLongest || !is_utf8(module) || !is_utf8(name)) {
    throw Refusal{"names a class by what is no name: damaged"};
  }
  const PickleGlobal& global = find_pickle_global(module, name);
  if (global.role == PickleGlobal::Role::kDType) {
    push(PyValue(std::get<DType>(global.detail)));
  } else {
    push(&global);
  }
}

namespace {

/// What a call may copy of its arguments: OrderedDict(list), encode(text).
std::uint64_t copied_bytes(const PickleItem& arguments) {
  const PyValue* tuple = std::get_if<PyValue>(&arguments);
  if (tuple == nullptr || tuple->kind() != Kind::kTuple) return 0;
  std::uint64_t bytes = 0;
  for (const PyValue& item : tuple->items()) {
    if (item.is_string()) bytes += item.as_string().size();
    if (item.is_sequence() || item.is_dict()) bytes += item.size() * sizeof(PyDict::Item);
  }
  return bytes + tuple->size() * sizeof(PickleItem);
}

}  // namespace

/// An item costs two bytes where a pickle uses it again, so a copy of it is counted.
void PickleMachine::charge(std::uint64_t bytes) {
  copied_ += bytes;
  if (copied_ > 64 * bytes_.size() + (1U << 20)) throw Refusal{"copies large items over and over: not loaded"};
}

void PickleMachine::reduce() {
  const PickleItem arguments = pop();
  const PickleItem callable = pop();
  const auto* function = std::get_if<const PickleGlobal*>(&callable);
  if (function == nullptr) throw Refusal{fmt::format("calls {}: damaged", described(callable))};
  charge(256 + copied_bytes(arguments));
  PyValue result = call_pickle_global(**function, pickle_arguments(arguments), storages_);
  push(result.is_sequence() || result.is_dict() ? kept(std::move(result)) : std::move(result));
}

/// Attributes of an OrderedDict: a state_dict's _metadata.
void PickleMachine::build() {
  const PyValue state = pop_value();
  PyValue object = container_of(top());
  if (object.kind() != Kind::kOrderedDict || state.kind() != Kind::kDict) {
    throw Refusal{fmt::format("sets the state of a {} by a {}, which lamella does not load", object.type_name(),
                              state.type_name())};
  }
  object.entries().attributes = state;
}

/// ('storage', class, key, device, numel[, view]): text and a number.
void PickleMachine::push_claim() {
  const std::vector<PickleItem> items = pickle_arguments(pop());
  const auto text = [&](std::size_t i) -> std::string {
    const PyValue* value = std::get_if<PyValue>(&items[i]);
    if (value == nullptr || !value->is_string()) throw Refusal{"refers to a storage in an unknown way"};
    return value->as_string();
  };
  if (!items.empty() && text(0) == "module") {
    throw Refusal{
        "holds a whole module, which takes code to load; load it in Python with PyTorch and save "
        "model.state_dict()"};
  }
  if (items.size() < 5 || items.size() > 6 || text(0) != "storage") {
    throw Refusal{"refers to a storage in an unknown way"};
  }
  const auto* type = std::get_if<const PickleGlobal*>(&items[1]);
  const PyValue* numel = std::get_if<PyValue>(&items[4]);
  using Role = PickleGlobal::Role;
  if (type == nullptr || ((*type)->role != Role::kStorage && (*type)->role != Role::kUntyped) || numel == nullptr ||
      numel->kind() != Kind::kInt || numel->as_int() < 0) {
    throw Refusal{"refers to a storage in an unknown way"};
  }
  StorageClaim claim;
  claim.key = text(2);
  claim.numel = numel->as_int();
  if ((*type)->role == Role::kStorage) claim.dtype = std::get<DType>((*type)->detail);
  const PyValue* view = items.size() == 6 ? std::get_if<PyValue>(&items[5]) : nullptr;
  if (view != nullptr && !view->is_none()) {  // (key of the view, offset, numel)
    const auto whole = [&](std::size_t i) { return view->items()[i].kind() == Kind::kInt; };
    if (view->kind() != Kind::kTuple || view->size() != 3 || !whole(1) || !whole(2)) {
      throw Refusal{"refers to a storage in an unknown way"};
    }
    claim.view_offset = view->items()[1].as_int();
    claim.view_numel = view->items()[2].as_int();
  }
  push(std::make_shared<const StorageClaim>(std::move(claim)));
}

}  // namespace lamella::io
