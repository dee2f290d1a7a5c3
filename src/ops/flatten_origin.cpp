#include "ops/flatten_origin.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace lamella {
namespace {

constexpr std::size_t kMostRows = 3;  // leading axes, of which a batch has one
constexpr std::size_t kMostAxes = 4;  // of a feature map: channels and three spatial axes
constexpr std::size_t kNotes = 4;     // a network with several branches flattens each before its linear layers

struct Note {
  std::uint8_t rows = 0, axes = 0;  // 0 axes: none
  std::array<std::int64_t, kMostRows + kMostAxes> extents{};
  std::int64_t features = 0;

  bool gave(const Dims& shape) const {
    return axes > 0 && shape.size() == rows + 1U && shape.back() == features &&
           std::equal(shape.begin(), shape.end() - 1, extents.begin());
  }
  std::span<const std::int64_t> map() const { return {extents.data() + rows, axes}; }
};

/// The notes of a thread, the oldest of which gives way.
struct Notes {
  std::array<Note, kNotes> items{};
  std::size_t next = 0;
};

// Trivial, so that an access needs no guard and a thread's end no destructor.
constinit thread_local Notes notes;

}  // namespace

void note_flatten(const Dims& from, const Dims& to) {
  const std::size_t rows = to.size() - 1;
  if (to.empty() || from.size() < to.size() + 1 || rows > kMostRows || from.size() - rows > kMostAxes) return;
  if (!std::equal(from.begin(), from.begin() + rows, to.begin())) return;
  Note& note = notes.items[notes.next++ % kNotes];
  note.rows = static_cast<std::uint8_t>(rows);
  note.axes = static_cast<std::uint8_t>(from.size() - rows);
  std::copy(from.begin(), from.end(), note.extents.begin());
  note.features = to.back();
}

void forget_flatten(const Dims& shape) {
  for (Note& note : notes.items) {
    if (note.gave(shape)) note.axes = 0;
  }
}

std::string flatten_origin(const Dims& shape) {
  for (std::size_t age = 1; age <= kNotes; ++age) {  // the latest first: next is where the one after it will go
    const Note& note = notes.items[(notes.next - age) % kNotes];
    if (!note.gave(shape)) continue;
    std::string product;
    for (const std::int64_t extent : note.map()) product += (product.empty() ? "" : "·") + std::to_string(extent);
    return " (= " + product + " after flatten)";
  }
  return "";
}

}  // namespace lamella
