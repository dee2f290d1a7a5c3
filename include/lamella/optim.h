// Optimisers and learning-rate schedules, with PyTorch's defaults, order of operations and trajectories.
//
//   optim::SGD optimizer(net.parameters(), {.lr = 0.05, .momentum = 0.9});
//   optim::CosineAnnealingLR schedule(optimizer, epochs);
//   for (…) {
//     optimizer.zero_grad();
//     loss.backward();
//     optimizer.step();
//   }
//   schedule.step();
#pragma once

#include <lamella/optim/clip.h>
#include <lamella/optim/optimizer.h>
#include <lamella/optim/schedule.h>
