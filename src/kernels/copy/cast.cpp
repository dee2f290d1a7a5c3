// Casts are instantiated for pairs of the eight types that arithmetic knows; a 16-bit float goes through float32, as in
// torch, so that 64 + 4 loops serve all hundred pairs. Strided runs are first gathered by element size, then cast.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/copy/cast.cpp"
#include "kernels/foreach_target.h"  // before highway.h

#include <hwy/highway.h>

#include "kernels/copy/cast.h"

#include <cstring>
#include <limits>
#include <type_traits>

#include "kernels/dispatch.h"
#include "kernels/strided.h"

#ifndef LAMELLA_KERNELS_COPY_CAST_ONCE_
#define LAMELLA_KERNELS_COPY_CAST_ONCE_
namespace lamella::kernels {
using CastFunction = void (*)(void* dst, const void* src, std::int64_t n);
struct CastFunctions {
  CastFunction table[kDTypeCount][kDTypeCount];  // [source][destination]; null: the baseline's, or through float32
};
}  // namespace lamella::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels {
template <long long kTarget>
struct CastKernels;
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// What cvttss2si gives: the smallest integer where the value does not fit.
template <typename I, typename F>
inline I truncate(F x) {
  constexpr F kLimit = static_cast<F>(I{1} << (sizeof(I) * 8 - 2)) * 2;
  return x >= -kLimit && x < kLimit ? static_cast<I>(x) : std::numeric_limits<I>::min();
}

template <typename D, typename S>
inline D convert(S x) {
  if constexpr (std::is_same_v<D, bool>) {
    return x != S{0};
  } else if constexpr (std::is_floating_point_v<S> && std::is_integral_v<D>) {
    using Wide = std::conditional_t<std::is_same_v<D, std::uint8_t> || sizeof(D) == 8, std::int64_t, std::int32_t>;
    return static_cast<D>(truncate<Wide>(x));
  } else {
    return static_cast<D>(x);
  }
}

template <typename S, typename D>
void cast(void* dst, const void* src, std::int64_t n) {
  D* out = static_cast<D*>(dst);
  const S* in = static_cast<const S*>(src);
#pragma GCC ivdep
  for (std::int64_t i = 0; i < n; ++i) out[i] = convert<D>(in[i]);
}

void cast_bfloat16_float(void* dst, const void* src, std::int64_t n) {
  float* out = static_cast<float*>(dst);
  const std::uint16_t* in = static_cast<const std::uint16_t*>(src);
  for (std::int64_t i = 0; i < n; ++i) out[i] = std::bit_cast<float>(static_cast<std::uint32_t>(in[i]) << 16);
}

void cast_float_bfloat16(void* dst, const void* src, std::int64_t n) {
  std::uint16_t* out = static_cast<std::uint16_t*>(dst);
  const float* in = static_cast<const float*>(src);
#pragma GCC ivdep
  for (std::int64_t i = 0; i < n; ++i) {
    const std::uint32_t u = std::bit_cast<std::uint32_t>(in[i]);
    const std::uint32_t rounded = (u + 0x7fffU + ((u >> 16) & 1U)) >> 16;
    out[i] = static_cast<std::uint16_t>((u & 0x7fffffffU) > 0x7f800000U ? 0x7fc0U : rounded);
  }
}

void cast_float16_float(void* dst, const void* src, std::int64_t n) {
  float* out = static_cast<float*>(dst);
  const float16* in = static_cast<const float16*>(src);
  std::int64_t i = 0;
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
  const hn::ScalableTag<float> d;
  const hn::Rebind<hwy::float16_t, decltype(d)> half;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const hwy::float16_t* bits = static_cast<const hwy::float16_t*>(src);
  for (; i + lanes <= n; i += lanes) hn::StoreU(hn::PromoteTo(d, hn::LoadU(half, bits + i)), d, out + i);
#endif
  for (; i < n; ++i) out[i] = static_cast<float>(in[i]);
}

void cast_float_float16(void* dst, const void* src, std::int64_t n) {
  float16* out = static_cast<float16*>(dst);
  const float* in = static_cast<const float*>(src);
  std::int64_t i = 0;
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
  const hn::ScalableTag<float> d;
  const hn::Rebind<hwy::float16_t, decltype(d)> half;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  hwy::float16_t* bits = static_cast<hwy::float16_t*>(dst);
  for (; i + lanes <= n; i += lanes) hn::StoreU(hn::DemoteTo(half, hn::LoadU(d, in + i)), half, bits + i);
#endif
  for (; i < n; ++i) out[i] = float16(in[i]);
}

/// Besides the casts of floats, every target has those of pictures.
template <typename S, typename D>
constexpr void set(CastFunctions& f) {
  constexpr bool kPictures = (std::is_same_v<S, std::uint8_t> && std::is_same_v<D, float>) ||
                             (std::is_same_v<S, float> && std::is_same_v<D, std::uint8_t>);
  if constexpr (kPictures || (is_compiled<S>(HWY_TARGET) && is_compiled<D>(HWY_TARGET))) {
    f.table[static_cast<int>(dtype_of<S>)][static_cast<int>(dtype_of<D>)] = &cast<S, D>;
  }
}

template <typename S>
constexpr void fill_row(CastFunctions& f) {
  set<S, bool>(f), set<S, std::uint8_t>(f), set<S, std::int8_t>(f), set<S, std::int16_t>(f);
  set<S, std::int32_t>(f), set<S, std::int64_t>(f), set<S, float>(f), set<S, double>(f);
}

constexpr CastFunctions cast_functions() {
  CastFunctions f{};
  fill_row<std::uint8_t>(f);
  fill_row<std::int8_t>(f);
  fill_row<std::int16_t>(f);
  fill_row<std::int32_t>(f);
  fill_row<std::int64_t>(f);
  fill_row<float>(f);
  fill_row<double>(f);
  for (int d = 0; d < kDTypeCount; ++d) {  // a bool is a uint8 that is 0 or 1
    f.table[static_cast<int>(DType::kBool)][d] = f.table[static_cast<int>(DType::kUInt8)][d];
  }
  f.table[static_cast<int>(DType::kBFloat16)][static_cast<int>(DType::kFloat32)] = &cast_bfloat16_float;
  f.table[static_cast<int>(DType::kFloat32)][static_cast<int>(DType::kBFloat16)] = &cast_float_bfloat16;
  f.table[static_cast<int>(DType::kFloat16)][static_cast<int>(DType::kFloat32)] = &cast_float16_float;
  f.table[static_cast<int>(DType::kFloat32)][static_cast<int>(DType::kFloat16)] = &cast_float_float16;
  return f;
}

}  // namespace HWY_NAMESPACE
template <>
struct CastKernels<HWY_TARGET> {
  static constexpr CastFunctions functions = HWY_NAMESPACE::cast_functions();
};
}  // namespace lamella::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lamella::kernels {
namespace {

template <typename U>
void move_run(void* dst, std::int64_t dst_stride, const void* src, std::int64_t src_stride, std::int64_t n) {
  U* out = static_cast<U*>(dst);
  const U* in = static_cast<const U*>(src);
  if (dst_stride == 1 && src_stride == 1) {
    if (out != in) std::memcpy(out, in, static_cast<std::size_t>(n) * sizeof(U));
  } else if (dst_stride == 1 && src_stride == 0) {
    std::fill_n(out, n, *in);
  } else {
    for (std::int64_t i = 0; i < n; ++i) out[i * dst_stride] = in[i * src_stride];
  }
}

void move_strided(std::size_t size, void* dst, std::int64_t dst_stride, const void* src, std::int64_t src_stride,
                  std::int64_t n) {
  switch (size) {
    case 1:
      return move_run<Bits8>(dst, dst_stride, src, src_stride, n);
    case 2:
      return move_run<Bits16>(dst, dst_stride, src, src_stride, n);
    case 4:
      return move_run<Bits32>(dst, dst_stride, src, src_stride, n);
    default:
      return move_run<Bits64>(dst, dst_stride, src, src_stride, n);
  }
}

// Null: through float32.
CastFunction function_of(DType src, DType dst) {
  const auto in = [&](const CastFunctions& f) { return f.table[static_cast<int>(src)][static_cast<int>(dst)]; };
  const CastFunction best = in(dispatch<CastKernels>());
  return best != nullptr ? best : in(dispatch<CastKernels>(CpuTarget::kBaseline));
}

// At most kTile elements, both contiguous.
void cast_run(void* dst, DType dst_dtype, const void* src, DType src_dtype, std::int64_t n) {
  if (const CastFunction direct = function_of(src_dtype, dst_dtype)) return direct(dst, src, n);
  float tile[kTile];
  function_of(src_dtype, DType::kFloat32)(tile, src, n);
  function_of(DType::kFloat32, dst_dtype)(dst, tile, n);
}

}  // namespace

void load_strided(void* dst, DType dst_dtype, const void* src, DType src_dtype, std::int64_t stride, std::int64_t n) {
  if (dst_dtype == src_dtype) return move_strided(size_of(src_dtype), dst, 1, src, stride, n);
  alignas(64) std::byte tile[kTileBytes];
  for (std::int64_t i = 0; i < n; i += kTile) {
    const std::int64_t count = std::min(kTile, n - i);
    const void* from = advance(src, src_dtype, i * stride);
    if (stride == 0) {
      cast_run(dst, dst_dtype, src, src_dtype, 1);
      return move_strided(size_of(dst_dtype), dst, 1, dst, 0, n);
    }
    if (stride != 1) {
      move_strided(size_of(src_dtype), tile, 1, from, stride, count);
      from = tile;
    }
    cast_run(advance(dst, dst_dtype, i), dst_dtype, from, src_dtype, count);
  }
}

void store_strided(void* dst, DType dst_dtype, std::int64_t stride, const void* src, DType src_dtype, std::int64_t n) {
  if (dst_dtype == src_dtype) return move_strided(size_of(src_dtype), dst, stride, src, 1, n);
  if (stride == 1) return load_strided(dst, dst_dtype, src, src_dtype, 1, n);
  alignas(64) std::byte tile[kTileBytes];
  for (std::int64_t i = 0; i < n; i += kTile) {
    const std::int64_t count = std::min(kTile, n - i);
    cast_run(tile, dst_dtype, advance(src, src_dtype, i), src_dtype, count);
    move_strided(size_of(dst_dtype), advance(dst, dst_dtype, i * stride), stride, tile, 1, count);
  }
}

}  // namespace lamella::kernels
#endif  // HWY_ONCE
