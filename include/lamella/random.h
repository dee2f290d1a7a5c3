// Random number generators. They are PyTorch's CPU generators, number for number: one seed gives the same tensors in
// both.
//
// Thread safety: every function and method may be called from any thread; a fill of a tensor is one atomic step.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace lamella {

class RandomDraws;

/// A stream of random numbers: the Mersenne Twister MT19937 (Matsumoto and Nishimura 1998). Copies go on independently
/// from the same place.
class Generator {
 public:
  /// The seed of a generator that was given none, as in torch.Generator().
  static constexpr std::uint64_t kDefaultSeed = 67280421310721;

  explicit Generator(std::uint64_t seed = kDefaultSeed);
  Generator(const Generator& other);
  Generator& operator=(const Generator& other);

  /// Starts the stream of `seed`. Only its lower 32 bits count, as in PyTorch.
  Generator& manual_seed(std::uint64_t seed);

  /// Seeds it from the system's entropy and returns the seed (53 bits).
  std::uint64_t seed();

  /// The seed that it was last given.
  std::uint64_t initial_seed() const;

  /// Where the stream is: the 5056 bytes of torch.Generator.get_state(), which PyTorch takes and gives too.
  std::vector<std::uint8_t> get_state() const;

  /// Raises ValueError if `bytes` is no state.
  void set_state(std::span<const std::uint8_t> bytes);

 private:
  friend class RandomDraws;
  static constexpr int kWords = 624;

  struct State {
    std::uint64_t seed = 0;
    int left = 1;            // words until the next twist, counted as PyTorch does: 1 means that the next draw twists
    std::uint32_t next = 0;  // the next word
    std::array<std::uint32_t, kWords> words{};
    // Box and Muller's transform makes two normal numbers: the second one waits here for a scalar draw.
    std::optional<double> next_normal;
    std::optional<float> next_float_normal;  // PyTorch's GPUs use it; kept for get_state()
  };
  static State seeded(std::uint64_t seed);
  State copy_state() const;

  mutable std::mutex mutex_;
  State state_;
};

/// The generator of every random function that is given none: the process's own, whose first seed is the system's
/// entropy, unless a GeneratorScope of this thread says otherwise.
Generator& default_generator();

/// Makes `generator` the one that this thread's random functions use when they are given none.
class GeneratorScope {
 public:
  explicit GeneratorScope(Generator& generator);
  ~GeneratorScope();
  GeneratorScope(const GeneratorScope&) = delete;
  GeneratorScope& operator=(const GeneratorScope&) = delete;

 private:
  Generator* previous_;
};

/// Seeds the default generator.
void manual_seed(std::uint64_t seed);
std::uint64_t seed();
std::uint64_t initial_seed();

/// Restores the generator's state at the end of the scope: torch.random.fork_rng().
class ForkRng {
 public:
  explicit ForkRng(Generator& generator = default_generator()) : generator_(generator), saved_(generator) {}
  ~ForkRng() { generator_ = saved_; }
  ForkRng(const ForkRng&) = delete;
  ForkRng& operator=(const ForkRng&) = delete;

 private:
  Generator& generator_;
  Generator saved_;
};

}  // namespace lamella
