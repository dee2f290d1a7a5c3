// einsum: an equation of letters, worked through from left to right as batched matrix products.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/linear.h>
#include <lamella/ops/reduce.h>
#include <lamella/ops/view.h>

namespace lamella {

namespace {

// Labels: 0 … 51 are letters, those from kEllipsis on the axes of "…", the last one last.
constexpr int kEllipsis = 52;
constexpr int kLabels = kEllipsis + 64;
using Labels = std::vector<int>;

int label_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  throw Error(fmt::format("einsum(): invalid subscript given: '{}' is not in [a-zA-Z]", c));
}

/// The labels of one term; `ellipsis` is how many axes "…" stands for.
Labels parse(const std::string& term, std::int64_t ellipsis) {
  Labels labels;
  bool seen = false;
  for (std::size_t i = 0; i < term.size(); ++i) {
    if (term[i] == ' ') continue;
    if (term[i] != '.') {
      labels.push_back(label_of(term[i]));
      continue;
    }
    if (term.compare(i, 3, "...") != 0) throw Error("einsum(): found '.' that is not part of any ellipsis");
    if (std::exchange(seen, true)) throw Error("einsum(): found '.' in a term in which an ellipsis was already found");
    for (std::int64_t k = 0; k < ellipsis; ++k)
      labels.push_back(kLabels - static_cast<int>(ellipsis) + static_cast<int>(k));
    i += 2;
  }
  return labels;
}

std::int64_t letters_in(const std::string& term) {
  return std::count_if(term.begin(), term.end(), [](char c) { return c != ' ' && c != '.'; });
}

struct Operand {
  Tensor tensor;
  Labels labels;
  bool has(int label) const { return std::find(labels.begin(), labels.end(), label) != labels.end(); }
};

/// A label that stands twice in a term means the diagonal.
Operand without_repeats(Operand x) {
  for (std::size_t i = 0; i < x.labels.size(); ++i) {
    for (std::size_t j = i + 1; j < x.labels.size(); ++j) {
      if (x.labels[i] != x.labels[j]) continue;
      const auto first = static_cast<std::int64_t>(i);
      const auto second = static_cast<std::int64_t>(j);
      if (x.tensor.size(first) != x.tensor.size(second))
        throw Error(fmt::format("einsum(): subscript is repeated for an operand but the sizes don't match, {} != {}",
                                x.tensor.size(second), x.tensor.size(first)));
      x.tensor = movedim(diagonal(x.tensor, 0, first, second), -1, first);
      x.labels.erase(x.labels.begin() + second);
      --j;
    }
  }
  return x;
}

/// The axes in the order of `wanted`; labels that the operand lacks become axes of 1.
Tensor aligned(const Operand& x, const Labels& wanted) {
  Dims order;
  Dims shape;
  for (const int label : wanted) {
    const auto at = std::find(x.labels.begin(), x.labels.end(), label);
    if (at == x.labels.end()) {
      shape.push_back(1);
    } else {
      order.push_back(at - x.labels.begin());
      shape.push_back(x.tensor.size(order.back()));
    }
  }
  return permute(x.tensor, std::move(order)).reshape(std::move(shape));
}

Operand sum_out(Operand x, const std::array<bool, kLabels>& needed) {
  Dims axes;
  Labels kept;
  for (std::size_t i = 0; i < x.labels.size(); ++i) {
    if (needed[static_cast<std::size_t>(x.labels[i])]) {
      kept.push_back(x.labels[i]);
    } else {
      axes.push_back(static_cast<std::int64_t>(i));
    }
  }
  if (axes.empty()) return x;
  return {sum(x.tensor, std::move(axes)), std::move(kept)};
}

Labels joined(std::initializer_list<const Labels*> parts) {
  Labels all;
  for (const Labels* part : parts) all.insert(all.end(), part->begin(), part->end());
  return all;
}

/// The product of two operands, summed over the labels that nothing behind needs: a batched matrix product over
/// [shared and needed, only a, only b] and [shared and not needed].
Operand contract(const Operand& a, const Operand& b, const std::array<bool, kLabels>& needed) {
  Labels batch;
  Labels summed;
  Labels only_a;
  Labels only_b;
  for (const int label : a.labels) {
    if (!b.has(label)) {
      only_a.push_back(label);
    } else {
      (needed[static_cast<std::size_t>(label)] ? batch : summed).push_back(label);
    }
  }
  for (const int label : b.labels) {
    if (!a.has(label)) only_b.push_back(label);
  }
  // Extents of 1 are broadcast first, so that shared axes agree.
  const auto shared = joined({&batch, &summed});
  Tensor x = aligned(a, joined({&batch, &only_a, &summed}));
  Tensor y = aligned(b, joined({&batch, &summed, &only_b}));
  const auto nb = batch.size();
  const auto na = only_a.size();
  Dims shape_x = x.shape();
  Dims shape_y = y.shape();
  for (std::size_t i = 0; i < shared.size(); ++i) {
    std::int64_t& ours = shape_x[i < nb ? i : i + na];
    std::int64_t& theirs = shape_y[i];
    ours = theirs = ours == 1 ? theirs : ours;
  }
  x = x.expand(shape_x);
  y = y.expand(shape_y);
  const auto product = [](const Dims& shape, std::size_t from, std::size_t to) {
    std::int64_t n = 1;
    for (std::size_t i = from; i < to; ++i) n *= shape[i];
    return n;
  };
  const std::int64_t count = product(shape_x, 0, nb);
  const std::int64_t rows = product(shape_x, nb, nb + na);
  const std::int64_t inner = product(shape_y, nb, nb + summed.size());
  const std::int64_t columns = product(shape_y, nb + summed.size(), shape_y.size());
  Dims shape(shape_x.begin(), shape_x.begin() + static_cast<std::ptrdiff_t>(nb + na));
  shape.append(shape_y.begin() + static_cast<std::ptrdiff_t>(nb + summed.size()), shape_y.end());
  const Tensor result = bmm(x.reshape({count, rows, inner}), y.reshape({count, inner, columns}));
  return {result.view(std::move(shape)), joined({&batch, &only_a, &only_b})};
}

std::vector<std::string> split_terms(const std::string& text) {
  std::vector<std::string> terms{""};
  for (const char c : text) {
    if (c == ',') {
      terms.emplace_back();
    } else {
      terms.back() += c;
    }
  }
  return terms;
}

/// Without "->": the ellipsis, then the letters that stand once, in alphabetical order.
Labels implied_output(const std::vector<Labels>& terms, std::int64_t ellipsis) {
  std::array<int, kLabels> count{};
  for (const Labels& labels : terms) {
    for (const int label : labels) ++count[static_cast<std::size_t>(label)];
  }
  Labels output = parse(ellipsis > 0 ? "..." : "", ellipsis);
  for (int label = 0; label < kEllipsis; ++label) {
    if (count[static_cast<std::size_t>(label)] == 1) output.push_back(label);
  }
  return output;
}

}  // namespace

Tensor einsum(std::string_view equation, const TensorList& operands) {
  if (operands.empty()) throw Error("einsum(): must provide at least one operand");
  const std::string text(equation);
  const std::size_t arrow = text.find("->");
  const std::vector<std::string> terms = split_terms(text.substr(0, arrow));
  if (terms.size() != operands.size())
    throw Error(fmt::format("einsum(): the equation '{}' has {} terms, but {} operands were given", text, terms.size(),
                            operands.size()));
  // Ellipses of several lengths are broadcast: the longest counts, the others are aligned at its end.
  std::int64_t ellipsis = 0;
  std::vector<Labels> labels;
  std::vector<std::int64_t> own(terms.size(), 0);
  for (std::size_t i = 0; i < terms.size(); ++i) {
    own[i] = operands[i].dim() - letters_in(terms[i]);
    const bool dots = terms[i].find('.') != std::string::npos;
    if (own[i] < 0 || (own[i] > 0 && !dots))
      throw Error(
          fmt::format("einsum(): the number of subscripts in the equation ({}) does not match the number of "
                      "dimensions ({}) for operand {}",
                      letters_in(terms[i]), operands[i].dim(), i));
    ellipsis = std::max(ellipsis, own[i]);
    labels.push_back(parse(terms[i], own[i]));
  }
  const Labels output =
      arrow == std::string::npos ? implied_output(labels, ellipsis) : parse(text.substr(arrow + 2), ellipsis);
  std::array<int, kLabels> uses{};
  std::array<std::int64_t, kLabels> extents{};
  std::vector<Operand> list;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    list.push_back(without_repeats({operands[i], labels[i]}));
    for (std::size_t k = 0; k < list[i].labels.size(); ++k) {
      const auto label = static_cast<std::size_t>(list[i].labels[k]);
      const std::int64_t extent = list[i].tensor.size(static_cast<std::int64_t>(k));
      ++uses[label];
      if (extents[label] > 1 && extent != 1 && extent != extents[label])
        throw Error(
            fmt::format("einsum(): operands do not broadcast with remapped shapes: an axis is {} in operand {} "
                        "and {} in one before it",
                        extent, i, extents[label]));
      if (uses[label] == 1 || extents[label] == 1) extents[label] = extent;
    }
  }
  std::array<bool, kLabels> seen{};
  for (const int label : output) {
    if (uses[static_cast<std::size_t>(label)] == 0)
      throw Error("einsum(): output subscript does not appear in the equation for any input operand");
    if (std::exchange(seen[static_cast<std::size_t>(label)], true))
      throw Error("einsum(): output subscript appears more than once in the output");
    uses[static_cast<std::size_t>(label)] += 1000;  // needed to the end
  }
  const auto needed = [&](const Operand& done, const Operand* next) {
    std::array<bool, kLabels> flags{};
    for (std::size_t label = 0; label < flags.size(); ++label) {
      const int own_uses =
          (done.has(static_cast<int>(label)) ? 1 : 0) + (next != nullptr && next->has(static_cast<int>(label)) ? 1 : 0);
      flags[label] = uses[label] > own_uses;
    }
    return flags;
  };
  Operand result = sum_out(list[0], needed(list[0], nullptr));
  for (std::size_t i = 1; i < list.size(); ++i) {
    const Operand next = sum_out(list[i], needed(list[i], nullptr));
    const auto flags = needed(result, &next);
    // Of the two uses of a label that both have one is left.
    for (const int label : next.labels) {
      if (result.has(label)) --uses[static_cast<std::size_t>(label)];
    }
    result = contract(result, next, flags);
  }
  return aligned(result, output);
}

}  // namespace lamella
