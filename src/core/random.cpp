// The generator: the Mersenne Twister, its seeding, its state in PyTorch's format, and single draws.
#include "core/random.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <random>
#include <string>
#include <utility>

#include <lamella/error.h>

namespace lamella {
namespace {

constexpr std::size_t kWords = 624;
constexpr std::size_t kShift = 397;

// What get_state() returns in PyTorch: the layout of its C structs on a 64-bit machine, zeros in the gaps.
struct TorchState {
  std::uint64_t seed;
  std::int32_t left;
  std::int32_t seeded;
  std::uint64_t next;
  std::uint64_t words[kWords];
  double unused_x;
  double next_normal;
  double unused_rho;
  std::int32_t has_next_normal;
  std::int32_t gap;
  float next_float_normal;
  std::uint8_t has_next_float_normal;
  std::uint8_t end_gap[3];
};
static_assert(sizeof(TorchState) == 5056);

std::uint32_t twisted(std::uint32_t upper, std::uint32_t lower) {
  const std::uint32_t mixed = (upper & 0x80000000U) | (lower & 0x7fffffffU);
  return (mixed >> 1) ^ ((0U - (lower & 1U)) & 0x9908b0dfU);
}

std::uint32_t tempered(std::uint32_t y) {
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680U;
  y ^= (y << 15) & 0xefc60000U;
  return y ^ (y >> 18);
}

std::uint64_t entropy() {
  std::random_device device;
  const std::uint64_t high = device();
  return (high << 32 | device()) & ((std::uint64_t{1} << 53) - 1);  // a seed that a double can hold
}

}  // namespace

// --- Generator -----------------------------------------------------------------------------------------------------

Generator::State Generator::seeded(std::uint64_t seed) {
  State state;
  state.seed = seed;
  state.words[0] = static_cast<std::uint32_t>(seed);
  for (std::uint32_t i = 1; i < kWords; ++i) {
    const std::uint32_t before = state.words[i - 1];
    state.words[i] = 1812433253U * (before ^ (before >> 30)) + i;
  }
  return state;
}

Generator::State Generator::copy_state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

Generator::Generator(std::uint64_t seed) : state_(seeded(seed)) {}

Generator::Generator(const Generator& other) : state_(other.copy_state()) {}

Generator& Generator::operator=(const Generator& other) {
  const State copy = other.copy_state();  // never two locks at once
  const std::lock_guard lock(mutex_);
  state_ = copy;
  return *this;
}

Generator& Generator::manual_seed(std::uint64_t seed) {
  const std::lock_guard lock(mutex_);
  state_ = seeded(seed);
  return *this;
}

std::uint64_t Generator::seed() {
  const std::uint64_t chosen = entropy();
  manual_seed(chosen);
  return chosen;
}

std::uint64_t Generator::initial_seed() const {
  const std::lock_guard lock(mutex_);
  return state_.seed;
}

std::vector<std::uint8_t> Generator::get_state() const {
  const State state = copy_state();
  TorchState torch{};
  torch.seed = state.seed;
  torch.left = state.left;
  torch.seeded = 1;
  torch.next = state.next;
  std::copy(state.words.begin(), state.words.end(), torch.words);
  torch.has_next_normal = state.next_normal ? 1 : 0;
  torch.next_normal = state.next_normal.value_or(0);
  torch.has_next_float_normal = state.next_float_normal ? 1 : 0;
  torch.next_float_normal = state.next_float_normal.value_or(0);
  std::vector<std::uint8_t> bytes(sizeof torch);
  std::memcpy(bytes.data(), &torch, sizeof torch);
  return bytes;
}

void Generator::set_state(std::span<const std::uint8_t> bytes) {
  TorchState torch;
  if (bytes.size() != sizeof torch) {
    throw ValueError("Generator.set_state: got " + std::to_string(bytes.size()) + " bytes, a state has " +
                     std::to_string(sizeof torch));
  }
  std::memcpy(&torch, bytes.data(), sizeof torch);
  // Both counters move together from one twist to the next; a freshly seeded generator has yet to twist.
  const bool fresh = torch.left == 1 && torch.next == 0;
  const bool in_step = torch.left >= 1 && torch.left <= static_cast<int>(kWords) &&
                       torch.next == kWords + 1 - static_cast<std::uint64_t>(torch.left);
  if (torch.seeded != 1 || !(fresh || in_step)) {
    throw ValueError("Generator.set_state: these bytes are no state of a generator; pass what get_state() returned");
  }
  State state;
  state.seed = torch.seed;
  state.left = torch.left;
  state.next = static_cast<std::uint32_t>(torch.next);
  std::transform(std::begin(torch.words), std::end(torch.words), state.words.begin(),
                 [](std::uint64_t word) { return static_cast<std::uint32_t>(word); });
  if (torch.has_next_normal != 0) state.next_normal = torch.next_normal;
  if (torch.has_next_float_normal != 0) state.next_float_normal = torch.next_float_normal;
  const std::lock_guard lock(mutex_);
  state_ = state;
}

namespace {
thread_local Generator* scoped_generator = nullptr;
}

Generator& default_generator() {
  if (scoped_generator != nullptr) return *scoped_generator;
  // Never destroyed: static destructors may still draw.
  static Generator& generator = *new Generator(entropy());
  return generator;
}

GeneratorScope::GeneratorScope(Generator& generator) : previous_(std::exchange(scoped_generator, &generator)) {}
GeneratorScope::~GeneratorScope() { scoped_generator = previous_; }

void manual_seed(std::uint64_t seed) { default_generator().manual_seed(seed); }
std::uint64_t seed() { return default_generator().seed(); }
std::uint64_t initial_seed() { return default_generator().initial_seed(); }

// --- Draws ---------------------------------------------------------------------------------------------------------

void RandomDraws::twist() {
  std::uint32_t* const w = state_.words.data();
  for (std::size_t i = 0; i < kWords - kShift; ++i) w[i] = w[i + kShift] ^ twisted(w[i], w[i + 1]);
  for (std::size_t i = kWords - kShift; i < kWords - 1; ++i) w[i] = w[i + kShift - kWords] ^ twisted(w[i], w[i + 1]);
  w[kWords - 1] = w[kShift - 1] ^ twisted(w[kWords - 1], w[0]);
  state_.left = static_cast<int>(kWords);
  state_.next = 0;
}

std::uint32_t RandomDraws::next32() {
  if (--state_.left == 0) twist();
  return tempered(state_.words[state_.next++]);
}

std::uint64_t RandomDraws::next64() {
  const std::uint64_t high = next32();
  return high << 32 | next32();
}

void RandomDraws::next32(std::span<std::uint32_t> out) {
  while (!out.empty()) {
    if (state_.left == 1) {
      out[0] = next32();
      out = out.subspan(1);
      continue;
    }
    const std::size_t count = std::min(out.size(), static_cast<std::size_t>(state_.left - 1));
    const std::uint32_t* const words = state_.words.data() + state_.next;
    for (std::size_t i = 0; i < count; ++i) out[i] = tempered(words[i]);
    state_.left -= static_cast<int>(count);
    state_.next += static_cast<std::uint32_t>(count);
    out = out.subspan(count);
  }
}

double RandomDraws::uniform() { return static_cast<double>(next64() & ((std::uint64_t{1} << 53) - 1)) * 0x1p-53; }

double RandomDraws::normal() {
  if (state_.next_normal) {
    const double second = *state_.next_normal;
    state_.next_normal.reset();
    return second;
  }
  const double angle = 2 * std::numbers::pi * uniform();
  const double radius = std::sqrt(-2 * std::log1p(-uniform()));
  state_.next_normal = radius * std::sin(angle);
  return radius * std::cos(angle);
}

}  // namespace lamella
