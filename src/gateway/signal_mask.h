#ifndef MESHGW_GATEWAY_SIGNAL_MASK_H_
#define MESHGW_GATEWAY_SIGNAL_MASK_H_

#include <signal.h>

namespace meshgw::internal {

// BlockSignals blocks, while it lives, all signals of the calling thread but
// those that its own faults raise. Threads that are started meanwhile inherit
// the mask for good: the host's signals are the host's, and splice(2) to a
// closed socket must not raise SIGPIPE.
class BlockSignals {
 public:
  BlockSignals() {
    sigset_t all;
    sigfillset(&all);
    for (const int fault :
         {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT}) {
      sigdelset(&all, fault);
    }
    pthread_sigmask(SIG_BLOCK, &all, &old_);
  }
  ~BlockSignals() { pthread_sigmask(SIG_SETMASK, &old_, nullptr); }
  BlockSignals(const BlockSignals&) = delete;
  BlockSignals& operator=(const BlockSignals&) = delete;

 private:
  sigset_t old_;
};

}  // namespace meshgw::internal

#endif  // MESHGW_GATEWAY_SIGNAL_MASK_H_
