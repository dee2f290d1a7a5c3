// The thread-local switches that lower layers must see: grad mode, inference mode, autocast, and the recorder of
// operators.
#pragma once

#include <lamella/dtype.h>

#include "core/initial_exec.h"

namespace lamella {

class Recorder;

struct ThreadState {
  bool grad_enabled = true;
  bool inference = false;
  bool autocast = false;
  bool autocast_cache = true;  ///< casts of leaves are kept until the outermost autocast scope ends
  DType autocast_dtype = DType::kBFloat16;
  Recorder* recorder = nullptr;  ///< sees every operator that `call` runs on this thread
};

LAMELLA_INITIAL_EXEC inline constinit thread_local ThreadState thread_state;

}  // namespace lamella
