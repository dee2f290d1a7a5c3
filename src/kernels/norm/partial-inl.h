// Loads and stores of the first n elements of a vector. For several kernels; included inside of a target's namespace,
// after `namespace hn`, so deliberately without an include guard.

template <class D>
HWY_INLINE hn::Vec<D> load_first(D d, const hn::TFromD<D>* p, std::int64_t n) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2
  return hn::MaskedLoad(hn::FirstN(d, static_cast<std::size_t>(n)), d, p);  // does not touch what lies beyond
#else
  HWY_ALIGN hn::TFromD<D> lanes[HWY_MAX_BYTES / sizeof(hn::TFromD<D>)] = {};
  for (std::int64_t i = 0; i < n; ++i) lanes[i] = p[i];
  return hn::Load(d, lanes);
#endif
}

template <class D>
HWY_INLINE void store_first(hn::Vec<D> v, D d, hn::TFromD<D>* p, std::int64_t n) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2
  hn::BlendedStore(v, hn::FirstN(d, static_cast<std::size_t>(n)), d, p);
#else
  HWY_ALIGN hn::TFromD<D> lanes[HWY_MAX_BYTES / sizeof(hn::TFromD<D>)];
  hn::Store(v, d, lanes);
  for (std::int64_t i = 0; i < n; ++i) p[i] = lanes[i];
#endif
}

/// A vector of which n elements count: all of them, known at compile time, unless kPartial.
template <bool kPartial, class D>
HWY_INLINE hn::Vec<D> load_lanes(D d, const hn::TFromD<D>* p, std::int64_t n) {
  if constexpr (kPartial) return load_first(d, p, n);
  return hn::LoadU(d, p);
}
template <bool kPartial, class D>
HWY_INLINE void store_lanes(hn::Vec<D> v, D d, hn::TFromD<D>* p, std::int64_t n) {
  if constexpr (kPartial) {
    store_first(v, d, p, n);
  } else {
    hn::StoreU(v, d, p);
  }
}

/// Calls run(c, n, partial) for the vectors of [0, size): n elements at c; partial is std::true_type for the last,
/// short one.
template <class D, class Run>
HWY_INLINE void for_vectors(D d, std::int64_t size, Run run) {
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t c = 0;
  for (; c + lanes <= size; c += lanes) run(c, lanes, std::false_type());
  if (c < size) run(c, size - c, std::true_type());
}
