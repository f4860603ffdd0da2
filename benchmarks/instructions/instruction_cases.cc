// What the library does in user space for one piece of work, for a count of its
// instructions: scripts/check-instructions runs this under callgrind, which
// counts inside of Measured alone. No clock, no kernel, nothing random.
//
//   instruction_cases         the names of the cases
//   instruction_cases NAME    that case; fails when the work was not done
#include <alloca.h>

#include <cstdint>
#include <cstdio>

#include "cases.h"

// What callgrind counts in.
extern "C" [[gnu::noinline]] bool Measured(const meshgw::Work& work) {
  return work();
}

namespace {

// Both calls at the same place within a page, wherever the stack began: that
// depends on the program's path, and how a string is copied on where it lies.
[[gnu::noinline]] bool RunTwice(const meshgw::Work& work) {
  constexpr std::uintptr_t kPage = 4096;
  const auto here =
      reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)) % kPage;
  volatile auto* filler = static_cast<char*>(alloca(kPage + here));
  filler[0] = 0;
  return work() && Measured(work);
}

}  // namespace

int main(int argc, char** argv) {
  meshgw::Cases cases;
  meshgw::AddHelloCases(&cases);
  meshgw::AddRouteCases(&cases);
  meshgw::AddModeCases(&cases);
  meshgw::AddRelayCases(&cases);
  meshgw::AddConnectionCases(&cases);
  if (argc == 1) {
    for (const auto& [name, make] : cases) std::puts(name.c_str());
    return 0;
  }
  const auto found = cases.find(argv[1]);
  if (argc != 2 || found == cases.end()) {
    std::fputs("instruction_cases: expected the name of one case\n", stderr);
    return 2;
  }
  const meshgw::Work work = found->second();
  if (RunTwice(work)) return 0;
  std::fprintf(stderr, "instruction_cases: %s: the work was not done\n",
               argv[1]);
  return 1;
}
