#include <exception>
#include <iostream>
#include <span>

#include "cli/command_line.h"
#include "cli/json.h"

int main(int argc, char** argv) {
  try {
    return meshgw::cli::RunCommandLine(
        std::span<char* const>(argv, static_cast<std::size_t>(argc)));
  } catch (const std::exception& error) {
    std::cerr << "error: " << meshgw::cli::EscapeText(error.what()) << '\n';
    return meshgw::cli::kExitFailed;
  }
}
