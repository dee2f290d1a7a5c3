// Rows of the types that have no vectors of their own.
#include <algorithm>
#include <limits>
#include <type_traits>

#include "kernels/pool/pool_rows.h"
#include "lamella/dtype.h"

namespace lamella::kernels {
namespace {

constexpr bool kWholeBlocks = false;
#include "kernels/pool/pool_rows-inl.h"

template <typename T>
constexpr PoolRowFunctions<T> functions_for() {
  PoolRowFunctions<T> functions{
      &max_row<T, std::uint8_t>, &max_row<T, std::int64_t>, nullptr, nullptr, nullptr, nullptr};
  if constexpr (!std::is_integral_v<T>) {
    functions.max_tap_backward = &max_row_backward<T, std::uint8_t>;
    functions.max_place_backward = &max_row_backward<T, std::int64_t>;
    functions.average_backward = &average_row_backward<T>;
  }
  if constexpr (!std::is_integral_v<T> || std::is_same_v<T, std::int64_t>) functions.average = &average_row<T>;
  return functions;
}

template <typename T>
constexpr PoolRowFunctions<T> kFunctions = functions_for<T>();

}  // namespace

#define LAMELLA_INSTANTIATE(T)                         \
  template <>                                          \
  const PoolRowFunctions<T>& pool_row_functions<T>() { \
    return kFunctions<T>;                              \
  }
LAMELLA_INSTANTIATE(bfloat16)
LAMELLA_INSTANTIATE(float16)
LAMELLA_INSTANTIATE(std::uint8_t)
LAMELLA_INSTANTIATE(std::int8_t)
LAMELLA_INSTANTIATE(std::int16_t)
LAMELLA_INSTANTIATE(std::int32_t)
LAMELLA_INSTANTIATE(std::int64_t)
#undef LAMELLA_INSTANTIATE

}  // namespace lamella::kernels
