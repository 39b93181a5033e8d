// Scope in which libtorch works with a given number of threads.
#ifndef PHASE_BRIDGE_THREAD_COUNT_H
#define PHASE_BRIDGE_THREAD_COUNT_H

#include <ATen/Parallel.h>

namespace phase {

// libtorch sets the number as the calling thread's OpenMP setting, which the host's own parallel
// regions would obey afterwards. So it is put back.
class ThreadCount {
 public:
  explicit ThreadCount(int wanted) : before_(wanted > 0 ? at::get_num_threads() : 0) {
    if (wanted > 0) {
      at::set_num_threads(wanted);
    }
  }
  ~ThreadCount() {
    if (before_ > 0) {
      at::set_num_threads(before_);
    }
  }
  ThreadCount(const ThreadCount&) = delete;
  ThreadCount& operator=(const ThreadCount&) = delete;

 private:
  int before_;
};

}  // namespace phase

#endif  // PHASE_BRIDGE_THREAD_COUNT_H
