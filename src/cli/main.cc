#include <csignal>
#include <exception>
#include <iostream>
#include <span>

#include "cli/command_line.h"

int main(int argc, char** argv) {
  // splice(2) has no MSG_NOSIGNAL, and output may go to a pipe that closes.
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
  try {
    return meshgw::cli::RunCommandLine(
        std::span<char* const>(argv, static_cast<std::size_t>(argc)));
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return meshgw::cli::kExitFailed;
  }
}
