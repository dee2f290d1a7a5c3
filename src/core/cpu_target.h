// Which instruction set the kernels run on.
#pragma once

#include <span>
#include <string_view>

namespace lamella {

/// The instruction sets that kernels are compiled for. kBaseline is whatever the compiler may assume (on x86-64 plain
/// scalar code, NEON on 64-bit ARM, WASM SIMD on WebAssembly).
enum class CpuTarget { kBaseline, kAvx2, kAvx512 };

/// "baseline", "avx2", "avx512": the values of LAMELLA_TARGET and of the tests' output.
std::string_view name_of(CpuTarget target);

/// The target in use: the best one that this machine has, or the one that LAMELLA_TARGET names (a name that this
/// machine cannot run, or no name at all, raises ValueError at the first use).
CpuTarget cpu_target();

/// The targets that this build has and this machine can run, the baseline first.
std::span<const CpuTarget> available_cpu_targets();

/// All targets that this build has, in the same order: what a test names as not run is the difference.
std::span<const CpuTarget> compiled_cpu_targets();

/// Forces a target for the life of the scope, on every thread. For tests and benchmarks.
class CpuTargetScope {
 public:
  explicit CpuTargetScope(CpuTarget target);
  ~CpuTargetScope();
  CpuTargetScope(const CpuTargetScope&) = delete;
  CpuTargetScope& operator=(const CpuTargetScope&) = delete;

 private:
  CpuTarget previous_;
};

}  // namespace lamella
