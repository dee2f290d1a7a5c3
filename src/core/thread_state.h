// The thread-local switches that lower layers must see: grad mode, inference mode, and the recorder of operators.
#pragma once

namespace lamella {

class Recorder;

struct ThreadState {
  bool grad_enabled = true;
  bool inference = false;
  Recorder* recorder = nullptr;  ///< sees every operator that `call` runs on this thread
};

inline thread_local ThreadState thread_state;

}  // namespace lamella
