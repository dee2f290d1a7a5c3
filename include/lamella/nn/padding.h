// Padding layers: nn::ZeroPad2d(1), nn::ZeroPad2d({1, 1, 2, 0}).
#pragma once

#include <array>
#include <string_view>

#include <lamella/nn/arguments.h>
#include <lamella/nn/module.h>

namespace lamella::nn {

/// `1` for all sides, or one a side, as torch orders them: {left, right}, {left, right, top, bottom} or {left, right,
/// top, bottom, front, back}. A braced list of a wrong length does not compile.
template <int kRank>
class PerSide {
 public:
  template <Whole T>
  constexpr PerSide(T all) {
    sides_.fill(static_cast<std::int64_t>(all));
  }
  constexpr PerSide(std::int64_t left, std::int64_t right)
    requires(kRank == 1)
      : sides_{left, right} {}
  constexpr PerSide(std::int64_t left, std::int64_t right, std::int64_t top, std::int64_t bottom)
    requires(kRank == 2)
      : sides_{left, right, top, bottom} {}
  constexpr PerSide(std::int64_t left, std::int64_t right, std::int64_t top, std::int64_t bottom, std::int64_t front,
                    std::int64_t back)
    requires(kRank == 3)
      : sides_{left, right, top, bottom, front, back} {}
  /// A list whose length only the program's run knows. Raises ValueError unless it has 1 or 2 kRank numbers.
  template <std::same_as<Dims> List>
  PerSide(const List& each) : PerSide(checked(each)) {}

  /// What pad() takes.
  Dims dims() const { return Dims(sides_.begin(), sides_.end()); }
  std::int64_t operator[](std::size_t side) const { return sides_[side]; }
  friend bool operator==(const PerSide&, const PerSide&) = default;

 private:
  static PerSide checked(const Dims& each);
  std::array<std::int64_t, 2 * kRank> sides_;
};

extern template class PerSide<1>;
extern template class PerSide<2>;
extern template class PerSide<3>;

/// Pads the last kRank axes, as pad() does; negative numbers crop, with zeros and constants only.
template <int kRank>
class PadNd : public Module {
 public:
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;

  PerSide<kRank> padding;

 protected:
  PadNd(std::string_view pad_mode, PerSide<kRank> sides, double fill = 0)
      : padding(sides), mode_(pad_mode), value_(fill) {}
  std::string_view mode_;
  double value_;
};

extern template class PadNd<1>;
extern template class PadNd<2>;
extern template class PadNd<3>;

/// Pads with a value.
template <int kRank>
class ConstantPadNd : public PadNd<kRank> {
 public:
  explicit ConstantPadNd(PerSide<kRank> sides, double fill) : PadNd<kRank>("constant", sides, fill) {}
  std::string extra_repr() const override;
  double value() const { return this->value_; }
};

extern template class ConstantPadNd<1>;
extern template class ConstantPadNd<2>;
extern template class ConstantPadNd<3>;

class ConstantPad1d : public Layer<ConstantPad1d, ConstantPadNd<1>> {
 public:
  using Layer::Layer;
};
class ConstantPad2d : public Layer<ConstantPad2d, ConstantPadNd<2>> {
 public:
  using Layer::Layer;
};
class ConstantPad3d : public Layer<ConstantPad3d, ConstantPadNd<3>> {
 public:
  using Layer::Layer;
};

/// Pads with zeros.
class ZeroPad1d : public Layer<ZeroPad1d, PadNd<1>> {
 public:
  explicit ZeroPad1d(PerSide<1> sides) : Layer("constant", sides) {}
};
class ZeroPad2d : public Layer<ZeroPad2d, PadNd<2>> {
 public:
  explicit ZeroPad2d(PerSide<2> sides) : Layer("constant", sides) {}
};
class ZeroPad3d : public Layer<ZeroPad3d, PadNd<3>> {
 public:
  explicit ZeroPad3d(PerSide<3> sides) : Layer("constant", sides) {}
};

/// Mirrors the input at its borders, which are not repeated: padding is smaller than the axis.
class ReflectionPad1d : public Layer<ReflectionPad1d, PadNd<1>> {
 public:
  explicit ReflectionPad1d(PerSide<1> sides) : Layer("reflect", sides) {}
};
class ReflectionPad2d : public Layer<ReflectionPad2d, PadNd<2>> {
 public:
  explicit ReflectionPad2d(PerSide<2> sides) : Layer("reflect", sides) {}
};
class ReflectionPad3d : public Layer<ReflectionPad3d, PadNd<3>> {
 public:
  explicit ReflectionPad3d(PerSide<3> sides) : Layer("reflect", sides) {}
};

/// Repeats the values at the borders.
class ReplicationPad1d : public Layer<ReplicationPad1d, PadNd<1>> {
 public:
  explicit ReplicationPad1d(PerSide<1> sides) : Layer("replicate", sides) {}
};
class ReplicationPad2d : public Layer<ReplicationPad2d, PadNd<2>> {
 public:
  explicit ReplicationPad2d(PerSide<2> sides) : Layer("replicate", sides) {}
};
class ReplicationPad3d : public Layer<ReplicationPad3d, PadNd<3>> {
 public:
  explicit ReplicationPad3d(PerSide<3> sides) : Layer("replicate", sides) {}
};

/// Continues the input on its other side.
class CircularPad1d : public Layer<CircularPad1d, PadNd<1>> {
 public:
  explicit CircularPad1d(PerSide<1> sides) : Layer("circular", sides) {}
};
class CircularPad2d : public Layer<CircularPad2d, PadNd<2>> {
 public:
  explicit CircularPad2d(PerSide<2> sides) : Layer("circular", sides) {}
};
class CircularPad3d : public Layer<CircularPad3d, PadNd<3>> {
 public:
  explicit CircularPad3d(PerSide<3> sides) : Layer("circular", sides) {}
};

}  // namespace lamella::nn
