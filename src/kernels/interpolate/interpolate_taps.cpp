#include "kernels/interpolate/interpolate_taps.h"

#include <algorithm>
#include <cmath>

namespace lamella::kernels {
namespace {

using std::int64_t;

/// Keys' cubic convolution kernel at distance x >= 0 (Keys 1981, eq. 15).
template <typename Real>
Real cubic(Real x, Real a) {
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return 0;
}

template <typename Real>
struct AxisMap {
  const InterpolateShape& shape;
  int64_t input, output;
  Real scale;

  AxisMap(const InterpolateShape& s, std::size_t axis) : shape(s), input(s.input[axis]), output(s.output[axis]) {
    const bool nearest = s.mode == Interpolation::kNearest || s.mode == Interpolation::kNearestExact;
    if (s.align_corners && !nearest) {
      scale = output > 1 ? static_cast<Real>(input - 1) / static_cast<Real>(output - 1) : Real(0);
    } else if (s.scale_factors[axis] > 0) {
      scale = static_cast<Real>(1.0 / s.scale_factors[axis]);
    } else {
      scale = static_cast<Real>(input) / static_cast<Real>(output);
    }
  }

  Real source(int64_t o, bool below_zero) const {
    if (shape.align_corners) return scale * static_cast<Real>(o);
    const Real at = scale * (static_cast<Real>(o) + Real(0.5)) - Real(0.5);
    return below_zero ? at : std::max(at, Real(0));
  }

  void nearest(int64_t o, Real offset, std::vector<InterpolateTap>& taps) const {
    const float at = std::floor(static_cast<float>((static_cast<Real>(o) + offset) * scale));
    taps.push_back({std::min(static_cast<int64_t>(at), input - 1), 1.0});
  }

  void linear(int64_t o, std::vector<InterpolateTap>& taps) const {
    if (input == output) {
      taps.push_back({o, 1.0});
      return;
    }
    const Real at = source(o, false);
    const int64_t left = std::min(static_cast<int64_t>(at), input - 1);
    const Real weight = std::min(std::max(at - static_cast<Real>(left), Real(0)), Real(1));
    taps.push_back({left, static_cast<double>(Real(1) - weight)});
    taps.push_back({std::min(left + 1, input - 1), static_cast<double>(weight)});
  }

  void cubic_taps(int64_t o, std::vector<InterpolateTap>& taps) const {
    const Real at = source(o, true);
    const int64_t left = static_cast<int64_t>(std::floor(at));
    const Real t = at - static_cast<Real>(left);
    for (int64_t k = -1; k <= 2; ++k) {
      const Real weight = cubic(std::abs(t - static_cast<Real>(k)), Real(-0.75));
      taps.push_back({std::clamp<int64_t>(left + k, 0, input - 1), static_cast<double>(weight)});
    }
  }

  void area(int64_t o, std::vector<InterpolateTap>& taps) const {
    const int64_t begin = o / output * input + o % output * input / output;
    const int64_t end = 1 + ((o + 1) * input - 1) / output;
    for (int64_t i = begin; i < end; ++i) taps.push_back({i, 1.0 / static_cast<double>(end - begin)});
  }

  void antialiased(int64_t o, std::vector<InterpolateTap>& taps) const {
    const bool is_cubic = shape.mode == Interpolation::kCubic;
    const Real half = is_cubic ? Real(2) : Real(1);
    const Real support = scale >= 1 ? half * scale : half;
    const Real inverse = scale >= 1 ? 1 / scale : Real(1);
    const Real center = scale * (static_cast<Real>(o) + Real(0.5));
    const int64_t begin = std::max<int64_t>(static_cast<int64_t>(center - support + Real(0.5)), 0);
    const int64_t end = std::min(static_cast<int64_t>(center + support + Real(0.5)), input);
    const std::size_t first = taps.size();
    Real total = 0;
    for (int64_t i = begin; i < end; ++i) {
      const Real x = std::abs((static_cast<Real>(i) - center + Real(0.5)) * inverse);
      const Real weight = is_cubic ? cubic(x, Real(-0.5)) : std::max(1 - x, Real(0));
      taps.push_back({i, static_cast<double>(weight)});
      total += weight;
    }
    for (std::size_t t = first; t < taps.size() && total != 0; ++t) {
      taps[t].weight = static_cast<double>(static_cast<Real>(taps[t].weight) / total);
    }
  }

  void append(int64_t o, std::vector<InterpolateTap>& taps) const {
    if (input == output && (input == 1 || shape.antialias)) {
      taps.push_back({o, 1.0});  // an axis that is not there, or (torch's way) not touched
    } else if (shape.antialias) {
      antialiased(o, taps);
    } else {
      switch (shape.mode) {
        case Interpolation::kNearest:
          return nearest(o, Real(0), taps);
        case Interpolation::kNearestExact:
          return nearest(o, Real(0.5), taps);
        case Interpolation::kLinear:
          return linear(o, taps);
        case Interpolation::kCubic:
          return cubic_taps(o, taps);
        case Interpolation::kArea:
          return area(o, taps);
      }
    }
  }
};

}  // namespace

template <typename Real>
InterpolateAxes interpolate_axes(const InterpolateShape& shape) {
  InterpolateAxes axes;
  for (std::size_t a = 0; a < 3; ++a) {
    const AxisMap<Real> map(shape, a);
    axes[a].start.push_back(0);
    for (int64_t o = 0; o < shape.output[a]; ++o) {
      map.append(o, axes[a].taps);
      axes[a].start.push_back(static_cast<int64_t>(axes[a].taps.size()));
    }
  }
  return axes;
}

InterpolateAxes inverted(const InterpolateAxes& axes, const std::array<int64_t, 3>& input) {
  InterpolateAxes inverse;
  for (std::size_t a = 0; a < 3; ++a) {
    InterpolateAxis& axis = inverse[a];
    axis.start.assign(static_cast<std::size_t>(input[a]) + 1, 0);
    for (const InterpolateTap& tap : axes[a].taps) ++axis.start[static_cast<std::size_t>(tap.position) + 1];
    for (std::size_t i = 1; i < axis.start.size(); ++i) axis.start[i] += axis.start[i - 1];
    axis.taps.resize(axes[a].taps.size());
    std::vector<int64_t> next(axis.start.begin(), axis.start.end() - 1);
    for (std::size_t o = 0; o + 1 < axes[a].start.size(); ++o) {
      for (const InterpolateTap& tap : axes[a].of(static_cast<int64_t>(o))) {
        const auto slot = static_cast<std::size_t>(next[static_cast<std::size_t>(tap.position)]++);
        axis.taps[slot] = {static_cast<int64_t>(o), tap.weight};
      }
    }
  }
  return inverse;
}

template InterpolateAxes interpolate_axes<float>(const InterpolateShape&);
template InterpolateAxes interpolate_axes<double>(const InterpolateShape&);

}  // namespace lamella::kernels
