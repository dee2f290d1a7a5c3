#include "core/cpu_target.h"

#include <array>
#include <atomic>
#include <string>

#include <lamella/error.h>

#include "core/platform.h"

namespace lamella {
namespace {

#if defined(__x86_64__)
constexpr std::array kCompiled = {CpuTarget::kBaseline, CpuTarget::kAvx2, CpuTarget::kAvx512};
#else
constexpr std::array kCompiled = {CpuTarget::kBaseline};
#endif

// The builtin also asks whether the operating system saves the wide registers (XCR0).
bool machine_has(CpuTarget target) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c") &&
                    __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512cd");
  if (target == CpuTarget::kAvx2) return avx2;
  if (target == CpuTarget::kAvx512) return avx512;
#endif
  return target == CpuTarget::kBaseline;
}

struct Available {
  std::array<CpuTarget, kCompiled.size()> targets{};
  std::size_t count = 0;

  Available() {
    for (const CpuTarget target : kCompiled) {
      if (machine_has(target)) targets[count++] = target;
    }
  }
};

std::string names_of(std::span<const CpuTarget> targets) {
  std::string names;
  for (const CpuTarget target : targets) {
    if (!names.empty()) names += ", ";
    names += name_of(target);
  }
  return names;
}

bool is_available(CpuTarget target) {
  for (const CpuTarget candidate : available_cpu_targets()) {
    if (candidate == target) return true;
  }
  return false;
}

CpuTarget target_of_environment() {
  const auto wanted = platform::environment("LAMELLA_TARGET");
  if (!wanted || wanted->empty()) return available_cpu_targets().back();
  for (const CpuTarget target : available_cpu_targets()) {
    if (name_of(target) == *wanted) return target;
  }
  throw ValueError("LAMELLA_TARGET is \"" + *wanted + "\", but this machine and build can run: " +
                   names_of(available_cpu_targets()) + "; set it to one of these, or unset it for the best");
}

constexpr int kUnknown = -1;
std::atomic<int> current{kUnknown};

// A CpuTargetScope of another thread that comes first wins.
CpuTarget choose() {
  const int chosen = static_cast<int>(target_of_environment());
  int expected = kUnknown;
  return static_cast<CpuTarget>(
      current.compare_exchange_strong(expected, chosen, std::memory_order_relaxed) ? chosen : expected);
}

}  // namespace

std::string_view name_of(CpuTarget target) {
  constexpr std::string_view names[] = {"baseline", "avx2", "avx512"};
  return names[static_cast<int>(target)];
}

CpuTarget cpu_target() {
  const int target = current.load(std::memory_order_relaxed);
  if (target == kUnknown) [[unlikely]]
    return choose();
  return static_cast<CpuTarget>(target);
}

std::span<const CpuTarget> available_cpu_targets() {
  static const Available available;
  return {available.targets.data(), available.count};
}

std::span<const CpuTarget> compiled_cpu_targets() { return kCompiled; }

CpuTargetScope::CpuTargetScope(CpuTarget target) : previous_(cpu_target()) {
  if (!is_available(target)) {
    throw ValueError("this machine and build cannot run the target " + std::string(name_of(target)) +
                     "; they can run: " + names_of(available_cpu_targets()));
  }
  current.store(static_cast<int>(target), std::memory_order_relaxed);
}

CpuTargetScope::~CpuTargetScope() { current.store(static_cast<int>(previous_), std::memory_order_relaxed); }

}  // namespace lamella
