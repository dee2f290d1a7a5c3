// Training pictures are never twice the same: each is moved a little, and mirrored where that makes sense.
#pragma once

#include <lamella/random.h>
#include <lamella/tensor.h>

#include <vector>

namespace lamella::cli {

struct Augmentation {
  int shift = 1;                  // at most so many pixels up or down, and left or right
  bool mirror = false;            // every other picture, left to right
  std::vector<float> background;  // what moves in from outside: a value a channel
};

/// Changes float32 pictures [N, C, H, W] in place. The draws are three numbers a picture, whatever the options.
void augment(const Tensor& images, const Augmentation& how, Generator& generator);

}  // namespace lamella::cli
