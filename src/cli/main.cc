#include <fcntl.h>
#include <unistd.h>

#include <exception>
#include <iostream>
#include <span>

#include "cli/command_line.h"
#include "cli/json.h"

namespace {

// A standard descriptor that is closed would go to the next file opened, and a
// log or a socket get what was meant for it. The one that takes its place fails
// with EBADF as a closed one does: it is open for the other direction.
void OccupyStandardDescriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) != -1) continue;
    ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

}  // namespace

int main(int argc, char** argv) {
  OccupyStandardDescriptors();
  try {
    return meshgw::cli::RunCommandLine(
        std::span<char* const>(argv, static_cast<std::size_t>(argc)));
  } catch (const std::exception& error) {
    std::cerr << "error: " << meshgw::cli::EscapeText(error.what()) << '\n';
    return meshgw::cli::kExitFailed;
  }
}
