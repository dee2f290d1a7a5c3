// The loader draws what torch 2.13 draws, in its order (torch/utils/data/dataloader.py and sampler.py):
// 1. an iterator begins with a "base seed" for worker processes, drawn even where there are none;
// 2. when the first batch is asked for, RandomSampler draws a seed from the default generator and a permutation from a
//    generator with that seed; of a generator that was given it draws the permutation itself;
// 3. when an index beyond the last is asked for, it draws one more permutation, of which it takes nothing. Only a
//    generator that was given shows that.
#include <lamella/data.h>
#include <lamella/error.h>

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "core/random.h"

namespace lamella::data {
namespace {

std::uint64_t draw_seed(Generator& generator) {
  std::int64_t seed = 0;
  fill_random(generator, &seed, 1, DType::kInt64);
  return static_cast<std::uint64_t>(seed);
}

}  // namespace

Loader::Loader(Source source, LoaderOptions options) : source_(std::move(source)), options_(options) {
  if (options_.batch_size < 1) {
    throw ValueError(fmt::format("Loader: batch_size is {}, expected a number above 0", options_.batch_size));
  }
  if (source_.size < 0 || (options_.shuffle && source_.size == 0)) {
    throw ValueError("Loader: the dataset is empty, there is nothing to shuffle");
  }
}

std::int64_t Loader::size() const {
  const std::int64_t whole = source_.size / options_.batch_size;
  return whole + (!options_.drop_last && source_.size % options_.batch_size != 0 ? 1 : 0);
}

Loader::Iterator Loader::begin() const { return Iterator(*this); }

Loader::Iterator::Iterator(const Loader& loader) : loader_(&loader) {
  const LoaderOptions& options = loader.options_;
  draw_seed(options.generator != nullptr ? *options.generator : default_generator());
  order_.resize(static_cast<std::size_t>(loader.source_.size));
  if (!options.shuffle) {
    std::iota(order_.begin(), order_.end(), 0);
  } else if (options.generator != nullptr) {
    fill_randperm(*options.generator, order_.data(), loader.source_.size);
  } else {
    Generator generator(draw_seed(default_generator()));
    fill_randperm(generator, order_.data(), loader.source_.size);
  }
  ++*this;
}

std::span<const std::int64_t> Loader::Iterator::next_indices() {
  const LoaderOptions& options = loader_->options_;
  const std::int64_t total = loader_->source_.size;
  const std::int64_t take = std::min(options.batch_size, total - next_);
  if (take < options.batch_size && !exhausted_) {
    exhausted_ = true;
    if (options.shuffle && options.generator != nullptr) {
      std::vector<std::int64_t> unused(static_cast<std::size_t>(total));
      fill_randperm(*options.generator, unused.data(), total);
    }
    if (options.drop_last) next_ = total;
  }
  if (exhausted_ && options.drop_last) return {};
  const std::span indices = std::span(order_).subspan(static_cast<std::size_t>(next_), static_cast<std::size_t>(take));
  next_ += take;
  return indices;
}

Loader::Iterator& Loader::Iterator::operator++() {
  batch_ = {};  // its memory serves the next one
  const auto indices = next_indices();
  if (indices.empty()) {
    ended_ = true;
  } else {
    batch_ = loader_->source_.batch(indices);
  }
  return *this;
}

}  // namespace lamella::data
